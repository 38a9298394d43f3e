import type { Millis } from '../base/brand.ts'

/**
 * What a change takes from one nameserver to another by the store: the time from which this one gave it its own last report until the store brought that back,
 * as it brings the changes of others. One that is under way for longer than that counts for as long as it is, and so does the time for which the store is away.
 */
export class StoreLag {
  #last: number | null = null
  /** The oldest report that has not come back: its `at`, and when it was given. */
  #waiting: { readonly at: Millis; readonly since: Millis } | null = null

  /** The report of `at` is given to the store now. */
  sent(at: Millis, now: Millis): void {
    this.#waiting ??= { at, since: now }
  }

  /** The store brings it. A later one says that those before it are lost, and nothing of how long they would have taken. */
  heard(at: Millis, now: Millis): void {
    if (this.#waiting === null || at < this.#waiting.at) return
    if (at === this.#waiting.at) this.#last = Math.max(0, now - this.#waiting.since)
    this.#waiting = null
  }

  /** Milliseconds; `away`: since when the store is, null = it is not. null: no report has come back yet, and none is under way. */
  reading(now: Millis, away: Millis | null): number | null {
    const underWay = this.#waiting === null ? null : now - this.#waiting.since
    const known = [this.#last, underWay, away === null ? null : now - away].filter(ms => ms !== null)
    return known.length === 0 ? null : Math.max(0, ...known)
  }
}
