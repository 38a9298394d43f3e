import type { Family } from './ip.ts'
import type { Prefix } from './prefix.ts'
import { mask32 } from './prefix.ts'

/**
 * The whole address space cut into disjoint ranges of leaves, each with one value: what every prefix source (geo, ASN, RTT, overrides)
 * becomes before it is combined with the others. Ranges ascend, the first begins at zero, each ends where the next begins,
 * and neighbours differ in value.
 *
 *   IPv4 leaf key: the top 24 bits, 0..2^24-1               v4.starts[i], v4.values[i]
 *   IPv6 leaf key: the top 56 bits as two words             v6.hi[i] (bits 0..31), v6.lo[i] (bits 32..55, 0..2^24-1), v6.values[i]
 *
 * Value 0 means "nothing known".
 */
export interface RangeTable {
  readonly v4: { readonly starts: Uint32Array; readonly values: Uint32Array }
  readonly v6: { readonly hi: Uint32Array; readonly lo: Uint32Array; readonly values: Uint32Array }
}

/** A prefix and its value; what {@link rangesOfPrefixes} takes. */
export interface PrefixValue {
  readonly prefix: Prefix
  readonly value: number
}

/** Appends ranges in ascending order; equal neighbours merge, and a range that begins where the last one began replaces it. */
export class RangeBuilder {
  #starts4 = new Uint32Array(64)
  #values4 = new Uint32Array(64)
  #count4 = 0
  #hi6 = new Uint32Array(64)
  #lo6 = new Uint32Array(64)
  #values6 = new Uint32Array(64)
  #count6 = 0

  /** From leaf key `start` (24 bits) onwards the value is `value`. */
  push4(start: number, value: number): void {
    if (this.#count4 > 0 && this.#starts4[this.#count4 - 1] === start) this.#count4--
    if (this.#count4 > 0 && this.#values4[this.#count4 - 1] === value) return
    if (this.#count4 === this.#starts4.length) {
      this.#starts4 = grow(this.#starts4)
      this.#values4 = grow(this.#values4)
    }
    this.#starts4[this.#count4] = start
    this.#values4[this.#count4++] = value
  }

  /** From leaf key (`hi`: 32 bits, `lo`: 24 bits) onwards the value is `value`. */
  push6(hi: number, lo: number, value: number): void {
    const last = this.#count6 - 1
    if (last >= 0 && this.#hi6[last] === hi && this.#lo6[last] === lo) this.#count6--
    if (this.#count6 > 0 && this.#values6[this.#count6 - 1] === value) return
    if (this.#count6 === this.#hi6.length) {
      this.#hi6 = grow(this.#hi6)
      this.#lo6 = grow(this.#lo6)
      this.#values6 = grow(this.#values6)
    }
    this.#hi6[this.#count6] = hi
    this.#lo6[this.#count6] = lo
    this.#values6[this.#count6++] = value
  }

  /** The table; the builder must not be used afterwards. A family that got no range has one, value 0. */
  finish(): RangeTable {
    if (this.#count4 === 0) this.push4(0, 0)
    if (this.#count6 === 0) this.push6(0, 0, 0)
    if (this.#starts4[0] !== 0 || this.#hi6[0] !== 0 || this.#lo6[0] !== 0)
      throw new Error('range table does not begin at zero')
    return {
      v4: { starts: this.#starts4.slice(0, this.#count4), values: this.#values4.slice(0, this.#count4) },
      v6: {
        hi: this.#hi6.slice(0, this.#count6),
        lo: this.#lo6.slice(0, this.#count6),
        values: this.#values6.slice(0, this.#count6),
      },
    }
  }
}

/**
 * Nested prefixes become disjoint ranges, the longest match deciding. Values must be > 0; of two prefixes of one length the later wins.
 * A prefix finer than a leaf speaks for its whole leaf.
 */
export function rangesOfPrefixes(entries: readonly PrefixValue[]): RangeTable {
  const sweep = new PrefixSweep()
  for (const { prefix, value } of inSweepOrder(entries, 4)) sweep.add(prefix, value)
  for (const { prefix, value } of inSweepOrder(entries, 6)) sweep.add(prefix, value)
  return sweep.finish()
}

/** By first leaf, containers before their contents. Sorting is stable, so that later entries stay later. */
function inSweepOrder(entries: readonly PrefixValue[], family: Family): PrefixValue[] {
  return entries
    .filter(entry => entry.prefix.family === family)
    .sort(({ prefix: a }, { prefix: b }) => leafHi(a) - leafHi(b) || (a.lo >>> 8) - (b.lo >>> 8) || a.length - b.length)
}

const leafHi = ({ family, hi }: Prefix): number => (family === 4 ? hi >>> 8 : hi)

/** Index of the range that holds the IPv4 leaf `key`; it must lie in [from, to). */
export function rangeIndex4(starts: Uint32Array, key: number, from = 0, to = starts.length): number {
  let low = from
  let high = to
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (starts[middle]! <= key) low = middle
    else high = middle
  }
  return low
}

/** Index of the range that holds the IPv6 leaf (`keyHi`, `keyLo`); it must lie in [from, to). */
export function rangeIndex6(
  hi: Uint32Array,
  lo: Uint32Array,
  keyHi: number,
  keyLo: number,
  from = 0,
  to = hi.length,
): number {
  let low = from
  let high = to
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    const h = hi[middle]!
    if (h < keyHi || (h === keyHi && lo[middle]! <= keyLo)) low = middle
    else high = middle
  }
  return low
}

/** Value of the leaf that holds the address with words `hi` and `lo`. */
export function valueAt(table: RangeTable, family: Family, hi: number, lo: number): number {
  return family === 4
    ? table.v4.values[rangeIndex4(table.v4.starts, hi >>> 8)]!
    : table.v6.values[rangeIndex6(table.v6.hi, table.v6.lo, hi, lo >>> 8)]!
}

/** Makes the ranges of prefixes that come by first leaf, containers before their contents, as {@link rangesOfPrefixes} does of any. */
export class PrefixSweep {
  readonly #builder = new RangeBuilder()
  /** Prefixes that hold the last one, the innermost last. An end is one past the last leaf. */
  readonly #open4: { readonly end: number; readonly value: number }[] = []
  readonly #open6: { readonly endHi: number; readonly endLo: number; readonly value: number }[] = []

  constructor() {
    this.#builder.push4(0, 0)
    this.#builder.push6(0, 0, 0)
  }

  add(prefix: Prefix, value: number): void {
    if (prefix.family === 4) this.#add4(prefix, value)
    else this.#add6(prefix, value)
  }

  /** The table; nothing can be added any more. */
  finish(): RangeTable {
    this.#close4(2 ** 24)
    this.#close6(2 ** 32, 0)
    return this.#builder.finish()
  }

  #add4({ hi, length }: Prefix, value: number): void {
    const start = hi >>> 8
    this.#close4(start)
    this.#builder.push4(start, value)
    this.#open4.push({ end: start + 2 ** Math.max(0, 24 - length), value })
  }

  #close4(key: number): void {
    const open = this.#open4
    while (open.length > 0 && open.at(-1)!.end <= key) {
      const { end } = open.pop()!
      if (end < 2 ** 24) this.#builder.push4(end, open.at(-1)?.value ?? 0)
    }
  }

  #add6(prefix: Prefix, value: number): void {
    const lo = prefix.lo >>> 8
    this.#close6(prefix.hi, lo)
    this.#builder.push6(prefix.hi, lo, value)
    // One past the last leaf; a carry out of `lo` moves `hi`, and 2^32 there means the end of the space.
    const lastHi = (prefix.hi | ~mask32(prefix.length)) >>> 0
    const lastLo = prefix.length <= 32 ? 0xffffff : (lo | (~mask32(prefix.length - 32) >>> 8)) >>> 0
    const carry = lastLo === 0xffffff
    this.#open6.push({ endHi: carry ? lastHi + 1 : lastHi, endLo: carry ? 0 : lastLo + 1, value })
  }

  #close6(hi: number, lo: number): void {
    const open = this.#open6
    while (open.length > 0) {
      const top = open.at(-1)!
      if (top.endHi > hi || (top.endHi === hi && top.endLo > lo)) return
      open.pop()
      if (top.endHi < 2 ** 32) this.#builder.push6(top.endHi, top.endLo, open.at(-1)?.value ?? 0)
    }
  }
}

function grow(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const bigger = new Uint32Array(array.length * 2)
  bigger.set(array)
  return bigger
}
