/** Something with more to do than it may do at once. */
export interface TurnTaker {
  /** Does a bounded part of it; returns how much that was, in queries. What is left wants another turn. */
  takeTurn(): number
}

/** Queries answered out of backlogs before sockets are looked at again: new connections wait no longer than these take. */
const QUERIES_BETWEEN_LOOKS = 64

/**
 * Whose queries wait for their turn, first come first served: one client that pipelines without end delays the others by a turn, not by its
 * whole backlog.
 */
export class Turns {
  readonly #waiting = new Set<TurnTaker>()
  #scheduled = false

  /** Gives `taker` a turn after those who wait already. */
  add(taker: TurnTaker): void {
    this.#waiting.add(taker)
    this.#schedule()
  }

  remove(taker: TurnTaker): void {
    this.#waiting.delete(taker)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#round())
  }

  #round(): void {
    this.#scheduled = false
    let left = QUERIES_BETWEEN_LOOKS
    for (const taker of this.#waiting) {
      if (left <= 0) break
      this.#waiting.delete(taker)
      left -= taker.takeTurn()
    }
    if (this.#waiting.size > 0) this.#schedule()
  }
}
