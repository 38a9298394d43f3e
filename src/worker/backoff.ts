/** A thread that lived this long had a fault of the moment: its back-off begins anew. Milliseconds. */
const SETTLED_MS = 60_000

/** How long to wait before a dead thread is started again: doubles from death to death, begins anew after a long life. */
export class Backoff {
  readonly #firstMs: number
  readonly #longestMs: number
  #nextMs: number

  constructor(firstMs: number, longestMs: number) {
    this.#firstMs = firstMs
    this.#longestMs = longestMs
    this.#nextMs = firstMs
  }

  /** The wait after a life of `livedMs`; both in milliseconds. */
  after(livedMs: number): number {
    const wait = livedMs >= SETTLED_MS ? this.#firstMs : this.#nextMs
    this.#nextMs = Math.min(this.#longestMs, 2 * wait)
    return wait
  }
}
