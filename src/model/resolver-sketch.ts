import { signedMixPair } from '../base/hash.ts'
import type { Family } from '../base/ip.ts'
import type { Peer } from '../base/peer.ts'

/**
 * How often each resolver was answered, in bounded memory: the heaviest addresses of a stream, by the method of model/demand-sketch (small sets,
 * randomized admission), with whole addresses for keys. Sources of UDP can be forged, and a flood of addresses that are seen once each raises the
 * lightest counts only with its square root: what is heavier stays.
 *
 *   word 0        1, 2                3      4, 5     16                                    16 + HALF
 *        window   answers by half     dice   seeds    half 0: set 0 | set 1 | ...           half 1
 *
 *   a set, 48 words:  eight ways of  family (0 = free) | address: hi | lo | hostHi | hostLo | count
 *
 * One worker adds to the half that the window's parity names; the main thread moves the window on and drains the other.
 */
const WAYS = 8
const SETS = 1_024
const WAY_WORDS = 6
const SET_WORDS = WAYS * WAY_WORDS
const HALF = SETS * SET_WORDS

/** So many answers of a window are counted one by one; of those behind them one in {@link STEP}, drawn by lot, stands for all. */
const EXACT = 1 << 14
const STEP = 16

const WINDOW = 0
const ANSWERS = 1
const DICE = 3
const SEEDS = 4
const HEADER = 16

/** Resolvers that a window can name: 384 KiB for the two halves. */
export const SKETCH_RESOLVERS = SETS * WAYS
export const RESOLVER_SKETCH_BYTES = (HEADER + 2 * HALF) * 4

/** What is said of one resolver: its address in four words, and how often it was answered. */
export type VisitResolver = (
  family: Family,
  hi: number,
  lo: number,
  hostHi: number,
  hostLo: number,
  count: number,
) => void

export class ResolverSketch {
  readonly #words: Int32Array

  private constructor(words: Int32Array) {
    this.#words = words
  }

  /** An empty one. `seeds`: three random words. */
  static create(buffer: SharedArrayBuffer, seeds: Uint32Array): ResolverSketch {
    const words = new Int32Array(buffer).fill(0)
    // Xorshift stands still at 0.
    words[DICE] = seeds[0]! | 1
    words[SEEDS] = seeds[1]!
    words[SEEDS + 1] = seeds[2]!
    return new ResolverSketch(words)
  }

  static open(buffer: SharedArrayBuffer): ResolverSketch {
    return new ResolverSketch(new Int32Array(buffer))
  }

  // -- the worker's side -------------------------------------------------------------------------------------------------------------------

  /** Counts an answer to this peer. Allocates nothing. */
  count(peer: Peer): void {
    const words = this.#words
    const half = words[WINDOW]! & 1
    if (++words[ANSWERS + half]! <= EXACT) this.#add(peer, half, 1)
    else if ((this.#throwDice() & (STEP - 1)) === 0) this.#add(peer, half, STEP)
  }

  #add(peer: Peer, half: number, weight: number): void {
    const words = this.#words
    const { family } = peer
    // Words are made signed: a number above 2^31 would be an object.
    const hi = peer.hi | 0
    const lo = peer.lo | 0
    const hostHi = peer.hostHi | 0
    const hostLo = peer.hostLo | 0
    const near = signedMixPair(hi ^ words[SEEDS]!, lo ^ family)
    const set = signedMixPair(near ^ hostHi, hostLo ^ words[SEEDS + 1]!) & (SETS - 1)
    const from = HEADER + half * HALF + set * SET_WORDS
    let least = from
    for (let i = from; i < from + SET_WORDS; i += WAY_WORDS) {
      if (
        words[i + 4] === hostLo &&
        words[i + 1] === hi &&
        words[i] === family &&
        words[i + 2] === lo &&
        words[i + 3] === hostHi
      ) {
        words[i + 5]! += weight
        return
      }
      if (words[i + 5]! < words[least + 5]!) least = i
    }
    const count = words[least + 5]!
    if (count > 0 && (this.#throwDice() >>> 0) * (count + weight) >= weight * 2 ** 32) return
    words[least] = family
    words[least + 1] = hi
    words[least + 2] = lo
    words[least + 3] = hostHi
    words[least + 4] = hostLo
    words[least + 5] = count + weight
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

  /** Visits what the window before the present one counted, and empties it. Words are unsigned. */
  drain(visit: VisitResolver): void {
    const words = this.#words
    const half = (Atomics.load(words, WINDOW) & 1) ^ 1
    const from = HEADER + half * HALF
    for (let i = from; i < from + HALF; i += WAY_WORDS) {
      if (words[i] === 0) continue
      const [hi, lo, hostHi, hostLo] = [words[i + 1]!, words[i + 2]!, words[i + 3]!, words[i + 4]!]
      visit(words[i] as Family, hi >>> 0, lo >>> 0, hostHi >>> 0, hostLo >>> 0, words[i + 5]!)
    }
    words.fill(0, from, from + HALF)
    words[ANSWERS + half] = 0
  }
}
