import type { Policy } from '../model/service.ts'

/** What the operator said about the race, indexed by cluster. */
export interface Terms {
  /** Share under `weighted` and for blocks of unknown place, >= 0. */
  readonly weights: Float64Array
  /** Position under `failover`, 0 = first. */
  readonly position: Float64Array
}

/** Services equal in policy, clusters, content, constraints, weights and order share one map: what they have in common. */
export interface MapGroup {
  readonly policy: Policy
  /** Cluster indexes that pass the filters which do not look at the client, ascending. */
  readonly eligible: Int32Array
  readonly terms: Terms
}
