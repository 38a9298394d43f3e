import { byId } from './dom.js'

const KEY = 'kingcdn-token'

/** For as long as the tab is open, where the browser keeps anything. */
let token = kept()

/** An answer of the API that is none: its message is for people. */
export class Refusal extends Error {}

/**
 * Asks the server that the page came from. Fails with a {@link Refusal} when it refuses, with another error when nothing answers.
 * @param {string} path
 * @param {number} patienceMs
 * @returns {Promise<any>}
 */
export async function getJson(path, patienceMs) {
  /** @type {Record<string, string>} */
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(path, { headers, signal: AbortSignal.timeout(patienceMs) })
  byId('door').hidden = response.status !== 401
  const body = await response.json().catch(() => null)
  if (!response.ok) throw new Refusal(body?.error?.message ?? `the server answers ${response.status}`)
  return body
}

/** Where reading needs a token, the page asks for it. @param {() => void} again what to do with a new one */
export function startDoor(again) {
  const input = /** @type {HTMLInputElement} */ (byId('token'))
  byId('door').addEventListener('submit', event => {
    event.preventDefault()
    token = input.value.trim()
    input.value = ''
    try {
      sessionStorage.setItem(KEY, token)
    } catch {
      // Then it holds until the page is left.
    }
    again()
  })
}

function kept() {
  try {
    return sessionStorage.getItem(KEY) ?? ''
  } catch {
    return ''
  }
}
