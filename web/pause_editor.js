// The user's turn: the last picture, the next prompt, and the region, while a run waits.
import { api } from '/scripts/api.js'
import { Brush } from './brush.js'
import { button, el, svg } from './dom.js'
import { counted, text } from './texts.js'

/** The editor for a question of the server. Its root is what to show. */
export class PauseEditor {
  constructor(question) {
    this.run = question.run
    const finishes = Boolean(question.finishes)
    this.prompt = el('textarea', { className: 'aa-prompt', rows: 9, value: question.prompt ?? '', spellcheck: false, aria: { label: text('nextPrompt') }, data: { testid: 'anomaly-prompt' } })
    this.brush = new Brush()
    this.brush.setPicture(question.picture ?? '', outlines(question))
    this.error = el('p', { className: 'aa-error', role: 'alert' })
    const buttons = [
      button(text(finishes ? 'accept' : 'continue'), 'anomaly-continue', () => this.send('continue'), 'aa-primary'),
      finishes ? button(text('retry'), 'anomaly-retry', () => this.send('retry')) : null,
      button(text('finish'), 'anomaly-finish', () => this.send('finish'), 'aa-quiet')
    ]
    this.root = el(
      'section',
      { className: 'aa-pause', data: { testid: 'anomaly-pause' }, aria: { label: text('waiting') } },
      el('h4', {}, text('waiting'), el('span', { className: 'aa-count', textContent: counted(question.attempts_left, 'left') })),
      el('p', { className: 'aa-hint', textContent: text(finishes ? 'finishHint' : 'waitingHint') }),
      el(
        'div',
        { className: 'aa-both' },
        el('label', { className: 'aa-side' }, el('span', { className: 'aa-label', textContent: text('nextPrompt') }), this.prompt),
        el('div', { className: 'aa-side' }, el('span', { className: 'aa-label', textContent: text('region') }), this.brush.root)
      ),
      this.error,
      el('div', { className: 'aa-buttons' }, ...buttons)
    )
  }

  async send(action) {
    this.busy(true)
    this.error.textContent = ''
    const region = action === 'finish' ? '' : this.brush.toMask()
    const body = { client_id: api.clientId, run: this.run, action, prompt: this.prompt.value, region }
    try {
      const answer = await api.fetchApi('/anomaly_agent/resume', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body)
      })
      if (answer.ok) return
      this.error.textContent = (await answer.json().catch(() => ({}))).error ?? text('sendFailed')
    } catch {
      this.error.textContent = text('sendFailed')
    }
    this.busy(false)
  }

  busy(disabled) {
    for (const one of this.root.querySelectorAll('button, textarea, input')) one.disabled = disabled
  }
}

function outlines(question) {
  const path = (d, name) => svg('path', { d, class: name, 'vector-effect': 'non-scaling-stroke' })
  const paths = []
  if (question.region) paths.push(path(question.region, 'aa-region'))
  if (question.outline) paths.push(path(question.outline, 'aa-defect'))
  return svg('svg', { viewBox: question.view_box ?? '0 0 1 1', class: 'aa-outline', 'aria-hidden': 'true' }, ...paths)
}
