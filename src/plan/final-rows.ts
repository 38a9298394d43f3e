import { mix32 } from '../base/hash.ts'
import { TupleNumbers } from '../base/tuples.ts'
import { blockHash4, blockHash6 } from '../route/locate/locate.ts'
import type { Sites } from '../route/sites.ts'
import { HASH_BUCKETS, HASHED, NO_CLUSTER, SLOTS } from '../route/tables.ts'
import { type DraftRows, HASHED_DRAFT } from './draft-rows.ts'
import type { MapRanges, Ranges } from './ranges.ts'
import { LAST_RANK, regretOf, ShedRanks } from './shed-ranks.ts'

/** Rows as they are written: the words of `Rows` (route/rows.ts). */
const ROW_WIDTH = 4

export interface FinalRows {
  readonly rows: TupleNumbers
  /** HASH_BUCKETS rows per hashed group. */
  readonly buckets: Uint32Array
  readonly maps: readonly FinalRanges[]
  /** Demand by row, in leaves, over all maps. */
  readonly weight: Float64Array
  /** Mean score of the first choice by row, by demand, ms; 0 = nobody knows. */
  readonly score: Float64Array
  /** The quantiles that ranks were read from. */
  readonly ranks: ShedRanks
}

export interface FinalRanges {
  readonly starts4: Uint32Array
  readonly rows4: Uint32Array
  readonly hi6: Uint32Array
  readonly lo6: Uint32Array
  readonly rows6: Uint32Array
}

/** Gives every range its shed ranks, quantiles among the ranges of all maps, and thereby its final row. */
export function finalRows(sites: Sites, drafts: DraftRows, maps: readonly MapRanges[]): FinalRows {
  const ranker = new Ranker(sites, drafts)
  for (const { v4, v6 } of maps) {
    ranker.count(v4)
    ranker.count(v6)
  }
  ranker.settle()
  return ranker.finalRows(maps)
}

/**
 * Final rows of more ranges, whose ranks are read from the quantiles of those that `before` counted: what is measured joins a map without
 * moving the rank of anything else in it. Row numbers and hashed groups go on from those of `before`; its maps are not repeated.
 */
export function moreRows(sites: Sites, drafts: DraftRows, maps: readonly MapRanges[], before: FinalRows): FinalRows {
  const more = new Ranker(sites, drafts, before).finalRows(maps)
  const buckets = new Uint32Array(before.buckets.length + more.buckets.length)
  buckets.set(before.buckets)
  buckets.set(more.buckets, before.buckets.length)
  return { ...more, buckets }
}

class Ranker {
  readonly #rows: TupleNumbers
  readonly #sites: Sites
  readonly #drafts: DraftRows
  readonly #words: readonly Uint32Array[]
  readonly #ranks: ShedRanks
  /** Demand of each hashed draft, spread over its buckets. */
  readonly #hashedWeight: Float64Array
  #weights: Float64Array<ArrayBuffer>
  #scores: Float64Array<ArrayBuffer>
  /** Hashed groups are numbered from here. */
  readonly #firstGroup: number
  readonly #tuple = new Uint32Array(ROW_WIDTH)

  constructor(sites: Sites, drafts: DraftRows, before?: FinalRows) {
    this.#sites = sites
    this.#drafts = drafts
    this.#words = [0, 1, 2].map(column => drafts.drafts.column(column))
    this.#rows = before?.rows.copy() ?? new TupleNumbers(ROW_WIDTH, 65536)
    this.#ranks = before?.ranks ?? new ShedRanks(sites.clusters.length)
    this.#weights = before?.weight.slice() ?? new Float64Array(65536)
    this.#scores = before?.score.slice() ?? new Float64Array(65536)
    this.#firstGroup = (before?.buckets.length ?? 0) / HASH_BUCKETS
    this.#hashedWeight = new Float64Array(drafts.buckets.length)
  }

  count(ranges: Ranges): void {
    for (let i = 0; i < ranges.hi.length; i++) {
      const draft = ranges.draft[i]!
      if (this.#isHashed(draft)) this.#hashedWeight[this.#words[0]![draft]!]! += ranges.weight[i]!
      else this.#countDraft(draft, ranges.bins, i * SLOTS, ranges.weight[i]!)
    }
  }

  /** After the last range was counted. */
  settle(): void {
    this.#drafts.buckets.forEach((bucketDrafts, group) => {
      const weight = this.#hashedWeight[group]! / HASH_BUCKETS
      for (const draft of bucketDrafts) this.#countDraft(draft, NO_REGRET, 0, weight)
    })
    this.#ranks.settle()
  }

  /** Rows of all ranges, by the quantiles settled. */
  finalRows(maps: readonly MapRanges[]): FinalRows {
    const buckets = this.#bucketRows()
    const ranges = maps.map(({ v4, v6 }) => {
      const four = this.#finish(v4, blockHash4)
      const six = this.#finish(v6, blockHash6)
      return { starts4: four.hi, rows4: four.rows, hi6: six.hi, lo6: six.lo, rows6: six.rows }
    })
    return {
      rows: this.#rows,
      buckets,
      maps: ranges,
      weight: this.#weights.slice(0, this.#rows.count),
      score: this.#scores.slice(0, this.#rows.count),
      ranks: this.#ranks,
    }
  }

  #bucketRows(): Uint32Array {
    const out = new Uint32Array(this.#drafts.buckets.length * HASH_BUCKETS)
    this.#drafts.buckets.forEach((bucketDrafts, group) => {
      const weight = this.#hashedWeight[group]! / HASH_BUCKETS
      bucketDrafts.forEach((draft, bucket) => {
        out[group * HASH_BUCKETS + bucket] = this.#row(draft, NO_REGRET, 0, mix32(bucket), weight)
      })
    })
    return out
  }

  /** The ranges with their rows. Two that differed only in what ranks are made of, and got the same, become one. */
  #finish(ranges: Ranges, hash: (hi: number, lo: number) => number) {
    const hi = new Uint32Array(ranges.hi.length)
    const lo = new Uint32Array(ranges.lo.length > 0 ? ranges.hi.length : 0)
    const rows = new Uint32Array(ranges.hi.length)
    let count = 0
    for (let i = 0; i < ranges.hi.length; i++) {
      const draft = ranges.draft[i]!
      const row = this.#isHashed(draft)
        ? HASHED + this.#firstGroup + this.#words[0]![draft]!
        : this.#row(draft, ranges.bins, i * SLOTS, hash(ranges.hi[i]!, ranges.lo[i] ?? 0), ranges.weight[i]!)
      if (count > 0 && rows[count - 1] === row && ranges.draft[i - 1] !== draft) continue
      hi[count] = ranges.hi[i]!
      if (lo.length > 0) lo[count] = ranges.lo[i]!
      rows[count++] = row
    }
    return { hi: hi.slice(0, count), lo: lo.slice(0, count), rows: rows.slice(0, count) }
  }

  #isHashed(draft: number): boolean {
    return this.#words[2]![draft]! >= HASHED_DRAFT
  }

  #slot(draft: number, slot: number): number {
    return (this.#words[slot >>> 1]![draft]! >>> ((slot & 1) * 16)) & 0xffff
  }

  #own(draft: number, slot: number): boolean {
    return ((this.#words[2]![draft]! >>> (8 + slot)) & 1) === 1
  }

  #countDraft(draft: number, bins: Uint16Array, at: number, weight: number): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      const cluster = this.#slot(draft, slot)
      if (!this.#isLast(draft, slot)) this.#ranks.count(cluster, slot, this.#own(draft, slot), bins[at + slot]!, weight)
    }
  }

  #rank(draft: number, slot: number, bin: number, blockHash: number): number {
    if (this.#isLast(draft, slot)) return LAST_RANK
    const cluster = this.#slot(draft, slot)
    return this.#ranks.rank(cluster, this.#sites.hash[cluster]!, slot, this.#own(draft, slot), bin, blockHash)
  }

  /** No slot comes after it, so that it is never turned away there; true for empty slots too. */
  #isLast(draft: number, slot: number): boolean {
    return slot === SLOTS - 1 || this.#slot(draft, slot + 1) === NO_CLUSTER
  }

  #row(draft: number, bins: Uint16Array, at: number, blockHash: number, weight: number): number {
    let ranks = 0
    for (let slot = 0; slot < SLOTS; slot++) {
      ranks |= this.#rank(draft, slot, bins[at + slot]!, blockHash) << (8 * slot)
    }
    this.#tuple[0] = this.#words[0]![draft]!
    this.#tuple[1] = this.#words[1]![draft]!
    this.#tuple[2] = ranks
    this.#tuple[3] = this.#words[2]![draft]! & 0xff
    const row = this.#rows.number(this.#tuple)
    while (row >= this.#weights.length) {
      this.#weights = doubled(this.#weights)
      this.#scores = doubled(this.#scores)
    }
    this.#weights[row]! += weight
    if (weight > 0)
      this.#scores[row]! += (weight / this.#weights[row]!) * (regretOf(bins[at + SLOTS - 1]!) - this.#scores[row]!)
    return row
  }
}

/** Nobody knows what hashed blocks would lose: they are all alike and go by their hash. */
const NO_REGRET = new Uint16Array(SLOTS)

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const bigger = new Float64Array(array.length * 2)
  bigger.set(array)
  return bigger
}
