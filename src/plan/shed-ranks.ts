import { mixPair } from '../base/hash.ts'
import { SLOTS } from '../route/tables.ts'

/**
 * Shed ranks of 8 bits, in bands by slot: a loaded cluster first turns away what spilled to it from others (third choices, then second), then its
 * own blocks. Spill thus never pushes a cluster's own blocks out, which is what makes neighbours push into one another. The own band is the widest,
 * since there a step of the level is a step of load: 1/175 of the cluster's blocks.
 *
 *   rank     0..31   32..79   80..254   255
 *   slot     third   second   first     the row's last, whichever it is: always takes
 */
const RANK_BANDS: readonly (readonly [low: number, width: number])[] = [
  [80, 175],
  [32, 48],
  [0, 32],
]
export const LAST_RANK = 255

/** Bins of a histogram over regrets: relative width 0.8 % above 1 ms, so that quantiles need no sort of millions of blocks. */
const MANTISSA_BITS = 7
const SHIFT = 23 - MANTISSA_BITS
const floats = new Float32Array(1)
const bits = new Uint32Array(floats.buffer)
const ORIGIN = 0x3f800000 >>> SHIFT
/** Regrets of 65535 ms and more are one. */
const MOST_REGRET_MS = 65535
export const REGRET_BINS = binOf(MOST_REGRET_MS) + 1

/** The bits of a positive float ascend with its value; exponent and leading mantissa make a logarithmic bin. */
export function binOf(regretMs: number): number {
  floats[0] = Math.min(regretMs, MOST_REGRET_MS) + 1
  return (bits[0]! >>> SHIFT) - ORIGIN
}

/** The regret, in ms, at the lower end of a bin. */
export function regretOf(bin: number): number {
  bits[0] = (bin + ORIGIN) << SHIFT
  return floats[0]! - 1
}

/**
 * Quantiles of regret per (cluster, slot), weighted by demand: count all blocks, then ask. Blocks of the cluster's own ISP count above all others;
 * blocks in one bin stand in the order of their hash.
 */
export class ShedRanks {
  readonly #weights: Float64Array

  constructor(clusters: number) {
    this.#weights = new Float64Array(clusters * SLOTS * 2 * REGRET_BINS)
  }

  count(cluster: number, slot: number, own: boolean, bin: number, weight: number): void {
    this.#weights[this.#at(cluster, slot, own, bin)]! += weight
  }

  /** Turns the counts into running sums; to be called once, between the last `count` and the first `rank`. */
  settle(): void {
    const size = 2 * REGRET_BINS
    for (let from = 0; from < this.#weights.length; from += size) {
      for (let i = from + 1; i < from + size; i++) this.#weights[i]! += this.#weights[i - 1]!
    }
  }

  /** Rank 0..255 of a block that hashes to `blockHash`. */
  rank(cluster: number, clusterHash: number, slot: number, own: boolean, bin: number, blockHash: number): number {
    const at = this.#at(cluster, slot, own, bin)
    const first = this.#at(cluster, slot, false, 0)
    const total = this.#weights[first + 2 * REGRET_BINS - 1]!
    const below = at === first ? 0 : this.#weights[at - 1]!
    const [low, width] = RANK_BANDS[slot]!
    const scale = total > 0 ? width / total : 0
    // Many blocks may share a bin; one that is narrower than a step needs no order inside, and rows stay few.
    const wide = (this.#weights[at]! - below) * scale > 1
    const share = wide || total === 0 ? mixPair(blockHash, clusterHash ^ RANK_SALT) / 2 ** 32 : 0.5
    const quantile = total > 0 ? (below + share * (this.#weights[at]! - below)) * scale : share * width
    return low + Math.min(width - 1, Math.floor(quantile))
  }

  /** 256 per cluster: the regret, in ms, in the middle of each rank; 0 for ranks that nobody has. After {@link settle}. */
  regrets(): Float32Array {
    const clusters = this.#weights.length / (SLOTS * 2 * REGRET_BINS)
    const out = new Float32Array(clusters * 256)
    for (let cluster = 0; cluster < clusters; cluster++) {
      RANK_BANDS.forEach(([low, width], slot) => {
        const first = this.#at(cluster, slot, false, 0)
        const sums = this.#weights.subarray(first, first + 2 * REGRET_BINS)
        const total = sums.at(-1)!
        for (let k = 0, bin = 0; k < width && total > 0; k++) {
          while (sums[bin]! * width <= (k + 0.5) * total) bin++
          out[cluster * 256 + low + k] = regretOf(bin % REGRET_BINS)
        }
      })
    }
    return out
  }

  #at(cluster: number, slot: number, own: boolean, bin: number): number {
    return ((cluster * SLOTS + slot) * 2 + (own ? 1 : 0)) * REGRET_BINS + bin
  }
}

/** Draining uses the same pair of hashes: without salt a drained cluster would keep just the blocks it sheds last. */
const RANK_SALT = 0x5bd1e995
