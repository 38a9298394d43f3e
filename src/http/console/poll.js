import { getJson } from './api.js'

/** @typedef {import('../../model/status.ts').Status} Status */

const EVERY_MS = 3000
const MOST_MS = 30_000
const PATIENCE_MS = 8000

/**
 * Asks for the status again and again: every three seconds, less and less often while nothing answers, and not at all while nobody looks.
 * @param {object} told
 * @param {(status: Status) => void} told.heard
 * @param {(again: number, error: Error) => void} told.lost with the ms until it asks again
 * @returns {() => void} asks at once
 */
export function followStatus({ heard, lost }) {
  let failures = 0
  let asking = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  const ask = async () => {
    clearTimeout(timer)
    if (document.hidden || asking) return
    asking = true
    let wait = EVERY_MS
    try {
      const status = await getJson('/v1/status', PATIENCE_MS)
      failures = 0
      heard(status)
    } catch (error) {
      failures++
      wait = Math.min(MOST_MS, 500 * 2 ** failures)
      lost(wait, error instanceof Error ? error : new Error(String(error)))
    }
    asking = false
    timer = setTimeout(ask, wait)
  }
  document.addEventListener('visibilitychange', () => void ask())
  addEventListener('online', () => void ask())
  void ask()
  return () => void ask()
}
