// How an episode's anomaly type was understood, and the user's correction of it for the next run.
import { api } from '/scripts/api.js'
import { button, el } from './dom.js'
import { text } from './texts.js'

export class UnderstoodView {
  /** meaningOf: gives {node, widget} of the input that a correction is written to, or null where it comes by a wire. */
  constructor(meaningOf) {
    this.meaningOf = meaningOf
    this.episode = null
    // What the server read of a correction, by its text.
    this.read = new Map()
    this.says = el('div', { className: 'aa-understood-says' })
    this.editor = el('div')
    this.root = el('li', { className: 'aa-understood', data: { testid: 'anomaly-understood' } }, this.says, this.editor)
  }

  /** Shows an episode; an editor that is open stays. one: whether all of the run's images have the same type. */
  show(episode, one) {
    if (!one) this.close()
    this.episode = episode
    const field = one ? this.meaningOf() : null
    const next = field ? String(field.widget.value ?? '').trim() : (episode.meaning ?? '')
    const changed = next !== (episode.meaning ?? '') && !this.editor.hasChildNodes()
    this.says.replaceChildren(
      el(
        'p',
        {},
        el('strong', { textContent: `${text(episode.corrected ? 'corrected' : 'understood')}: ` }),
        el('span', { textContent: episode.understood, data: { testid: 'anomaly-sentence' } }),
        field && !this.editor.hasChildNodes() ? button(text('correct'), 'anomaly-correct', () => this.open(field, next), 'aa-small') : null
      ),
      ...(episode.remarks ?? []).map((remark) => el('p', { className: 'aa-hint', textContent: remark })),
      changed
        ? el('p', { className: 'aa-next', data: { testid: 'anomaly-next' } }, el('strong', { textContent: `${text('nextRun')}: ` }), next ? (this.read.get(next) ?? next) : text('asTypeSays'))
        : ''
    )
  }

  open(field, next) {
    this.words = el('textarea', { className: 'aa-prompt aa-meaning', rows: 2, value: next || this.episode.understood, maxLength: 600, spellcheck: false, aria: { label: text('meant') }, data: { testid: 'anomaly-meaning' } })
    this.words.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault()
        this.apply(field, this.words.value)
      } else if (event.key === 'Escape') this.close()
    })
    this.error = el('p', { className: 'aa-error', role: 'alert', data: { testid: 'anomaly-meaning-error' } })
    this.words.addEventListener('input', () => (this.error.textContent = ''))
    this.editor.replaceChildren(
      el('p', { className: 'aa-hint', textContent: text('meantHint') }),
      this.words,
      this.error,
      el(
        'div',
        { className: 'aa-choices' },
        button(text('apply'), 'anomaly-apply', () => this.apply(field, this.words.value), 'aa-primary'),
        next ? button(text('uncorrect'), 'anomaly-uncorrect', () => this.apply(field, '')) : null,
        button(text('cancel'), 'anomaly-cancel', () => this.close(), 'aa-quiet')
      )
    )
    this.show(this.episode, true)
    this.words.focus()
  }

  close() {
    this.editor.replaceChildren()
    if (this.episode) this.show(this.episode, true)
  }

  /** Has a correction read, and writes it into the node where it can be. */
  async apply(field, words) {
    const meaning = words.trim()
    // What was understood already needs no correction.
    const wanted = meaning === this.episode.understood ? (this.episode.meaning ?? '') : meaning
    this.error.textContent = ''
    for (const one of this.editor.querySelectorAll('button, textarea')) one.disabled = true
    const told = await this.ask(wanted)
    for (const one of this.editor.querySelectorAll('button, textarea')) one.disabled = false
    if (told.error) {
      this.error.textContent = told.error
      return this.words.focus()
    }
    this.read.set(wanted, told.understood)
    field.widget.value = wanted
    field.widget.callback?.(wanted)
    field.node.graph?.setDirtyCanvas?.(true, true)
    this.close()
  }

  async ask(meaning) {
    try {
      const answer = await api.fetchApi('/anomaly_agent/understand', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ anomaly_type: this.episode.anomaly_type, meaning })
      })
      const told = await answer.json()
      return answer.ok || told.error ? told : { error: text('sendFailed') }
    } catch {
      return { error: text('sendFailed') }
    }
  }
}
