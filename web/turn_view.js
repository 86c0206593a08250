// One turn of an episode.
import { pictureView, verdictView } from './attempt_view.js'
import { el } from './dom.js'
import { text } from './texts.js'

const LONG = 220

/** The turn as a list item. episode: the one it belongs to. */
export function turnView(turn, episode) {
  const tool = turn.tool || 'unreadable'
  const attempt = Number.isInteger(turn.attempt) ? episode.attempts[turn.attempt] : null
  const item = el(
    'li',
    { className: `aa-turn aa-tool-${tool}${turn.error ? ' aa-refused' : ''}`, data: { testid: 'anomaly-turn', tool } },
    el(
      'div',
      { className: 'aa-head' },
      el('span', { className: 'aa-chip', textContent: text(tool) }),
      attempt && tool === 'image_gen' ? el('span', { className: 'aa-count', textContent: `${text('attempt')} ${turn.attempt + 1} / ${episode.max_attempts}` }) : null,
      el('span', { className: 'aa-number', textContent: turn.turn, title: `${text('turn')} ${turn.turn}` })
    )
  )
  if (turn.reasoning && tool !== 'user_edit') item.append(el('p', { className: 'aa-reasoning', textContent: turn.reasoning }))
  if (tool === 'quality_eval' && attempt) {
    const verdict = verdictView(attempt, episode.threshold)
    if (verdict) item.append(verdict)
  } else if (turn.text) item.append(longText(turn.text))
  if (turn.edit) item.append(...editViews(turn.edit))
  if (tool === 'image_gen' && attempt) item.append(pictureView(attempt, episode.picture, turn.attempt + 1))
  return item
}

function longText(value) {
  const whole = el('p', { className: 'aa-text', textContent: value })
  if (value.length <= LONG) return whole
  whole.classList.add('aa-clamped')
  const more = el('button', { type: 'button', className: 'aa-more', textContent: text('more'), aria: { expanded: 'false' } })
  more.addEventListener('click', () => {
    whole.classList.remove('aa-clamped')
    more.remove()
  })
  return el('div', {}, whole, more)
}

function editViews(edit) {
  const views = []
  if (edit.prompt) {
    views.push(
      el('dl', { className: 'aa-edit' }, el('dt', { textContent: text('before') }), el('dd', { className: 'aa-before', textContent: edit.prompt.before }), el('dt', { textContent: text('after') }), el('dd', { textContent: edit.prompt.after }))
    )
  }
  if (edit.region) views.push(el('p', { className: 'aa-text', textContent: text('regionChanged') }))
  return views
}
