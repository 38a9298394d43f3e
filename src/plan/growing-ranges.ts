import { SLOTS } from '../route/tables.ts'

/** Ranges of one family as they are appended, four regret bins each. `lo` stays 0 for IPv4, whose 24-bit keys stand in `hi`. */
export class GrowingRanges {
  hi = new Uint32Array(1024)
  lo: Uint32Array
  draft = new Uint32Array(1024)
  bins = new Uint16Array(1024 * SLOTS)
  weight = new Float32Array(1024)
  count = 0

  constructor(wide: boolean) {
    this.lo = new Uint32Array(wide ? 1024 : 0)
  }

  push(hi: number, lo: number, draft: number, bins: Uint16Array, weight: number): void {
    if (this.count === this.hi.length) this.#grow()
    const at = this.count++
    this.hi[at] = hi
    if (this.lo.length > 0) this.lo[at] = lo
    this.draft[at] = draft
    for (let i = 0; i < SLOTS; i++) this.bins[at * SLOTS + i] = bins[i]!
    this.weight[at] = weight
  }

  #grow(): void {
    const size = this.count * 2
    this.hi = copied(new Uint32Array(size), this.hi)
    if (this.lo.length > 0) this.lo = copied(new Uint32Array(size), this.lo)
    this.draft = copied(new Uint32Array(size), this.draft)
    this.bins = copied(new Uint16Array(size * SLOTS), this.bins)
    this.weight = copied(new Float32Array(size), this.weight)
  }
}

function copied<T extends Uint32Array | Uint16Array | Float32Array>(to: T, from: T): T {
  to.set(from)
  return to
}
