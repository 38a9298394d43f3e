import type { Terms } from '../race.ts'
import type { Sites } from '../sites.ts'
import type { ScoreSheet } from './score.ts'

/** The runners of one race: the candidates of one service for one block. */
export interface Field {
  /** Cluster indexes, `count` of them, ascending. */
  readonly clusters: Int32Array
  count: number
  readonly sheet: ScoreSheet
  readonly sites: Sites
}

/**
 * A policy: gives every runner a key, the smallest wins. Pure; writes `keys[i]` for `field.clusters[i]`. `blockHash` is for policies that spread
 * blocks. Infinity: this cluster never serves the block by choice.
 */
export type PolicyKeys = (field: Field, terms: Terms, blockHash: number, keys: Float64Array) => void
