import type { Millis } from '../base/brand.ts'

/** One report of how much a cluster (or one server of it) carries, in the unit of the cluster's capacity. */
export interface LoadSample {
  readonly cluster: string
  /** undefined: the whole cluster. */
  readonly server?: string
  readonly value: number
  readonly at: Millis
}

/** What an operator wants of a cluster. Kept until it expires or is restored. */
export interface DrainIntent {
  readonly cluster: string
  /** Share of its client blocks that is turned away, 1..100. */
  readonly percent: number
  readonly reason: string
  readonly by: string
  readonly since: Millis
  /** undefined: until restored. */
  readonly until?: Millis
}

/** What a nameserver says of itself so that the fleet can be compared. */
export interface NodeReport {
  readonly node: string
  readonly at: Millis
  readonly generation: number
  readonly configHash: string
  readonly geoHash: string
  readonly leader: boolean
  /** Sequence number of the plan it serves; 0 = none yet. */
  readonly planSeq: number
}
