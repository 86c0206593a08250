// The trajectory panel of one node: its episodes, turn by turn, live and afterwards.
import { button, el, holdEvents } from './dom.js'
import { PauseEditor } from './pause_editor.js'
import { counted, text } from './texts.js'
import { turnView } from './turn_view.js'
import { UnderstoodView } from './understood.js'

// Closer to the end than this, in px, the panel follows new turns.
const FOLLOW = 60

export class TrajectoryPanel {
  /** meaningOf: see UnderstoodView. */
  constructor(meaningOf) {
    this.record = null
    this.understood = new UnderstoodView(meaningOf)
    this.chosen = 0
    this.following = true
    this.asked = null
    this.turns = el('ol', { className: 'aa-turns', aria: { live: 'polite' } })
    this.pause = el('div')
    this.writing = el('li', { className: 'aa-turn aa-writing', data: { testid: 'anomaly-writing' } })
    this.body = el('div', { className: 'aa-body', tabIndex: 0 }, this.turns, this.pause)
    this.header = el('header', { className: 'aa-header' })
    this.root = el('div', { className: 'aa-panel aa-outlined', data: { testid: 'anomaly-panel' } }, this.header, this.body)
    holdEvents(this.root)
    this.show(null)
  }

  /** Shows a whole record, as it was kept. */
  show(record) {
    this.record = Array.isArray(record?.episodes) ? record : null
    this.chosen = Math.max(0, (this.record?.episodes.length ?? 1) - 1)
    this.following = true
    this.refresh()
    this.body.scrollTop = 0
  }

  /** Takes in one step of a run. */
  step({ run, count, index, start, turn, attempt, outcome }) {
    if (this.record?.run !== run) {
      this.record = { version: 1, run, count, episodes: [] }
      this.chosen = 0
      this.following = true
    }
    if (start) this.record.episodes[index] = { ...start, turns: [...(start.turns ?? [])], attempts: [...(start.attempts ?? [])] }
    this.writing.remove()
    const episode = this.record.episodes[index]
    if (!episode) return
    if (turn) episode.turns.push(turn)
    if (turn && attempt && Number.isInteger(turn.attempt)) episode.attempts[turn.attempt] = attempt
    if (outcome) episode.outcome = outcome
    if (this.following && this.chosen !== index) {
      this.chosen = index
      this.refresh()
    } else if (this.chosen === index) {
      if (start) this.refresh()
      if (turn) this.append(turnView(turn, episode))
      this.head()
    } else this.head()
  }

  /** Shows what the model is writing now; the turn takes its place. */
  write(words) {
    this.writing.textContent = words
    if (!this.writing.isConnected) this.append(this.writing)
  }

  /** Shows the editor for a question, or closes it where the run goes on. */
  ask(question) {
    const asks = Boolean(question.prompt || question.picture)
    // Asked again, while the user may be writing the answer.
    if (asks && question.run === this.asked && this.pause.hasChildNodes()) return
    this.pause.replaceChildren()
    this.asked = asks ? question.run : null
    if (!asks) return
    this.pause.append(new PauseEditor(question).root)
    this.pause.scrollIntoView?.({ block: 'nearest' })
    this.body.scrollTop = this.body.scrollHeight
  }

  append(view) {
    const { scrollTop, scrollHeight, clientHeight } = this.body
    const near = scrollHeight - scrollTop - clientHeight < FOLLOW || clientHeight === 0
    this.turns.append(view)
    if (near) requestAnimationFrame(() => (this.body.scrollTop = this.body.scrollHeight))
  }

  refresh() {
    const episode = this.record?.episodes[this.chosen]
    const views = episode ? episode.turns.map((turn) => turnView(turn, episode)) : [el('li', { className: 'aa-empty', textContent: text('empty') })]
    if (episode?.understood) {
      this.understood.show(episode, new Set(this.record.episodes.map((one) => one?.anomaly_type)).size === 1)
      views.unshift(this.understood.root)
    }
    this.turns.replaceChildren(...views)
    this.head()
  }

  head() {
    const episode = this.record?.episodes[this.chosen]
    if (!episode) return this.header.replaceChildren()
    const outcome = episode.outcome
    const state = outcome ? (outcome.passed ? 'passed' : 'failed') : 'running'
    const says = [outcome && !outcome.passed ? outcome.stop : '', counted(episode.attempts.length, 'attempts')].filter(Boolean).join(' · ')
    this.header.replaceChildren(
      el('span', { className: `aa-state aa-${state}`, textContent: text(state), data: { testid: 'anomaly-state' } }),
      el('span', { className: 'aa-title', textContent: `${episode.anomaly_type} · ${episode.item}`, title: says }),
      el('span', { className: 'aa-count', textContent: says }),
      ...[this.selector(), this.outlineSwitch()].filter(Boolean)
    )
  }

  selector() {
    const count = this.record.episodes.length
    if (count < 2) return null
    const go = (step) => {
      this.chosen = Math.min(count - 1, Math.max(0, this.chosen + step))
      this.following = this.chosen === count - 1
      this.refresh()
      this.body.scrollTop = 0
    }
    const arrow = (label, name, step) => {
      const one = button(label, `anomaly-${name}`, () => go(step), 'aa-arrow')
      one.setAttribute('aria-label', text(name))
      return one
    }
    return el('span', { className: 'aa-selector' }, arrow('‹', 'previous', -1), `${this.chosen + 1} / ${this.record.count ?? count}`, arrow('›', 'next', 1))
  }

  outlineSwitch() {
    const one = button(text('outline'), 'anomaly-outline', () => {
      one.setAttribute('aria-pressed', String(this.root.classList.toggle('aa-outlined')))
    })
    one.setAttribute('aria-pressed', String(this.root.classList.contains('aa-outlined')))
    return one
  }
}
