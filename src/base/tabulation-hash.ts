import { type SipKey, sipHash24 } from './siphash.ts'

/** Octets of three words, each with 256 numbers of its own. */
const CELLS = 12 * 256

/**
 * Simple tabulation (Zobrist; Patrascu and Thorup, "The power of simple tabulation hashing"): each octet of the key picks a random number
 * from a table of its own, and the hash is the exclusive or of them. Whoever does not know the key can do no better than chance at finding
 * two inputs that collide. 12 KiB; about 8 ns, where SipHash over the same octets costs about 100.
 */
export class TabulationHash {
  readonly #cells = new Int32Array(CELLS)

  constructor(key: SipKey) {
    const counter = new Uint8Array(4)
    const hash = new Uint32Array(2)
    for (let i = 0; i < CELLS; i += 2) {
      counter[0] = i & 255
      counter[1] = i >>> 8
      sipHash24(key, counter, counter.length, hash)
      this.#cells.set(hash, i)
    }
  }

  /** Of three 32-bit words, signed or not. -2^31..2^31-1. */
  of(a: number, b: number, c: number): number {
    const cells = this.#cells
    return (
      cells[a & 255]! ^
      cells[256 + ((a >>> 8) & 255)]! ^
      cells[512 + ((a >>> 16) & 255)]! ^
      cells[768 + (a >>> 24)]! ^
      cells[1024 + (b & 255)]! ^
      cells[1280 + ((b >>> 8) & 255)]! ^
      cells[1536 + ((b >>> 16) & 255)]! ^
      cells[1792 + (b >>> 24)]! ^
      cells[2048 + (c & 255)]! ^
      cells[2304 + ((c >>> 8) & 255)]! ^
      cells[2560 + ((c >>> 16) & 255)]! ^
      cells[2816 + (c >>> 24)]!
    )
  }
}
