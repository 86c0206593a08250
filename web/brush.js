// A brush over a picture: strokes in fractions of the picture's width, drawn on a canvas.
import { button, el } from './dom.js'
import { text } from './texts.js'

const COLOUR = 'rgb(64, 156, 255)'
const SIZES = { min: 0.01, max: 0.3, step: 0.01, first: 0.08 }
const round = (value) => Math.round(value * 1e4) / 1e4

/** A picture to paint on, with its tools. changed: called with the strokes after each. */
export class Brush {
  constructor(changed = () => {}) {
    this.strokes = []
    this.erasing = false
    this.width = SIZES.first
    this.changed = changed
    this.image = el('img', { className: 'aa-brush-picture', alt: '', draggable: false })
    this.canvas = el('canvas', { className: 'aa-brush-canvas', data: { testid: 'anomaly-brush' } })
    this.hint = el('p', { className: 'aa-hint' })
    this.frame = el('div', { className: 'aa-brush-frame' }, this.image, this.canvas)
    this.root = el('div', { className: 'aa-brush' }, this.tools(), this.frame, this.hint)
    this.image.addEventListener('load', () => this.draw())
    new ResizeObserver(() => this.draw()).observe(this.frame)
    this.listen()
    this.setPicture('')
  }

  /** The picture as a URL; "" where there is none yet. overlay: an SVG element to lay over it. */
  setPicture(url, overlay = null) {
    this.frame.querySelector('svg')?.remove()
    this.frame.classList.toggle('aa-no-picture', !url)
    if (url) this.image.src = url
    else this.image.removeAttribute('src')
    if (overlay) this.frame.insertBefore(overlay, this.canvas)
    this.draw()
  }

  /** Replaces the strokes, without calling `changed`. */
  setStrokes(strokes) {
    this.strokes = Array.isArray(strokes) ? strokes : []
    this.draw()
  }

  /** Height over width of what is painted on. */
  get aspect() {
    return this.image.naturalWidth ? this.image.naturalHeight / this.image.naturalWidth : 1
  }

  /** What is painted as a PNG data URL, white on black; "" where nothing is. */
  toMask() {
    if (!this.strokes.length) return ''
    const width = this.image.naturalWidth || 512
    const height = Math.round(width * this.aspect)
    const mask = el('canvas', { width, height })
    const context = mask.getContext('2d')
    this.paint(context, width, 'white')
    context.globalCompositeOperation = 'destination-over'
    context.fillStyle = 'black'
    context.fillRect(0, 0, width, height)
    return mask.toDataURL('image/png')
  }

  draw() {
    const width = Math.max(1, Math.round(this.frame.clientWidth))
    const height = Math.max(1, Math.round(width * this.aspect))
    if (this.canvas.width !== width) this.canvas.width = width
    if (this.canvas.height !== height) this.canvas.height = height
    const context = this.canvas.getContext('2d')
    context.clearRect(0, 0, width, height)
    this.paint(context, width, COLOUR)
  }

  paint(context, width, colour) {
    context.lineCap = context.lineJoin = 'round'
    for (const stroke of this.strokes) {
      if (!Array.isArray(stroke?.points) || !stroke.points.length) continue
      context.globalCompositeOperation = stroke.erase ? 'destination-out' : 'source-over'
      context.strokeStyle = colour
      context.lineWidth = Math.max(1, stroke.width * width)
      context.beginPath()
      const [first, ...rest] = stroke.points
      context.moveTo(first[0] * width, first[1] * width)
      for (const point of rest.length ? rest : [first]) context.lineTo(point[0] * width, point[1] * width)
      context.stroke()
    }
  }

  listen() {
    let stroke = null
    const place = (event) => {
      const box = this.canvas.getBoundingClientRect()
      return [round((event.clientX - box.left) / box.width), round((event.clientY - box.top) / box.width)]
    }
    this.canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return
      event.preventDefault()
      this.canvas.setPointerCapture(event.pointerId)
      stroke = { points: [place(event)], width: this.width, erase: this.erasing }
      this.strokes = [...this.strokes, stroke]
      this.draw()
    })
    this.canvas.addEventListener('pointermove', (event) => {
      if (!stroke) return
      const [x, y] = place(event)
      const [lastX, lastY] = stroke.points.at(-1)
      // A point for each half per cent of the width keeps strokes short in the workflow.
      if (Math.hypot(x - lastX, y - lastY) < 0.005) return
      stroke.points.push([x, y])
      this.draw()
    })
    const end = () => {
      if (!stroke) return
      stroke = null
      this.changed(this.strokes)
    }
    this.canvas.addEventListener('pointerup', end)
    this.canvas.addEventListener('pointercancel', end)
  }

  tools() {
    const change = (strokes) => {
      this.setStrokes(strokes)
      this.changed(this.strokes)
    }
    const paint = button(text('paint'), 'anomaly-paint', () => choose(false))
    const erase = button(text('erase'), 'anomaly-erase', () => choose(true))
    const choose = (erasing) => {
      this.erasing = erasing
      paint.setAttribute('aria-pressed', String(!erasing))
      erase.setAttribute('aria-pressed', String(erasing))
    }
    choose(false)
    const size = el('input', {
      type: 'range',
      min: SIZES.min,
      max: SIZES.max,
      step: SIZES.step,
      value: SIZES.first,
      title: text('size'),
      aria: { label: text('size') },
      on: { input: () => (this.width = Number(size.value)) }
    })
    return el(
      'div',
      { className: 'aa-tools', role: 'toolbar', aria: { label: text('region') } },
      paint,
      erase,
      size,
      button(text('undo'), 'anomaly-undo', () => change(this.strokes.slice(0, -1))),
      button(text('clear'), 'anomaly-clear', () => change([]))
    )
  }
}
