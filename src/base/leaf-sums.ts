import { signedMixPair } from './hash.ts'
import type { Family } from './ip.ts'

/** A sum for each of many leaves (/24, /56), in typed arrays: a hash table with linear probing that grows. */
export class LeafSums {
  #hi: Uint32Array<ArrayBuffer>
  /** Bits 32..55 of the address, the family in the low octet; 0 = free. */
  #lo: Uint32Array<ArrayBuffer>
  #sums: Float64Array<ArrayBuffer>
  #count = 0

  /** `expected`: leaves. */
  constructor(expected = 1024) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 2)))
    this.#hi = new Uint32Array(size)
    this.#lo = new Uint32Array(size)
    this.#sums = new Float64Array(size)
  }

  copy(): LeafSums {
    const copy = new LeafSums(0)
    copy.#hi = this.#hi.slice()
    copy.#lo = this.#lo.slice()
    copy.#sums = this.#sums.slice()
    copy.#count = this.#count
    return copy
  }

  get size(): number {
    return this.#count
  }

  /** `hi` and `lo`: words 0 and 1 of an address in the leaf; what lies behind the leaf does not matter. */
  add(family: Family, hi: number, lo: number, value: number): void {
    this.#addKey(
      family === 4 ? (hi & 0xffffff00) >>> 0 : hi >>> 0,
      family === 4 ? 4 : ((lo & 0xffffff00) | 6) >>> 0,
      value,
    )
  }

  scale(factor: number): void {
    for (let i = 0; i < this.#sums.length; i++) this.#sums[i]! *= factor
  }

  /** Keeps the `most` greatest sums of at least `least`. */
  keep(most: number, least: number): void {
    const sums = this.#sums.filter((sum, i) => this.#lo[i] !== 0 && sum >= least).sort()
    const bar = sums.length > most ? sums[sums.length - most]! : least
    // Where many are equal at the bar, not all of them fit.
    let room = Math.min(most, sums.length)
    for (const sum of sums) if (sum > bar) room--
    const kept = new LeafSums(most)
    for (let i = 0; i < this.#lo.length; i++) {
      const sum = this.#sums[i]!
      if (this.#lo[i] === 0 || sum < bar || (sum === bar && room-- <= 0)) continue
      kept.#addKey(this.#hi[i]!, this.#lo[i]!, sum)
    }
    this.#hi = kept.#hi
    this.#lo = kept.#lo
    this.#sums = kept.#sums
    this.#count = kept.#count
  }

  forEach(visit: (family: Family, hi: number, lo: number, sum: number) => void): void {
    for (let i = 0; i < this.#lo.length; i++) {
      const tag = this.#lo[i]!
      if (tag !== 0) visit((tag & 0xff) as Family, this.#hi[i]!, (tag & 0xffffff00) >>> 0, this.#sums[i]!)
    }
  }

  #addKey(hi: number, tag: number, value: number): void {
    const mask = this.#lo.length - 1
    let at = signedMixPair(hi, tag) & mask
    while (this.#lo[at] !== 0 && (this.#hi[at] !== hi || this.#lo[at] !== tag)) at = (at + 1) & mask
    if (this.#lo[at] === 0) {
      if (2 * this.#count >= this.#lo.length) {
        this.#grow()
        this.#addKey(hi, tag, value)
        return
      }
      this.#count++
      this.#hi[at] = hi
      this.#lo[at] = tag
    }
    this.#sums[at]! += value
  }

  #grow(): void {
    const bigger = new LeafSums(this.#lo.length)
    for (let i = 0; i < this.#lo.length; i++) {
      if (this.#lo[i] !== 0) bigger.#addKey(this.#hi[i]!, this.#lo[i]!, this.#sums[i]!)
    }
    this.#hi = bigger.#hi
    this.#lo = bigger.#lo
    this.#sums = bigger.#sums
  }
}
