// An attempt: its picture with the mask's outline, and its verdict as a bar.
import { el, svg } from './dom.js'
import { text } from './texts.js'

const MOST = 10

/** The picture of an attempt. normal: the normal image, shown while the picture is held. */
export function pictureView(attempt, normal, number) {
  if (!attempt?.picture) return el('div', { className: 'aa-dropped', textContent: text('dropped') })
  const image = el('img', { src: attempt.picture, alt: `${text('attempt')} ${number}`, draggable: false })
  const figure = el('figure', { className: 'aa-picture', tabIndex: 0, title: normal ? text('normal') : '', data: { testid: 'anomaly-attempt' } }, image)
  if (attempt.outline) {
    const path = svg('path', { d: attempt.outline, 'vector-effect': 'non-scaling-stroke' })
    figure.append(svg('svg', { viewBox: attempt.view_box, class: 'aa-outline', 'aria-hidden': 'true' }, path))
  }
  if (normal) {
    const show = (held) => {
      image.src = held ? normal : attempt.picture
      figure.classList.toggle('aa-held', held)
    }
    figure.addEventListener('pointerdown', () => show(true))
    for (const name of ['pointerup', 'pointerleave', 'blur']) figure.addEventListener(name, () => show(false))
    figure.addEventListener('keydown', (event) => event.key === ' ' && (event.preventDefault(), show(true)))
    figure.addEventListener('keyup', () => show(false))
  }
  return figure
}

/** Each fact that was asked for, with a tick or a cross. */
function factsView(facts) {
  const line = (fact) => {
    const mark = el('span', { className: 'aa-mark', textContent: fact.kept ? '✓' : '✗', role: 'img', aria: { label: text(fact.kept ? 'kept' : 'broken') } })
    return el('li', { className: fact.kept ? 'aa-kept' : 'aa-broken', data: { testid: 'anomaly-fact' } }, mark, ` ${fact.text}`)
  }
  return el('ul', { className: 'aa-facts' }, ...facts.map(line))
}

/** The verdict: location and quality stacked, the threshold as a mark, and the review. */
export function verdictView(attempt, threshold) {
  if (typeof attempt?.score !== 'number') return null
  const part = (value, name) => el('span', { className: `aa-part aa-${name}`, style: `width:${(100 * value) / MOST}%`, title: `${text(name)} ${value}` })
  const label = `${text('score')} ${attempt.score}, ${text('threshold')} ${threshold}`
  const bar = el(
    'div',
    { className: 'aa-bar', role: 'meter', aria: { valuemin: 0, valuemax: MOST, valuenow: attempt.score, label } },
    part(attempt.location, 'location'),
    part(attempt.quality, 'quality'),
    el('span', { className: 'aa-threshold', style: `left:${(100 * threshold) / MOST}%`, title: `${text('threshold')} ${threshold}` })
  )
  const state = attempt.passed ? 'passed' : 'failed'
  return el(
    'div',
    { className: 'aa-verdict' },
    el('div', { className: 'aa-scores' }, el('strong', { className: `aa-${state}`, textContent: attempt.score.toFixed(1) }), bar, el('span', { className: `aa-state aa-${state}`, textContent: text(state) })),
    el('div', { className: 'aa-parts', textContent: `${text('location')} ${attempt.location} · ${text('quality')} ${attempt.quality} · ${text('threshold')} ${threshold}` }),
    attempt.facts?.length ? factsView(attempt.facts) : null,
    attempt.review ? el('p', { className: 'aa-review', textContent: attempt.review }) : null
  )
}
