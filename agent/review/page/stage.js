// The picture in the middle: fitted, zoomed to the defect or by the wheel, dragged, and drawn on.

import { picture } from './api.js'
import { Mask } from './mask.js'

const $ = (id) => document.getElementById(id)

export class Stage {
  constructor() {
    this.stage = $('stage')
    this.sample = null
    this.mask = null
    this.drawing = false
    this.erase = false
    this.width = 12
    this.view = { scale: 1, x: 0, y: 0 }
    this.options = { outline: true, normal: false, zoom: false }
    this.turn = 0
    new ResizeObserver(() => this.fit()).observe(this.stage)
    this.stage.addEventListener('wheel', (event) => this.wheel(event), { passive: false })
    this.stage.addEventListener('pointerdown', (event) => this.down(event))
    this.stage.addEventListener('pointermove', (event) => this.move(event))
    for (const name of ['pointerup', 'pointercancel']) this.stage.addEventListener(name, () => this.up())
    this.stage.addEventListener('pointerleave', () => $('brush').classList.remove('inside'))
  }

  // Shows a sample, or nothing; onto the screen comes only the one that was asked for last.
  async open(sample) {
    const turn = ++this.turn
    this.stage.dataset.shown = ''
    if (!sample) {
      this.sample = this.mask = null
      $('layers').hidden = true
      return
    }
    const wanted = [picture('image', sample), picture('mask', sample)]
    if (sample.hasNormal) wanted.push(picture('normal', sample))
    const [image, mask, normal] = await Promise.all(wanted)
    if (turn !== this.turn) return
    Object.assign(this, { sample, image, normal, mask: new Mask(mask), drawing: false })
    for (const id of ['picture', 'overlay']) {
      $(id).width = image.naturalWidth
      $(id).height = image.naturalHeight
    }
    $('layers').hidden = false
    this.fit()
    this.stage.dataset.shown = `${sample.number}`
  }

  set(option, value) {
    this.options[option] = value
    if (option === 'zoom') this.fit()
    this.draw()
  }

  fit() {
    if (!this.image) return
    const wide = this.stage.clientWidth, high = this.stage.clientHeight, room = 18
    let box = [0, 0, this.image.naturalWidth, this.image.naturalHeight]
    const marked = this.options.zoom && this.mask?.box()
    if (marked) {
      const around = 0.6 * Math.max(marked[2] - marked[0], marked[3] - marked[1]) + 8
      box = [marked[0] - around, marked[1] - around, marked[2] + around, marked[3] + around]
    }
    const scale = Math.min((wide - 2 * room) / (box[2] - box[0]), (high - 2 * room) / (box[3] - box[1]))
    this.view = { scale, x: (wide - scale * (box[0] + box[2])) / 2, y: (high - scale * (box[1] + box[3])) / 2 }
    this.place()
  }

  place() {
    const { scale, x, y } = this.view
    $('layers').style.transform = `translate(${x}px, ${y}px) scale(${scale})`
    $('layers').classList.toggle('large', scale >= 3)
    this.draw()
  }

  draw() {
    if (!this.mask) return
    const shown = this.options.normal && this.normal ? this.normal : this.image
    $('picture').getContext('2d').drawImage(shown, 0, 0)
    $('overlay').hidden = !this.options.outline && !this.drawing
    if (!$('overlay').hidden) this.mask.show($('overlay'), Math.max(1, 1.6 / this.view.scale), this.drawing)
    this.stage.classList.toggle('drawing', this.drawing)
  }

  start(on) {
    this.drawing = on
    this.draw()
  }

  at(event) {
    const box = this.stage.getBoundingClientRect()
    return [(event.clientX - box.left - this.view.x) / this.view.scale, (event.clientY - box.top - this.view.y) / this.view.scale]
  }

  wheel(event) {
    if (!this.mask) return
    event.preventDefault()
    const [x, y] = this.at(event)
    const scale = Math.min(40, Math.max(0.05, this.view.scale * Math.exp(-event.deltaY / 400)))
    this.view = { scale, x: this.view.x + x * (this.view.scale - scale), y: this.view.y + y * (this.view.scale - scale) }
    this.place()
    this.showBrush(event)
  }

  down(event) {
    if (!this.mask) return
    this.stage.setPointerCapture(event.pointerId)
    if (this.drawing && event.button === 0) {
      this.mask.begin(this.at(event), this.width, this.erase)
      this.held = 'stroke'
    } else {
      this.held = [event.clientX - this.view.x, event.clientY - this.view.y]
    }
    this.later()
  }

  move(event) {
    this.showBrush(event)
    if (!this.held) return
    if (this.held === 'stroke') this.mask.move(this.at(event))
    else Object.assign(this.view, { x: event.clientX - this.held[0], y: event.clientY - this.held[1] })
    this.later()
  }

  up() {
    if (this.held === 'stroke') this.mask.end()
    this.held = null
    this.later()
  }

  later() {
    if (this.waiting) return
    this.waiting = true
    requestAnimationFrame(() => {
      this.waiting = false
      this.place()
    })
  }

  showBrush(event) {
    const brush = $('brush'), box = this.stage.getBoundingClientRect(), size = this.width * this.view.scale
    brush.classList.add('inside')
    Object.assign(brush.style, {
      width: `${size}px`, height: `${size}px`,
      left: `${event.clientX - box.left - size / 2}px`, top: `${event.clientY - box.top - size / 2}px`,
    })
  }
}
