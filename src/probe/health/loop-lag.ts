const BEAT_MS = 20
/** A beat may be so late; all that is later is time in which this process could not attend to anything. */
const USUAL_MS = 10

/** Watches how long the event loop of this thread is held up. */
export class LoopLag {
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #beatAt: number
  #totalMs = 0

  /** `now`: ms that never go back. */
  constructor(now: () => number) {
    this.#now = now
    this.#beatAt = now()
    this.#timer = setInterval(() => {
      this.#totalMs = this.totalMs()
      this.#beatAt = now()
    }, BEAT_MS).unref()
  }

  /** ms that the loop was held up since the start, the present hold-up included. */
  totalMs(): number {
    return this.#totalMs + Math.max(0, this.#now() - this.#beatAt - BEAT_MS - USUAL_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
