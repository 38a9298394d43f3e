/**
 * What measurements of others say of a block (ROUTING section 4), as of the survey that the map's ground was compiled from.
 *
 *   cell    half a degree of one country: a row of `residual` and `mass` with a column per cluster, an entry of `access` and `weight`
 *   group   measured blocks of one network, or of one network in one cell: entries alikeAt[g] .. alikeAt[g + 1] of the other two
 */
export interface EstimateTable {
  /** ln of the inflation over the prior, less the access level; empty when there are no rows to interpolate from. */
  readonly residual: Float32Array
  /** Sum of the weights of the rows behind it, 0 = the prior alone. */
  readonly mass: Float32Array
  /** ln: how much slower than the prior everything is around there. */
  readonly access: Float32Array
  /** Sum of the weights of the rows behind `access`. */
  readonly weight: Float32Array
  /** Group 0 is empty. */
  readonly alikeAt: Uint32Array
  readonly alikeCluster: Uint16Array
  /** Median RTT of the group, ms. */
  readonly alikeMs: Float32Array
  /** By cluster, 1: so many RTTs are too short for its coordinates that these must be wrong. */
  readonly misplaced: Uint8Array
}

/** Nothing is measured: the prior alone. */
export function noEstimates(clusters: number): EstimateTable {
  return {
    residual: NONE,
    mass: NONE,
    access: NONE,
    weight: NONE,
    alikeAt: new Uint32Array(2),
    alikeCluster: new Uint16Array(0),
    alikeMs: NONE,
    misplaced: new Uint8Array(clusters),
  }
}

const NONE = new Float32Array(0)

/** Steadies the sums of the interpolation: what the bias of a cluster counts, and what stands under all of them. */
export const BIAS_WEIGHT = 0.03
export const SUM_STEADIER = 0.04
/** Steadies the mean of a row: two more RTTs that are as the prior says. */
export const ACCESS_STEADIER = 2
/** RTTs are compared as ln(rtt + 20 ms): below that, milliseconds are the noise of the last mile. */
export const LOG_OFFSET_MS = 20

/** ln of the inflation of an RTT over what was expected. */
export function inflation(rttMs: number, expectedMs: number): number {
  return Math.log((rttMs + LOG_OFFSET_MS) / (expectedMs + LOG_OFFSET_MS))
}
