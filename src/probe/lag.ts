import { performance } from 'node:perf_hooks'

/** How late this process may be: what it hears later than this it does not believe. */
export const LAG_LIMIT_MS = 1

/**
 * How long an event may have waited for the event loop before it was handled: at most as long as the loop has worked since it last slept. The loop's own
 * account says how long it slept and worked between two marks:
 *
 *   mark ........ sleeps ...... [ works ...... mark ]        it slept in between: at most the work since the mark before
 *   [ works ... mark ... works .............. mark ]         it did not: that, and the work before the mark before
 *
 * So a lag is never overlooked, and one is seen now and then that was none; the more marks, the more seldom.
 */
export class LagWatch {
  #at = performance.now()
  #slept = performance.eventLoopUtilization().idle
  #lagMs = 0

  /** To be called every few milliseconds, and when an event is handled: returns how long that may have waited, ms. */
  mark(): number {
    const now = performance.now()
    const { idle } = performance.eventLoopUtilization()
    const slept = idle - this.#slept
    const worked = Math.max(0, now - this.#at - slept)
    this.#lagMs = slept > 0 ? worked : worked + this.#lagMs
    this.#at = now
    this.#slept = idle
    return this.#lagMs
  }
}
