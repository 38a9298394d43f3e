import { type Millis, millis } from '../base/brand.ts'

/** How long evidence does not age while the store is away: probers cannot report, which says nothing about the network. */
export const EVIDENCE_GRACE_MS = 10 * 60 * 1000

/** After an outage evidence stays as old as it was for so long: probers must have a chance to report before what they said last is aged. */
export const EVIDENCE_RETURN_MS = 15_000

/**
 * The time by which measurements are aged. Follows the wall clock while the store answers; stands still for the first ten minutes of an
 * outage, then goes on from where it stood; and jumps back to the wall clock a little after the store's return.
 */
export class EvidenceClock {
  #awaySince: Millis | null = null
  /** The wall clock counts again from here; what it showed during the outage until then. */
  #resume: { readonly at: number; readonly standing: Millis } | null = null

  storeStatus(up: boolean, now: Millis): void {
    if (!up) {
      this.#awaySince ??= this.#resume === null ? now : this.#resume.standing
      this.#resume = null
    } else if (this.#awaySince !== null) {
      this.#resume = { at: now + EVIDENCE_RETURN_MS, standing: this.at(now) }
      this.#awaySince = null
    }
  }

  /** True when the store has been away for longer than the grace period: evidence ages again, and each nameserver on its own. */
  isAging(now: Millis): boolean {
    return this.#awaySince !== null && now - this.#awaySince > EVIDENCE_GRACE_MS
  }

  at(now: Millis): Millis {
    if (this.#resume !== null && now < this.#resume.at) return this.#resume.standing
    if (this.#awaySince === null) return now
    return millis(this.#awaySince + Math.max(0, now - this.#awaySince - EVIDENCE_GRACE_MS))
  }
}
