/** Slots of a row. */
export const SLOTS = 4
export const NO_CLUSTER = 0xffff

const WORDS = 4
const RANKS = 2
const FLAGS = 3

/**
 * The rows of the compiled maps: for a block its clusters, best first, from which share of a cluster's load on it is turned away there, and what
 * is special about it. 16 octets each, so that an answer that needs all of them waits for memory once.
 *
 *   word   0                    1                    2                          3
 *          slot 0  | slot 1     slot 2  | slot 3     rank 0 | 1 | 2 | 3         flags: ROW_*
 *          u16, cluster index; NO_CLUSTER = none     u8, shed rank of each      low octet first
 */
export class Rows {
  readonly #words: Int32Array

  /** `words`: as in the drawing. */
  constructor(words: Int32Array) {
    this.#words = words
  }

  /** One row; `slots` and `ranks` have an entry for each slot. */
  static of(slots: ArrayLike<number>, ranks: ArrayLike<number>, flags: number): Rows {
    return new Rows(Rows.wordsOf(slots, ranks, flags))
  }

  /** The same as words. */
  static wordsOf(slots: ArrayLike<number>, ranks: ArrayLike<number>, flags: number): Int32Array {
    const words = new Int32Array(WORDS)
    for (let i = 0; i < SLOTS; i++) {
      words[i >>> 1]! |= slots[i]! << ((i & 1) * 16)
      words[RANKS]! |= ranks[i]! << (8 * i)
    }
    words[FLAGS] = flags
    return words
  }

  get count(): number {
    return this.#words.length / WORDS
  }

  /** Cluster of slot `i`; NO_CLUSTER = none, and none follows. */
  slot(row: number, i: number): number {
    return (this.#words[row * WORDS + (i >>> 1)]! >>> ((i & 1) * 16)) & 0xffff
  }

  /** Shed rank of slot `i`, 0..255. */
  rank(row: number, i: number): number {
    return (this.#words[row * WORDS + RANKS]! >>> (8 * i)) & 0xff
  }

  /** ROW_* of the row. */
  flags(row: number): number {
    return this.#words[row * WORDS + FLAGS]!
  }

  /** All slots of a row, as they stand. */
  slots(row: number): number[] {
    return Array.from({ length: SLOTS }, (_, i) => this.slot(row, i))
  }

  /** All ranks of a row. */
  ranks(row: number): number[] {
    return Array.from({ length: SLOTS }, (_, i) => this.rank(row, i))
  }
}
