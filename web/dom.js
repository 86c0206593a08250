// Small helpers to make elements.

/** An HTML element. properties: DOM properties, plus "data", "aria" and "on" as objects. children: nodes or texts. */
export function el(tag, properties = {}, ...children) {
  const { data = {}, aria = {}, on = {}, ...rest } = properties
  const element = Object.assign(document.createElement(tag), rest)
  for (const [name, value] of Object.entries(data)) element.dataset[name] = value
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value)
  for (const [name, handler] of Object.entries(on)) element.addEventListener(name, handler)
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ''))
  return element
}

/** An SVG element. attributes: by name. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** A button. name: for tests; label: what it says. */
export function button(label, name, press, className = '') {
  return el('button', {
    type: 'button',
    className: `aa-button ${className}`,
    textContent: label,
    data: { testid: name },
    on: { click: press }
  })
}

/** Keeps the wheel and the keyboard inside an element, so that the canvas around it does not zoom or react to keys. */
export function holdEvents(element) {
  element.addEventListener('wheel', (event) => {
    if (event.ctrlKey) return
    let target = event.target
    while (target && target !== element.parentElement) {
      if (target.scrollHeight > target.clientHeight + 1 && getComputedStyle(target).overflowY !== 'visible') {
        event.stopPropagation()
        return
      }
      target = target.parentElement
    }
  })
  for (const name of ['pointerdown', 'keydown', 'keyup', 'contextmenu', 'dblclick'])
    element.addEventListener(name, (event) => event.stopPropagation())
}
