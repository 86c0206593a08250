// The pack's front-end extension: the trajectory panel on the loop nodes, and the brush on Paint Region.
import { api } from '/scripts/api.js'
import { app } from '/scripts/app.js'
import { TrajectoryPanel } from './panel.js'
import { addBrush } from './paint_region.js'

const LOOPS = ['AnomalyAgentLoop', 'AnomalyAgentLoopEnd']
const RECORD = 'anomaly_agent_run'
const WIDTH = 440
const panels = new WeakMap()

/** The node of an id such as "7", or "12:7" inside a subgraph. */
function nodeOf(id) {
  let graph = app.rootGraph ?? app.graph
  let node = null
  for (const part of String(id).split(':')) {
    node = graph?.getNodeById?.(Number(part)) ?? graph?.getNodeById?.(part)
    graph = node?.subgraph
  }
  return node
}

/** The input that says how a loop's anomaly type is meant: {node, widget}; null where it comes by a wire. */
function meaningOf(node) {
  const slot = node.inputs?.findIndex((one) => one.name === 'loop') ?? -1
  const asked = slot < 0 ? node : node.getInputNode?.(slot)
  const widget = asked?.widgets?.find((one) => one.name === 'meaning')
  const wired = asked?.inputs?.some((one) => one.widget?.name === 'meaning' && one.link != null)
  return widget && !wired ? { node: asked, widget } : null
}

function addPanel(node) {
  const panel = new TrajectoryPanel(() => meaningOf(node))
  panels.set(node, panel)
  const widget = node.addDOMWidget('trajectory', 'anomaly_trajectory', panel.root, {
    serialize: false,
    hideOnZoom: false,
    getMinHeight: () => 280
  })
  // Kept out of widgets_values, which belong to the node's inputs.
  widget.serialize = false
  // The panel shows the pictures; the node need not show them below it again.
  node.hideOutputImages = true
  node.onDrawBackground = () => {}
  if (node.size[0] < WIDTH) node.setSize([WIDTH, node.size[1]])

  const executed = node.onExecuted
  node.onExecuted = function (output) {
    executed?.apply(this, arguments)
    const record = output?.[RECORD]?.at?.(-1)
    if (!record) return
    this.properties[RECORD] = record
    if (panel.record?.run !== record.run) panel.show(record)
  }
  const configured = node.onConfigure
  node.onConfigure = function () {
    configured?.apply(this, arguments)
    if (this.properties?.[RECORD]) panel.show(this.properties[RECORD])
  }
}

function withPanel(id, act) {
  const panel = panels.get(nodeOf(id))
  if (panel) act(panel)
}

/** Has the questions of this page's runs sent to it again; they come as events, over its own socket. */
async function askAgain() {
  // The host tells a page its id, the same after a reload, with the first status.
  if (!api.clientId) return api.addEventListener('status', askAgain, { once: true })
  try {
    await api.fetchApi(`/anomaly_agent/waiting?client_id=${encodeURIComponent(api.clientId)}`)
  } catch (error) {
    console.warn('AnomalyAgent: could not ask which runs wait', error)
  }
}

app.registerExtension({
  name: 'AnomalyAgent.Panel',
  setup() {
    const style = document.createElement('link')
    Object.assign(style, { rel: 'stylesheet', href: new URL('./style.css', import.meta.url).href })
    document.head.append(style)
    api.addEventListener('anomaly_agent.panel', ({ detail }) => withPanel(detail.node, (panel) => panel.step(detail)))
    api.addEventListener('anomaly_agent.writing', ({ detail }) => withPanel(detail.node, (panel) => panel.write(detail.text)))
    api.addEventListener('anomaly_agent.pause', ({ detail }) => withPanel(detail.node, (panel) => panel.ask(detail)))
    // A run that the page was loaded in the middle of still waits for its answer; so does one that asked while it was cut off.
    setTimeout(askAgain, 1500)
    api.addEventListener('reconnected', askAgain)
  },
  nodeCreated(node) {
    if (LOOPS.includes(node.comfyClass)) addPanel(node)
    if (node.comfyClass === 'AnomalyAgentPaintRegion') addBrush(node)
  },
  afterConfigureGraph() {
    askAgain()
  }
})
