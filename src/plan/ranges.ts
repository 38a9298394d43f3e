import { SLOTS } from '../route/tables.ts'

/** Ranges of one family on their way to a map, a column per property. `lo` is empty for IPv4, whose 24-bit keys stand in `hi`. */
export interface Ranges {
  readonly hi: Uint32Array
  readonly lo: Uint32Array
  /** Draft row. */
  readonly draft: Uint32Array
  /** Four per range: bin of the regret of each slot but the last, which has none; in its place, of the score of the first. */
  readonly bins: Uint16Array
  /** Clients it stands for, in leaves. */
  readonly weight: Float32Array
}

export function newRanges(count: number, wide: boolean): Ranges {
  return {
    hi: new Uint32Array(count),
    lo: new Uint32Array(wide ? count : 0),
    draft: new Uint32Array(count),
    bins: new Uint16Array(count * SLOTS),
    weight: new Float32Array(count),
  }
}

/** The ranges of one map. */
export interface MapRanges {
  readonly v4: Ranges
  readonly v6: Ranges
  /** By cluster: leaves of the blocks that have it first. */
  readonly clusterWeight: Float64Array
  /** Leaves by class of evidence, see demand-evidence.ts. */
  readonly evidence: Float64Array
}
