// The review page: keyboard, buttons, what is shown, and what is written back.

import { readState, Stale, write } from './api.js'
import { card, choices, facts, kinds, mark, SHOWS } from './facts.js'
import { Stage } from './stage.js'

const $ = (id) => document.getElementById(id)
const stage = new Stage()
let samples = [], revisions = {}, shown = [], current = null, undone = [], busy = false

function say(text, tone = '') {
  const box = $('message')
  Object.assign(box, { textContent: text, className: tone, hidden: false })
  clearTimeout(say.timer)
  say.timer = setTimeout(() => (box.hidden = true), tone ? 7000 : 2500)
}

function take(state) {
  samples = state.samples
  revisions = state.revisions
}

function list() {
  const [item, type, show] = ['item', 'type', 'show'].map((id) => $(id).value)
  const fits = (one) => (!item || one.item === item) && (!type || one.type === type) && SHOWS[show][1](one)
  shown = samples.filter(fits).map((one) => one.number)
  $('list').replaceChildren(...shown.map((number) => card(samples[number], () => open(number))))
  count()
}

function count() {
  const decided = samples.filter((one) => one.review !== null).length
  $('bar').style.width = `${(100 * decided) / Math.max(samples.length, 1)}%`
  $('count').textContent = `${decided} of ${samples.length} decided, ${samples.filter((one) => one.kept).length} kept`
}

// The tools for drawing, or else the actions on the sample.
function show(tools) {
  $('tools').hidden = !tools
  $('actions').hidden = tools
}

// Opens a sample by number; null: none fits.
async function open(number) {
  current = number
  const sample = number === null ? null : samples[number]
  $('empty').hidden = sample !== null
  show(false)
  for (const button of $('list').children) button.setAttribute('aria-current', button.dataset.number === `${number}`)
  $('list').querySelector('[aria-current=true]')?.scrollIntoView({ block: 'nearest' })
  for (const id of ['accept', 'reject', 'edit']) $(id).disabled = sample === null
  $('normal').disabled = !sample?.hasNormal
  $('undo').disabled = !undone.length
  facts($('facts'), sample)
  try {
    await stage.open(sample)
  } catch (error) {
    say(error.message, 'bad')
  }
}

// Writes, and takes in what came of it; true where it was written. A stale write brings the newer state instead.
async function change(action, number, body) {
  if (busy) return false
  busy = true
  try {
    const answer = await write(action, number, revisions[samples[number].item], body)
    revisions[samples[number].item] = answer.revision
    samples[number] = answer.sample
    const button = $('list').querySelector(`[data-number="${number}"]`)
    if (button) mark(button, answer.sample)
    count()
    return true
  } catch (error) {
    if (error instanceof Stale) {
      const before = samples[number]
      take(error.state)
      undone = []
      // A drawing stays open where nobody else drew on the same mask.
      const drawn = stage.drawing && before.maskVersion === samples[number].maskVersion
      list()
      if (!drawn) await open(current)
      say(error.message + (drawn ? '; your drawing is still open' : ''), 'bad')
    } else {
      say(error instanceof TypeError ? 'the server does not answer; is it still running?' : error.message, 'bad')
    }
    return false
  } finally {
    busy = false
  }
}

function step(by) {
  if (!shown.length) return open(null)
  const at = shown.indexOf(current)
  return open(shown[Math.min(Math.max(at + by, 0), shown.length - 1)])
}

async function decide(word) {
  if (current === null || stage.drawing) return
  const number = current, before = samples[number].review ?? 'undecided', at = shown.indexOf(number)
  if (!(await change('decision', number, word))) return
  undone.push([number, before])
  list()
  const next = shown.includes(number) ? at + 1 : at
  await open(shown.length ? shown[Math.min(next, shown.length - 1)] : null)
}

async function undo() {
  if (stage.drawing || !undone.length) return
  const [number, before] = undone[undone.length - 1]
  if (!(await change('decision', number, before))) return
  undone.pop()
  list()
  await open(number)
}

function edit(on) {
  if (current === null || !stage.mask) return
  show(on)
  $('first').disabled = !samples[current].touchedUp
  stage.start(on)
}

async function save() {
  if (!(await change('mask', current, await stage.mask.file()))) return
  await open(current)
  say('mask saved; the first one is kept')
}

async function restore() {
  if (!(await change('restore', current))) return
  await open(current)
  say('the first mask is back')
}

function brush(erase) {
  stage.erase = erase
  $('paint').setAttribute('aria-pressed', !erase)
  $('erase').setAttribute('aria-pressed', erase)
}

function width(value) {
  stage.width = Math.min(Math.max(value, 1), 80)
  $('width').value = stage.width
  $('widthText').textContent = `${stage.width} px`
}

function toggle(option) {
  const on = !stage.options[option]
  $(option).setAttribute('aria-pressed', on)
  stage.set(option, on)
}

function strokeBack() {
  if (stage.mask.undo()) stage.draw()
}

const always = { m: () => toggle('outline'), n: () => toggle('normal'), f: () => toggle('zoom') }
const looking = {
  a: () => decide('accept'), r: () => decide('reject'), u: undo, z: undo, e: () => edit(true),
  ArrowLeft: () => step(-1), ArrowRight: () => step(1), k: () => step(-1), j: () => step(1),
}
const drawing = {
  b: () => brush(false), x: () => brush(true), z: strokeBack, u: strokeBack, Enter: save, Escape: () => open(current),
  '[': () => width(stage.width - 2), ']': () => width(stage.width + 2),
}

document.addEventListener('keydown', (event) => {
  if (event.altKey || event.metaKey || (event.ctrlKey && event.key !== 'z') || event.target.closest('select')) return
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const action = (stage.drawing ? drawing : looking)[key] ?? always[key]
  if (!action) return
  event.preventDefault()
  action()
})

const buttons = {
  accept: looking.a, reject: looking.r, undo, before: looking.k, after: looking.j, edit: looking.e,
  outline: always.m, normal: always.n, zoom: always.f,
  paint: drawing.b, erase: drawing.x, stroke: strokeBack, first: restore, cancel: drawing.Escape, save,
}
for (const [id, action] of Object.entries(buttons)) {
  $(id).addEventListener('click', (event) => {
    event.currentTarget.blur()
    action()
  })
}
$('width').addEventListener('input', (event) => width(Number(event.target.value)))
for (const id of ['item', 'type', 'show']) {
  $(id).addEventListener('change', (event) => {
    event.target.blur()
    list()
    open(shown.includes(current) ? current : shown[0] ?? null)
  })
}

try {
  take(await readState())
  choices($('item'), kinds(samples, 'item', 'all'))
  choices($('type'), kinds(samples, 'type', 'all'))
  choices($('show'), Object.entries(SHOWS).map(([value, [text]]) => [value, text]))
  width(12)
  list()
  await open(shown[0] ?? null)
} catch (error) {
  say(error.message, 'bad')
}
