import type { PlannedShare } from '../model/planned-share.ts'
import type { Planner } from '../model/planner.ts'
import type { Publisher } from './publisher.ts'

/** The planner spends at most one part in so many of its time on shares. */
const PART = 20

/**
 * Which share of its demand each service sends where, by the map and the plan in force. The planner works it out anew when either has become another,
 * so that whoever wants to know finds it here.
 */
export class ShareWatch {
  readonly #planner: Pick<Planner, 'shares'>
  readonly #publisher: Pick<Publisher, 'served'>
  #asked = ''
  #isAsking = false
  #notBefore = Number.NEGATIVE_INFINITY
  /** Empty while nobody knows: before the first map, and while tables from disk are served. */
  shares: readonly PlannedShare[] = []

  constructor(planner: Pick<Planner, 'shares'>, publisher: Pick<Publisher, 'served'>) {
    this.#planner = planner
    this.#publisher = publisher
  }

  /** To be called every second or so; `now` in ms. Resolves when {@link shares} is what it can be now; never rejects. */
  async look(now: () => number): Promise<void> {
    const served = this.#publisher.served
    if (served === null || this.#isAsking || now() < this.#notBefore) return
    const state = `${served.stats.generation} ${served.live.epoch}`
    if (state === this.#asked) return
    this.#isAsking = true
    const startedAt = now()
    try {
      this.shares = (await this.#planner.shares()) ?? []
      this.#asked = state
    } catch {
      // The planner is being restarted: it is asked again.
    } finally {
      this.#isAsking = false
      this.#notBefore = now() + PART * Math.max(0, now() - startedAt)
    }
  }
}
