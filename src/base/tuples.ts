import { mix32 } from './hash.ts'

/**
 * Gives equal tuples of 32-bit words one number, counted from 0 in order of first appearance. Columns are plain typed arrays, so that
 * millions of look-ups allocate nothing but the growth of the table.
 */
export class TupleNumbers {
  readonly width: number
  #words: Uint32Array
  #buckets: Int32Array
  #count = 0

  constructor(width: number, expected = 1024) {
    this.width = width
    this.#words = new Uint32Array(expected * width)
    this.#buckets = new Int32Array(powerOfTwo(expected * 2)).fill(-1)
  }

  /** The same numbers, to which more can be given without touching these. */
  copy(): TupleNumbers {
    const copy = new TupleNumbers(this.width, 0)
    copy.#words = this.#words.slice()
    copy.#buckets = this.#buckets.slice()
    copy.#count = this.#count
    return copy
  }

  get count(): number {
    return this.#count
  }

  /** Word `column` of tuple `number`. */
  word(number: number, column: number): number {
    return this.#words[number * this.width + column]!
  }

  /** The number of the tuple that stands in `tuple[0..width)`. */
  number(tuple: Uint32Array): number {
    const mask = this.#buckets.length - 1
    let bucket = this.#hash(tuple, 0) & mask
    for (;;) {
      const held = this.#buckets[bucket]!
      if (held < 0) return this.#insert(tuple, bucket)
      if (this.#equals(held * this.width, tuple)) return held
      bucket = (bucket + 1) & mask
    }
  }

  /** All tuples, one after the other; to be read before another is numbered. */
  words(): Uint32Array {
    return this.#words.subarray(0, this.#count * this.width)
  }

  /** Column `column` of all tuples. */
  column(column: number): Uint32Array {
    const out = new Uint32Array(this.#count)
    for (let i = 0; i < this.#count; i++) out[i] = this.#words[i * this.width + column]!
    return out
  }

  #insert(tuple: Uint32Array, bucket: number): number {
    if ((this.#count + 1) * this.width > this.#words.length) this.#words = doubled(this.#words)
    const number = this.#count++
    for (let i = 0; i < this.width; i++) this.#words[number * this.width + i] = tuple[i]!
    this.#buckets[bucket] = number
    if (this.#count * 2 > this.#buckets.length) this.#rehash()
    return number
  }

  #rehash(): void {
    const size = this.#buckets.length * 2
    this.#buckets = new Int32Array(size).fill(-1)
    for (let i = 0; i < this.#count; i++) {
      let bucket = this.#hash(this.#words, i * this.width) & (size - 1)
      while (this.#buckets[bucket]! >= 0) bucket = (bucket + 1) & (size - 1)
      this.#buckets[bucket] = i
    }
  }

  #hash(words: Uint32Array, from: number): number {
    let h = 0x811c9dc5
    for (let i = 0; i < this.width; i++) {
      h = Math.imul(h ^ words[from + i]!, 0x9e3779b1)
      h ^= h >>> 15
    }
    return mix32(h)
  }

  #equals(at: number, tuple: Uint32Array): boolean {
    for (let i = 0; i < this.width; i++) if (this.#words[at + i] !== tuple[i]) return false
    return true
  }
}

function doubled(array: Uint32Array): Uint32Array {
  const bigger = new Uint32Array(array.length * 2)
  bigger.set(array)
  return bigger
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, least)))
}
