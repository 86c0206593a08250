// Everything that is written about samples: the list, the facts of one, the counts.

import { address } from './api.js'

const words = (name) => name.replaceAll('_', ' ')

export const SHOWS = {
  all: ['all', () => true],
  undecided: ['undecided', (sample) => sample.review === null],
  accepted: ['accepted', (sample) => sample.review === 'accept'],
  rejected: ['rejected', (sample) => sample.review === 'reject'],
  curated: ['dropped by curation', (sample) => sample.curation?.kept === false],
  failed: ['not passed by the judge', (sample) => !sample.passed],
}

// [words, "good", "bad" or ""] of how a sample stands.
export function standing(sample) {
  if (sample.review) return sample.review === 'accept' ? ['accepted', 'good'] : ['rejected', 'bad']
  if (sample.curation?.kept === false) return ['dropped by curation', '']
  return sample.passed ? ['undecided', ''] : ['not passed', '']
}

function element(tag, text = '', name = '') {
  const made = document.createElement(tag)
  made.textContent = text
  if (name) made.className = name
  return made
}

export function card(sample, onOpen) {
  const button = element('button')
  const image = element('img')
  image.loading = 'lazy'
  image.alt = ''
  image.src = address('thumb', sample)
  button.append(image, element('span', words(sample.type)))
  button.onclick = onOpen
  button.dataset.number = sample.number
  mark(button, sample)
  return button
}

export function mark(button, sample) {
  const [text, tone] = standing(sample)
  button.querySelector('.badge')?.remove()
  if (text !== 'undecided') {
    const short = { accepted: '✓', rejected: '✕' }[text] ?? (sample.passed ? 'curated out' : 'not passed')
    button.append(element('i', short, `badge ${tone}`))
  }
  button.classList.toggle('out', !sample.kept)
  button.title = `${sample.name}: ${text}`
}

export function facts(target, sample) {
  target.replaceChildren()
  if (!sample) return
  const [text, tone] = standing(sample)
  const state = element('p', text + (sample.kept ? ', is exported' : ', is left out'), `state ${tone}`)
  state.id = 'standing'
  const table = element('dl')
  const row = (name, value) => table.append(element('dt', name), element('dd', value))
  row('item', words(sample.item))
  row('file', sample.name)
  if (sample.score !== null) row('score', `${sample.score.toFixed(1)} of 10`)
  if (sample.location !== null) row('location', sample.location.toFixed(1))
  if (sample.quality !== null) row('quality', sample.quality.toFixed(1))
  if (sample.seed !== null) row('seed', sample.seed)
  row('mask', sample.touchedUp ? 'touched up by hand' : 'as it was made')
  target.append(element('h2', words(sample.type)), state, table)
  const longer = [['Understood as', sample.understood], ['Judge', sample.judged], ['Curation', sample.curation?.why], ['Prompt', sample.prompt]]
  for (const [name, value] of longer) if (value) target.append(element('h3', name), element('p', value))
}

export function choices(select, values) {
  const chosen = select.value
  select.replaceChildren(...values.map(([value, text]) => Object.assign(element('option', text), { value })))
  select.value = values.some(([value]) => value === chosen) ? chosen : values[0][0]
}

export function kinds(samples, name, all) {
  const found = [...new Set(samples.map((sample) => sample[name]))].sort()
  return [['', all], ...found.map((value) => [value, words(value)])]
}
