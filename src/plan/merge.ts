import { NO_CLUSTER, ROW_SPECIAL, ROW_UNLOCATED, SLOTS } from '../route/tables.ts'
import { type DraftRows, HASHED_DRAFT, type ProfileRows } from './draft-rows.ts'
import { GrowingRanges } from './growing-ranges.ts'
import { binOf } from './shed-ranks.ts'
import type { Swept } from './sweep.ts'
import { leaves6, weight4, weight6 } from './weight.ts'

/** The ranges of one map: neighbours differ in draft. */
export interface MergedRanges {
  readonly v4: GrowingRanges
  readonly v6: GrowingRanges
}

/** Joins neighbours with the same draft row; the regret of a merged range is the mean of its parts, by weight. */
export function mergeRanges(swept: Swept, rows: ProfileRows, drafts: DraftRows): MergedRanges {
  const merger = new Merger(rows, drafts)
  const { starts4, profile4, hi6, lo6, profile6 } = swept
  for (let i = 0; i < starts4.length; i++) {
    merger.add4(starts4[i]!, starts4[i + 1] ?? 0x1000000, profile4[i]!)
  }
  merger.close()
  merger.turnTo6()
  for (let i = 0; i < hi6.length; i++) {
    const last = i + 1 === hi6.length
    merger.add6(hi6[i]!, lo6[i]!, last ? 2 ** 32 : hi6[i + 1]!, last ? 0 : lo6[i + 1]!, profile6[i]!)
  }
  merger.close()
  return { v4: merger.v4, v6: merger.v6 }
}

class Merger {
  readonly v4 = new GrowingRanges(false)
  readonly v6 = new GrowingRanges(true)
  readonly #rows: ProfileRows
  readonly #flags: Uint32Array
  #into = this.v4
  #hi = 0
  #lo = 0
  #draft = -1
  #weight = 0
  readonly #regret = new Float64Array(SLOTS)
  readonly #bins = new Uint16Array(SLOTS)

  constructor(rows: ProfileRows, { drafts }: DraftRows) {
    this.#rows = rows
    this.#flags = drafts.column(2)
  }

  turnTo6(): void {
    this.#into = this.v6
  }

  add4(start: number, end: number, profile: number): void {
    const draft = this.#rows.drafts[profile]!
    this.#open(start, 0, draft)
    this.#gather(profile, (this.#flags[draft]! & ROW_SPECIAL) !== 0 ? 0 : weight4(start, end))
  }

  add6(hi: number, lo: number, endHi: number, endLo: number, profile: number): void {
    const draft = this.#rows.drafts[profile]!
    const flags = this.#flags[draft]!
    this.#open(hi, lo, draft)
    const leaves = leaves6(hi, lo, endHi, endLo)
    this.#gather(profile, (flags & ROW_SPECIAL) !== 0 ? 0 : weight6(leaves, (flags & ROW_UNLOCATED) === 0))
  }

  /** Writes the range that is open. */
  close(): void {
    if (this.#draft < 0) return
    for (let i = 0; i < SLOTS; i++) this.#bins[i] = binOf(this.#weight > 0 ? this.#regret[i]! / this.#weight : 0)
    this.#into.push(this.#hi, this.#lo, this.#draft, this.#bins, this.#weight)
    this.#draft = -1
  }

  #open(hi: number, lo: number, draft: number): void {
    if (draft === this.#draft) return
    this.close()
    this.#hi = hi
    this.#lo = lo
    this.#draft = draft
    this.#weight = 0
    this.#regret.fill(0)
  }

  #gather(profile: number, weight: number): void {
    this.#weight += weight
    if (weight === 0) return
    for (let i = 0; i < SLOTS; i++) this.#regret[i]! += weight * this.#rows.regretMs[profile * SLOTS + i]!
  }
}

/** First cluster of each draft; NO_CLUSTER for drafts without slots and for hashed ones, which are spread already. */
export function firstClusters({ drafts }: DraftRows): Uint16Array {
  return Uint16Array.from({ length: drafts.count }, (_, draft) =>
    drafts.word(draft, 2) >= HASHED_DRAFT ? NO_CLUSTER : drafts.word(draft, 0) & 0xffff,
  )
}
