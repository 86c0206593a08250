// Talks to the server that sent this page; addresses are relative to it, so that they carry its token.

export class Stale extends Error {
  constructor(message, state) {
    super(message)
    this.state = state
  }
}

async function answer(response) {
  const value = await response.json()
  if (response.status === 409) throw new Stale(value.error, value.state)
  if (!response.ok) throw new Error(value.error)
  return value
}

export async function readState() {
  return answer(await fetch('state'))
}

// action: decision (body: accept, reject, undecided), mask (body: a PNG) or restore.
export async function write(action, number, revision, body = '') {
  return answer(await fetch(`${action}?sample=${number}&revision=${revision}`, { method: 'POST', body }))
}

export function address(what, sample) {
  const version = what === 'mask' ? `&v=${sample.maskVersion}` : ''
  return `${what}?sample=${sample.number}${version}`
}

export function picture(what, sample) {
  return new Promise((resolve, reject) => {
    const image = new Image()
    image.onload = () => resolve(image)
    image.onerror = () => reject(new Error(`${sample.name}: its ${what} cannot be read`))
    image.src = address(what, sample)
  })
}
