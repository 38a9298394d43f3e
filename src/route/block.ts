import type { Place } from '../model/place.ts'
import type { EstimateTable } from './estimates.ts'

/**
 * Everything that is known of one block of clients: the argument of the steps that work per block. The arrays are indexed by cluster.
 * The map compiler reuses one object for millions of blocks.
 */
export interface Block {
  /** null: unknown. */
  place: Place | null
  /** Its place's row in the estimates' tables; -1: none. */
  cell: number
  /** Group of measured blocks of the same routed network; 0: none. */
  network: number
  /** Group of measured blocks of the same autonomous system and cell; 0: none. */
  peers: number
  /** 1: the block's autonomous system is one of the cluster's. */
  ownIsp: Uint8Array
  /** 1: a prefix announced to the cluster contains the block. */
  announced: Uint8Array
  /** Row of the measurement table that holds for (block, cluster), -1: none. */
  measured: Int32Array
  /** The operator's fixed cluster order for the block, best first; empty: none. */
  fixed: readonly number[]
  /** It lies in a special-purpose block that no override, announced prefix or measurement covers. */
  special: boolean
}

/** Measurements at one moment, a column per figure, and what they say of others. Rows are numbered from 0. */
export interface MeasuredTable {
  readonly rttMs: Float64Array
  /** 1 / sigma^2, ms^-2. */
  readonly precision: Float64Array
  readonly jitterMs: Float64Array
  /** Smoothed, 0.001..1. */
  readonly loss: Float64Array
  /** What is left of its weight, 0..1: halves with age. */
  readonly freshness: Float64Array
  readonly estimates: EstimateTable
}

export function emptyBlock(clusters: number): Block {
  return {
    place: null,
    cell: -1,
    network: 0,
    peers: 0,
    ownIsp: new Uint8Array(clusters),
    announced: new Uint8Array(clusters),
    measured: new Int32Array(clusters).fill(-1),
    fixed: [],
    special: false,
  }
}
