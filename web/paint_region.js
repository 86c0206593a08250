// Paint Region: the node's strokes as a brush over its image.
import { Brush } from './brush.js'
import { el, holdEvents } from './dom.js'
import { text } from './texts.js'

/** Gives a Paint Region node its brush in place of the strokes' text. */
export function addBrush(node) {
  const strokes = node.widgets?.find((widget) => widget.name === 'strokes')
  if (!strokes) return
  const brush = new Brush((painted) => {
    strokes.value = painted.length ? JSON.stringify(painted) : '[]'
    tell()
    node.graph?.setDirtyCanvas?.(true, true)
  })
  const tell = () => {
    const parts = [brush.image.src ? '' : text('runFirst'), brush.strokes.length ? '' : text('anywhere')]
    brush.hint.textContent = parts.filter(Boolean).join(' ')
  }
  const read = () => {
    try {
      brush.setStrokes(JSON.parse(strokes.value || '[]'))
    } catch {
      brush.setStrokes([])
    }
    tell()
  }
  hideWidget(strokes)
  const root = el('div', { className: 'aa-panel aa-region-panel', data: { testid: 'anomaly-region' } }, brush.root)
  holdEvents(root)
  const widget = node.addDOMWidget('brush', 'anomaly_brush', root, { serialize: false, hideOnZoom: false, getMinHeight: () => 260 })
  widget.serialize = false

  const executed = node.onExecuted
  node.onExecuted = function (output) {
    executed?.apply(this, arguments)
    const [picture] = output?.anomaly_agent_picture ?? []
    if (picture) {
      brush.setPicture(picture)
      tell()
    }
  }
  const configured = node.onConfigure
  node.onConfigure = function () {
    configured?.apply(this, arguments)
    read()
  }
  const drawn = node.onConnectionsChange
  node.onConnectionsChange = function () {
    drawn?.apply(this, arguments)
    // What the node before already shows can be painted on before the first run.
    const shown = this.getInputNode?.(0)?.imgs?.[0]?.src
    if (shown && !brush.image.src) {
      brush.setPicture(shown)
      tell()
    }
  }
  read()
}

function hideWidget(widget) {
  widget.hidden = true
  widget.options ??= {}
  widget.options.hidden = true
  widget.computeSize = () => [0, -4]
  const element = widget.element ?? widget.inputEl
  if (element) element.style.display = 'none'
}
