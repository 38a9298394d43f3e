import { TupleNumbers } from '../base/tuples.ts'
import { NO_CLUSTER, SLOTS } from '../route/tables.ts'
import type { FinalRows } from './final-rows.ts'

/** Blocks that balance treats alike whatever the levels, added up: what the level planner walks. `n` rows. */
export interface DemandRows {
  /** 4n cluster indexes, best first, 0xffff = none. */
  readonly slots: Uint16Array
  /** 4n shed ranks. */
  readonly ranks: Uint8Array
  /** n weights in leaves (an IPv4 /24 each), summed over all maps. */
  readonly weight: Float64Array
  /** n mean scores of the first choice, ms; 0, or no column: nobody knows. */
  readonly score?: Float32Array
}

/** Rows that stand for no client and rows without slots are left out. */
export function demandRows(final: FinalRows): DemandRows {
  const { rows } = final
  const numbers = new TupleNumbers(3, 65536)
  const weights = new Float64Array(rows.count)
  const scores = new Float64Array(rows.count)
  const tuple = new Uint32Array(3)
  for (let row = 0; row < rows.count; row++) {
    if (final.weight[row] === 0 || (rows.word(row, 0) & 0xffff) === NO_CLUSTER) continue
    for (let i = 0; i < 3; i++) tuple[i] = rows.word(row, i)
    const number = numbers.number(tuple)
    weights[number]! += final.weight[row]!
    scores[number]! += final.weight[row]! * final.score[row]!
  }
  const n = numbers.count
  const out = {
    slots: new Uint16Array(n * SLOTS),
    ranks: new Uint8Array(n * SLOTS),
    weight: weights.slice(0, n),
    score: Float32Array.from({ length: n }, (_, i) => scores[i]! / weights[i]!),
  }
  for (let i = 0; i < n; i++) unpackRow(numbers, i, out.slots, out.ranks)
  return out
}

/** Writes slots and ranks of packed row `row` at the same place of the two columns. */
export function unpackRow(rows: TupleNumbers, row: number, slots: Uint16Array, ranks: Uint8Array): void {
  for (let slot = 0; slot < SLOTS; slot++) {
    slots[row * SLOTS + slot] = (rows.word(row, slot >>> 1) >>> ((slot & 1) * 16)) & 0xffff
    ranks[row * SLOTS + slot] = (rows.word(row, 2) >>> (8 * slot)) & 0xff
  }
}
