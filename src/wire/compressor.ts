import { sameNameAt } from './message-name.ts'

/** Names that a message may remember, question included; later ones are written without being remembered. Bounds the search. */
const REMEMBERED = 64
/** A pointer has 14 bits for its offset (RFC 1035 section 4.1.4). */
const POINTER_END = 0x4000

/**
 * Writes names into one message, each as short as what is already there allows (RFC 1035 section 4.1.4):
 *
 *   name = label* ( root | pointer )        pointer = 11 OFFSET(14), to a name that stands earlier in the message
 *
 * Every suffix written is remembered by a hash and its offset. One object per worker.
 */
export class NameCompressor {
  readonly #offsets = new Uint16Array(REMEMBERED)
  readonly #hashes = new Int32Array(REMEMBERED)
  #count = 0
  /** Of the name in hand: where its labels begin, counted from its start, and the hashes of the suffixes that begin there. */
  readonly #labelAt = new Uint8Array(128)
  readonly #suffixHash = new Int32Array(128)

  reset(): void {
    this.#count = 0
  }

  /** How many suffixes are remembered; hand it to {@link forget} to drop those that came later. */
  get mark(): number {
    return this.#count
  }

  forget(mark: number): void {
    this.#count = mark
  }

  /** Remembers a name that stands whole at `offset` of the message; `name[at..]` is the same in lower case. */
  remember(name: Uint8Array, at: number, offset: number): void {
    const labels = this.#takeApart(name, at)
    for (let i = 0; i < labels; i++) this.#add(offset + this.#labelAt[i]!, this.#suffixHash[i]!)
  }

  /**
   * Writes the name `name[at..]` (whole, lower case) at `out[position]` and returns the position behind it; -1 when it would pass `limit`.
   * What was remembered on the way to -1 must be forgotten.
   */
  write(out: Uint8Array, position: number, limit: number, name: Uint8Array, at: number): number {
    const labels = this.#takeApart(name, at)
    let to = position
    for (let i = 0; i < labels; i++) {
      const from = at + this.#labelAt[i]!
      const known = this.#find(out, name, from, this.#suffixHash[i]!)
      if (known > 0) {
        if (to + 2 > limit) return -1
        out[to] = 0xc0 | (known >> 8)
        out[to + 1] = known & 0xff
        return to + 2
      }
      const octets = name[from]! + 1
      if (to + octets > limit) return -1
      this.#add(to, this.#suffixHash[i]!)
      for (let k = 0; k < octets; k++) out[to + k] = name[from + k]!
      to += octets
    }
    if (to + 1 > limit) return -1
    out[to] = 0
    return to + 1
  }

  #add(offset: number, hash: number): void {
    if (this.#count === REMEMBERED || offset >= POINTER_END) return
    this.#offsets[this.#count] = offset
    this.#hashes[this.#count++] = hash
  }

  #find(out: Uint8Array, name: Uint8Array, at: number, hash: number): number {
    for (let i = 0; i < this.#count; i++)
      if (this.#hashes[i] === hash && sameNameAt(out, this.#offsets[i]!, name, at)) return this.#offsets[i]!
    return 0
  }

  /** Fills `#labelAt` and `#suffixHash`; the number of labels, the root not counted. */
  #takeApart(name: Uint8Array, at: number): number {
    let labels = 0
    let end = at
    for (; name[end] !== 0; end += name[end]! + 1) this.#labelAt[labels++] = end - at
    let hash = 0x811c9dc5
    for (let i = labels - 1; i >= 0; i--) {
      const start = at + this.#labelAt[i]!
      for (let k = start + name[start]!; k >= start; k--) hash = Math.imul(hash ^ name[k]!, 0x01000193)
      this.#suffixHash[i] = hash
    }
    return labels
  }
}
