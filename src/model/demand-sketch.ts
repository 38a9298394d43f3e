import { signedMixPair } from '../base/hash.ts'
import type { Family } from '../base/ip.ts'

/**
 * How often each client block was answered, in bounded memory: the heaviest leaves of a stream by d-way RAP (Ben Basat, Chen, Einziger, Friedman,
 * Kassner: "Randomized Admission Policy for Efficient Top-k, Frequency, and Volume Estimation", 2019), a Space-Saving table (Metwally et al., 2005)
 * cut into small sets. A leaf that has no place takes that of the lightest in its set, of count c, with probability 1/(c+1), and then counts c+1.
 * So a flood of blocks that are asked once each raises the lightest counts only with its square root, and what is heavier than that stays.
 * A window of many answers is counted by a sample from some point on: looking up a set costs some 25 ns where blocks are many, throwing dice 3.
 *
 *   word 0        1, 2                3      4, 5     16                                    16 + HALF
 *        window   answers by half     dice   seeds    half 0: set 0 | set 1 | ...           half 1
 *
 *   a set, 24 words:  hi of each way (8)  |  lo of each way, its family in the low octet (8; 0 = free)  |  count of each way (8)
 *
 * One worker adds to the half that the window's parity names. The main thread moves the window on, and reads and clears the other half when nobody
 * is in it any more. The seeds are secret: who knew them could aim a flood at the set of one block.
 */
const WAYS = 8
const SETS = 2_048
const SET_WORDS = 3 * WAYS
const HALF = SETS * SET_WORDS

/** So many answers of a window are counted one by one; of those behind them one in {@link STEP}, drawn by lot, stands for all. */
const EXACT = 1 << 18
const STEP = 8

const WINDOW = 0
const ANSWERS = 1
const DICE = 3
const SEEDS = 4
const HEADER = 16

/** Leaves that a window can name: 384 KiB for the two halves. */
export const SKETCH_LEAVES = SETS * WAYS
export const SKETCH_BYTES = (HEADER + 2 * HALF) * 4

/** What is said of one leaf: words 0 and 1 of its address, and how often it was answered. */
export type VisitLeaf = (family: Family, hi: number, lo: number, count: number) => void

export class DemandSketch {
  readonly #words: Int32Array

  private constructor(words: Int32Array) {
    this.#words = words
  }

  /** An empty one. `seeds`: three random words. */
  static create(buffer: SharedArrayBuffer, seeds: Uint32Array): DemandSketch {
    const words = new Int32Array(buffer).fill(0)
    // Xorshift stands still at 0.
    words[DICE] = seeds[0]! | 1
    words[SEEDS] = seeds[1]!
    words[SEEDS + 1] = seeds[2]!
    return new DemandSketch(words)
  }

  static open(buffer: SharedArrayBuffer): DemandSketch {
    return new DemandSketch(new Int32Array(buffer))
  }

  // -- the worker's side -------------------------------------------------------------------------------------------------------------------

  /** Counts an answer for the leaf of the address with words `hi` and `lo`, signed or not. Allocates nothing. */
  count(family: Family, hi: number, lo: number): void {
    const words = this.#words
    const half = words[WINDOW]! & 1
    let weight = 1
    if (++words[ANSWERS + half]! > EXACT) {
      if ((this.#throwDice() & (STEP - 1)) !== 0) return
      weight = STEP
    }
    const a = family === 4 ? hi & 0xffffff00 : hi | 0
    const b = family === 4 ? 4 : (lo & 0xffffff00) | 6
    const set = signedMixPair(a ^ words[SEEDS]!, b ^ words[SEEDS + 1]!) & (SETS - 1)
    const from = HEADER + half * HALF + set * SET_WORDS
    for (let i = from; i < from + WAYS; i++) {
      if (words[i] === a && words[i + WAYS] === b) {
        words[i + 2 * WAYS]! += weight
        return
      }
    }
    this.#admit(from, a, b, weight)
  }

  #admit(from: number, a: number, b: number, weight: number): void {
    const words = this.#words
    let least = from
    for (let i = from + 1; i < from + WAYS; i++) if (words[i + 2 * WAYS]! < words[least + 2 * WAYS]!) least = i
    const count = words[least + 2 * WAYS]!
    if (count > 0 && (this.#throwDice() >>> 0) * (count + weight) >= weight * 2 ** 32) return
    words[least] = a
    words[least + WAYS] = b
    words[least + 2 * WAYS] = count + weight
  }

  /** -2^31..2^31-1. */
  #throwDice(): number {
    let dice = this.#words[DICE]!
    dice ^= dice << 13
    dice ^= dice >>> 17
    dice ^= dice << 5
    this.#words[DICE] = dice
    return dice
  }

  // -- the main thread's side --------------------------------------------------------------------------------------------------------------

  /** Ends the present window: what is answered from now on counts in the other half, which must have been drained. */
  turn(): void {
    Atomics.add(this.#words, WINDOW, 1)
  }

  /** Visits what the window before the present one counted, and empties it. Returns all its answers, those of leaves that it does not name included. */
  drain(visit: VisitLeaf): number {
    const words = this.#words
    const half = (Atomics.load(words, WINDOW) & 1) ^ 1
    const from = HEADER + half * HALF
    for (let set = from; set < from + HALF; set += SET_WORDS) {
      for (let i = set; i < set + WAYS; i++) {
        const tag = words[i + WAYS]!
        if (tag !== 0) visit((tag & 0xff) as Family, words[i]! >>> 0, (tag & 0xffffff00) >>> 0, words[i + 2 * WAYS]!)
      }
    }
    words.fill(0, from, from + HALF)
    const answers = words[ANSWERS + half]! >>> 0
    words[ANSWERS + half] = 0
    return answers
  }
}
