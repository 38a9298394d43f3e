import type { PulledLoad } from './load-pull.ts'
import type { PassiveCounts } from './passive.ts'

/** What comes from the edges, as this nameserver has seen it since its start. */
export interface EdgesStatus {
  /** Clusters whose load is read where they expose it. */
  readonly pulled: readonly PulledLoad[]
  /** Clusters whose edges report the RTTs of their clients. */
  readonly passive: readonly PassiveCounts[]
}
