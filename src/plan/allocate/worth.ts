import { SLOTS } from '../../route/tables.ts'
import type { DemandRows } from '../demand.ts'
import { RANKS } from '../levels/lists.ts'
import { WORTHWHILE_MS, WORTHWHILE_SHARE } from './tuning.ts'

/** What moves of a map's rows gain. */
export class Worth {
  readonly #rows: DemandRows
  readonly #regrets: Float32Array | null

  /** `regrets`: ms by cluster and rank, see `ShedRanks.regrets`; null = unknown. */
  constructor(rows: DemandRows, regrets: Float32Array | null) {
    this.#rows = rows
    this.#regrets = regrets
  }

  /**
   * What a block of the row gains, ms, that is served by cluster `to` and no longer by `from`, a later slot of its row; and how much of that is beyond
   * what a move must gain, below 0 where it is not worth it. Where nobody knows what it loses (blocks spread by hash), a move is just worth it: it
   * belongs where the weights say.
   */
  ofReturn(row: number, to: number, from: number): { readonly gain: number; readonly beyond: number } {
    let gain = 0
    let score = this.#rows.score?.[row] ?? 0
    let passed = false
    for (let k = row * SLOTS; k < row * SLOTS + SLOTS; k++) {
      const cluster = this.#rows.slots[k]!
      if (cluster === from) break
      if (cluster === to) passed = true
      const regret = this.#regrets?.[cluster * RANKS + this.#rows.ranks[k]!] ?? 0
      score += regret
      if (passed) gain += regret
    }
    if (gain === 0) return { gain: WORTHWHILE_MS, beyond: 0 }
    return { gain, beyond: gain - Math.max(WORTHWHILE_MS, WORTHWHILE_SHARE * score) }
  }
}
