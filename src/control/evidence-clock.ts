import { type Millis, millis } from '../base/brand.ts'

/** How long evidence does not age while the store is away: probers cannot report, which says nothing about the network. */
export const EVIDENCE_GRACE_MS = 10 * 60 * 1000

/**
 * The time by which measurements are aged. Follows the wall clock while the store answers; stands still for the first ten minutes of an
 * outage, then goes on from where it stood.
 */
export class EvidenceClock {
  #awaySince: Millis | null = null

  storeStatus(up: boolean, now: Millis): void {
    if (up) this.#awaySince = null
    else this.#awaySince ??= now
  }

  /** True when the store has been away for longer than the grace period: evidence ages again, and each nameserver on its own. */
  isAging(now: Millis): boolean {
    return this.#awaySince !== null && now - this.#awaySince > EVIDENCE_GRACE_MS
  }

  at(now: Millis): Millis {
    if (this.#awaySince === null) return now
    return millis(this.#awaySince + Math.max(0, now - this.#awaySince - EVIDENCE_GRACE_MS))
  }
}
