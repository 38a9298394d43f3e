import { performance } from 'node:perf_hooks'

/** How late this process may be: what it hears later than this it does not believe. */
export const LAG_LIMIT_MS = 1

/**
 * How long an answer may have waited for the event loop before it was heard: at most the time since the loop last slept. Between two ticks the loop's
 * own account says how long it slept and how long it worked:
 *
 *   tick ........ sleeps ...... [ works ............ hears the answer ]        sleep inside: it waited at most for the work since the tick
 *   [ works ... tick ... works ........... hears the answer ]                  no sleep: for the work before the tick, too
 *
 * So a lag is never overlooked, and one is seen now and then that was none.
 */
export class LagWatch {
  #at = 0
  #slept = 0
  #before = 0

  /** To be called every few milliseconds. */
  tick(): void {
    this.#before = this.lagMs()
    this.#at = performance.now()
    this.#slept = performance.eventLoopUtilization().idle
  }

  lagMs(): number {
    const slept = performance.eventLoopUtilization().idle - this.#slept
    const worked = Math.max(0, performance.now() - this.#at - slept)
    return slept > 0 ? worked : worked + this.#before
  }
}
