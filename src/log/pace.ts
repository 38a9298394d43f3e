/** Milliseconds between two looks into the rings. */
const SHORTEST_MS = 10
const LONGEST_MS = 200
/** Share of the fullest ring that shall have been filled by the next look: what comes may grow eightfold at once and still finds room. */
const AIM = 1 / 8

/**
 * How long to wait until the rings are looked into again, since workers wake nobody: as seldom as the fullest ring allows. The wait at the most doubles
 * from one look to the next, and is short again at once.
 */
export class Pace {
  #waitMs = SHORTEST_MS

  /** `filled`: share of the fullest ring, 0..1, that was filled since the look before. Milliseconds. */
  next(filled: number): number {
    const atThisRate = filled === 0 ? LONGEST_MS : (this.#waitMs * AIM) / filled
    this.#waitMs = Math.max(SHORTEST_MS, Math.min(LONGEST_MS, 2 * this.#waitMs, atThisRate))
    return this.#waitMs
  }
}
