import type { Policy } from '../model/service.ts'
import type { Terms } from './score/field.ts'

/** Services equal in policy, clusters, content, constraints, weights and order share one map: what they have in common. */
export interface MapGroup {
  readonly policy: Policy
  /** Cluster indexes that pass the filters which do not look at the client, ascending. */
  readonly eligible: Int32Array
  readonly terms: Terms
}
