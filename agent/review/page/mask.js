// A mask that can be drawn on: white where it marks, clear elsewhere; every stroke can be taken back.

function layer(width, height) {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  return canvas
}

export class Mask {
  constructor(image) {
    this.canvas = layer(image.naturalWidth, image.naturalHeight)
    this.pen = this.canvas.getContext('2d', { willReadFrequently: true })
    this.pen.drawImage(image, 0, 0)
    const pixels = this.pen.getImageData(0, 0, this.canvas.width, this.canvas.height)
    for (let at = 0; at < pixels.data.length; at += 4) pixels.data[at + 3] = pixels.data[at] > 127 ? 255 : 0
    this.pen.putImageData(pixels, 0, 0)
    this.strokes = []
    this.outline = layer(this.canvas.width, this.canvas.height)
  }

  // The box of what is marked, [left, top, right, bottom]; null where nothing is.
  box() {
    const { width, height } = this.canvas
    const data = this.pen.getImageData(0, 0, width, height).data
    let [left, top, right, bottom] = [width, height, -1, -1]
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (data[4 * (y * width + x) + 3] < 128) continue
        if (x < left) left = x
        if (x > right) right = x
        if (y < top) top = y
        bottom = y
      }
    }
    return right < 0 ? null : [left, top, right + 1, bottom + 1]
  }

  begin(point, width, erase) {
    this.before = layer(this.canvas.width, this.canvas.height)
    this.before.getContext('2d').drawImage(this.canvas, 0, 0)
    this.reach = [point[0], point[1], point[0], point[1]]
    this.last = point
    this.stroke = { width, erase }
    this.move(point)
  }

  move(point) {
    const { pen, last, stroke } = this
    pen.globalCompositeOperation = stroke.erase ? 'destination-out' : 'source-over'
    Object.assign(pen, { lineWidth: stroke.width, lineCap: 'round', lineJoin: 'round', strokeStyle: '#fff' })
    pen.beginPath()
    pen.moveTo(...last)
    pen.lineTo(point[0] + 1e-3, point[1])
    pen.stroke()
    const [left, top, right, bottom] = this.reach
    this.reach = [Math.min(left, point[0]), Math.min(top, point[1]), Math.max(right, point[0]), Math.max(bottom, point[1])]
    this.last = point
  }

  end() {
    const around = this.stroke.width / 2 + 2
    const left = Math.max(0, Math.floor(this.reach[0] - around)), top = Math.max(0, Math.floor(this.reach[1] - around))
    const right = Math.min(this.canvas.width, Math.ceil(this.reach[2] + around))
    const bottom = Math.min(this.canvas.height, Math.ceil(this.reach[3] + around))
    if (right > left && bottom > top) {
      const part = this.before.getContext('2d').getImageData(left, top, right - left, bottom - top)
      this.strokes.push({ left, top, part })
    }
    this.before = null
  }

  undo() {
    const stroke = this.strokes.pop()
    if (stroke) this.pen.putImageData(stroke.part, stroke.left, stroke.top)
    return Boolean(stroke)
  }

  // Draws the mask onto an overlay: a light tint where filled, and an outline `thick` px wide outside of it.
  show(canvas, thick, filled) {
    const { width, height } = this.canvas
    const ring = this.outline.getContext('2d')
    ring.globalCompositeOperation = 'source-over'
    ring.clearRect(0, 0, width, height)
    for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1], [0.7, 0.7], [-0.7, 0.7], [0.7, -0.7], [-0.7, -0.7]]) {
      ring.drawImage(this.canvas, x * thick, y * thick)
    }
    ring.globalCompositeOperation = 'destination-out'
    ring.drawImage(this.canvas, 0, 0)
    if (filled) {
      ring.globalCompositeOperation = 'source-over'
      ring.globalAlpha = 0.35
      ring.drawImage(this.canvas, 0, 0)
      ring.globalAlpha = 1
    }
    ring.globalCompositeOperation = 'source-in'
    ring.fillStyle = '#ff4d3d'
    ring.fillRect(0, 0, width, height)
    const target = canvas.getContext('2d')
    target.clearRect(0, 0, width, height)
    target.drawImage(this.outline, 0, 0)
  }

  // As a PNG, white on black, without the soft edge of the brush.
  file() {
    const { width, height } = this.canvas
    const pixels = this.pen.getImageData(0, 0, width, height)
    for (let at = 0; at < pixels.data.length; at += 4) {
      pixels.data.fill(pixels.data[at + 3] > 127 ? 255 : 0, at, at + 3)
      pixels.data[at + 3] = 255
    }
    const flat = layer(width, height)
    flat.getContext('2d').putImageData(pixels, 0, 0)
    return new Promise((resolve) => flat.toBlob(resolve, 'image/png'))
  }
}
