import type { Family } from '../base/ip.ts'
import { comparePrefix, LEAF_LENGTH, type Prefix } from '../base/prefix.ts'
import type { DemandRow } from '../model/demand.ts'
import { leaves6, weight4, weight6 } from './weight.ts'

/** What is known of the demand inside some span of leaves. */
export interface Known {
  /** Leaves of which something is known. */
  leaves: number
  /** What these weigh together. */
  weight: number
  /** What the heaviest of them weighs. */
  heaviest: number
}

/**
 * What ranges of leaves weigh: as much as is known of them, and for the rest what weight.ts gives to blocks of which nothing is known. Where a row
 * covers many leaves its demand is taken as evenly spread.
 */
export class KnownDemand {
  readonly four: FamilyDemand
  readonly six: FamilyDemand

  /** `rows` do not overlap. */
  constructor(rows: readonly DemandRow[]) {
    this.four = new FamilyDemand(rows, 4)
    this.six = new FamilyDemand(rows, 6)
  }

  /** Of the leaf that holds the address with words `hi` and `lo`; null = nothing is known of it. */
  ofLeaf(family: Family, hi: number, lo: number): number | null {
    const low = lo >>> 8
    const known =
      family === 4
        ? this.four.between(hi >>> 8, 0, (hi >>> 8) + 1, 0)
        : this.six.between(hi >>> 0, low, low + 1 === LOW ? (hi >>> 0) + 1 : hi >>> 0, (low + 1) % LOW)
    return known.leaves > 0 ? known.weight : null
  }

  weight4(start: number, end: number, located: boolean): number {
    if (this.four.isEmpty) return weight4(start, end, located)
    const { leaves, weight } = this.four.between(start, 0, end, 0)
    return weight4(start, end - leaves, located) + weight
  }

  weight6(hi: number, lo: number, endHi: number, endLo: number, located: boolean): number {
    const all = leaves6(hi, lo, endHi, endLo)
    if (this.six.isEmpty) return weight6(all, located)
    const { leaves, weight } = this.six.between(hi, lo, endHi, endLo)
    return weight6(all - leaves, located) + weight
  }
}

/**
 * The rows of one family as disjoint spans of leaves, ascending. Leaf keys as in `RangeTable`: of IPv4 24 bits in `hi`, of IPv6 32 bits in `hi` and
 * 24 in `lo`; an end is one past the last leaf, and may be 2^24 or 2^32.
 */
export class FamilyDemand {
  readonly isEmpty: boolean
  readonly #hi: Float64Array
  readonly #lo: Float64Array
  readonly #endHi: Float64Array
  readonly #endLo: Float64Array
  /** Of each leaf of the span. */
  readonly #weight: Float64Array
  /** Leaves to a step of `hi`. */
  readonly #scale: number
  readonly #known: Known = { leaves: 0, weight: 0, heaviest: 0 }
  /** Where the last call began: maps are walked in ascending order. */
  #at = 0

  constructor(rows: readonly DemandRow[], family: Family) {
    const own = rows.filter(({ prefix }) => prefix.family === family)
    own.sort((a, b) => comparePrefix(a.prefix, b.prefix))
    this.isEmpty = own.length === 0
    this.#scale = family === 4 ? 1 : LOW
    this.#hi = Float64Array.from(own, ({ prefix }) => (family === 4 ? prefix.hi >>> 8 : prefix.hi))
    this.#lo = Float64Array.from(own, ({ prefix }) => prefix.lo >>> 8)
    this.#endHi = this.#hi.slice()
    this.#endLo = this.#lo.slice()
    this.#weight = new Float64Array(own.length)
    own.forEach(({ prefix, weight }, i) => {
      const leaves = leavesOf(prefix)
      const end = this.#lo[i]! + (leaves % this.#scale)
      this.#endHi[i]! += Math.floor(leaves / this.#scale) + (end === LOW ? 1 : 0)
      this.#endLo[i] = end === LOW ? 0 : end
      this.#weight[i] = weight / leaves
    })
  }

  /** What is known from one key to before the other; written anew by the next call. */
  between(hi: number, lo: number, endHi: number, endLo: number): Known {
    const known = this.#known
    known.leaves = known.weight = known.heaviest = 0
    for (let i = this.#first(hi, lo); i < this.#hi.length; i++) {
      const [from, fromLo] = [this.#hi[i]!, this.#lo[i]!]
      if (!isBefore(from, fromLo, endHi, endLo)) break
      const skipped = isBefore(from, fromLo, hi, lo) ? this.#leaves(from, fromLo, hi, lo) : 0
      const behind = isBefore(endHi, endLo, this.#endHi[i]!, this.#endLo[i]!)
      const leaves = behind
        ? this.#leaves(from, fromLo, endHi, endLo)
        : this.#leaves(from, fromLo, this.#endHi[i]!, this.#endLo[i]!)
      if (leaves <= skipped) continue
      known.leaves += leaves - skipped
      known.weight += (leaves - skipped) * this.#weight[i]!
      known.heaviest = Math.max(known.heaviest, this.#weight[i]!)
    }
    return known
  }

  #leaves(hi: number, lo: number, endHi: number, endLo: number): number {
    return (endHi - hi) * this.#scale + (endLo - lo)
  }

  /** Index of the first span that ends behind the key. */
  #first(hi: number, lo: number): number {
    let at = this.#at
    while (at > 0 && isBefore(hi, lo, this.#endHi[at - 1]!, this.#endLo[at - 1]!)) at--
    while (at < this.#hi.length && !isBefore(hi, lo, this.#endHi[at]!, this.#endLo[at]!)) at++
    this.#at = at
    return at
  }
}

/** Values of `lo`. */
const LOW = 2 ** 24

/** Leaves that a prefix covers. */
export function leavesOf({ family, length }: Prefix): number {
  return 2 ** (LEAF_LENGTH[family] - length)
}

function isBefore(hi: number, lo: number, otherHi: number, otherLo: number): boolean {
  return hi < otherHi || (hi === otherHi && lo < otherLo)
}
