import type { SipKey } from '../../base/siphash.ts'
import { TabulationHash } from '../../base/tabulation-hash.ts'

/** A power of two. With 24 octets each the table has 3 MiB. */
export const BUCKETS = 131_072
/** A bucket is in one of so many slots from the one that its hash names: four cache lines at most. */
const SPAN = 8

/** Length of the account's debt. */
const WINDOW_MS = 15_000
const CREDIT_MS = 1_000
/** Far above what adding up intervals can lose to rounding, far below any interval. */
const ROUNDING_MS = 1e-6

/**
 * Accounts that earn `perSecond` responses a second, hold at most one second's worth (but always one response), and can owe 15 seconds'
 * worth. Every response is charged, sent or not: so a flood stays suppressed until it has ended for as long as its debt takes to earn.
 *
 * An account is kept as the moment when it will be full again: each response moves that moment on by 1/perSecond.
 *
 *        now          due                 balance = (credit - (due - now)) * perSecond
 *   ------+------------+------+--------
 *         |<--- credit ------>|           within the rate while due stays inside
 *
 * The table never grows. A new key takes, of the slots it may have, the one that is due first: free, or full again, or nearest to it, so
 * the least is forgiven. A key that is forgotten starts with full credit: eviction never limits anybody.
 *
 *   0        4        8        12           16                 24
 *   | key a  | key b  | key c  | suppressed | due, milliseconds |
 */
export class Buckets {
  readonly #words: Int32Array
  readonly #due: Float64Array
  readonly #hash: TabulationHash
  readonly #intervalMs: number
  readonly #creditMs: number

  constructor(perSecond: number, key: SipKey) {
    const memory = new ArrayBuffer((BUCKETS + SPAN - 1) * 24)
    this.#words = new Int32Array(memory)
    this.#due = new Float64Array(memory)
    this.#hash = new TabulationHash(key)
    this.#intervalMs = 1_000 / perSecond
    this.#creditMs = Math.max(CREDIT_MS, this.#intervalMs)
  }

  /**
   * Charges one response to the account of the key (three signed 32-bit words, `b` not 0) at `time[0]`, milliseconds that never go back, from
   * 0. Returns -1 when it is within the rate, else the number of the bucket. (A fractional number that is an argument may be boxed.)
   */
  charge(a: number, b: number, c: number, time: Float64Array): number {
    const bucket = this.#find(a, b, c)
    const at = bucket * 3 + 2
    const now = time[0]!
    const ahead = Math.max(this.#due[at]! - now, 0) + this.#intervalMs
    this.#due[at] = now + Math.min(ahead, this.#creditMs + WINDOW_MS)
    return ahead <= this.#creditMs + ROUNDING_MS ? -1 : bucket
  }

  /** Counts one suppressed response of the bucket; true for every `n`-th, `n` > 0. */
  isNth(bucket: number, n: number): boolean {
    const at = bucket * 6 + 3
    const count = this.#words[at]! + 1
    this.#words[at] = count >= n ? 0 : count
    return count >= n
  }

  #find(a: number, b: number, c: number): number {
    const words = this.#words
    const first = this.#hash.of(a, b, c) & (BUCKETS - 1)
    for (let bucket = first; bucket < first + SPAN; bucket++) {
      const at = bucket * 6
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c) return bucket
    }
    return this.#take(first, a, b, c)
  }

  #take(first: number, a: number, b: number, c: number): number {
    const due = this.#due
    let bucket = first
    for (let other = first + 1; other < first + SPAN; other++)
      if (due[other * 3 + 2]! < due[bucket * 3 + 2]!) bucket = other
    due[bucket * 3 + 2] = 0
    const words = this.#words
    words[bucket * 6] = a
    words[bucket * 6 + 1] = b
    words[bucket * 6 + 2] = c
    words[bucket * 6 + 3] = 0
    return bucket
  }
}
