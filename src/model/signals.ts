import type { Millis } from '../base/brand.ts'

/** No network carries this much, in any unit: a load beyond is no report. Sums and products of loads below it stay finite. */
export const MOST_LOAD = 1e18

/** One report of how much a cluster (or one server of it) carries, in the unit of the cluster's capacity. */
export interface LoadSample {
  readonly cluster: string
  /** undefined: the whole cluster. */
  readonly server?: string
  readonly value: number
  readonly at: Millis
}

/** What an operator wants of a cluster. What it amounts to at a moment: model/drain. The one with the latest `since` holds. */
export interface DrainIntent {
  readonly cluster: string
  /** Share of its client blocks that is turned away, 1..100; 0: it is restored. */
  readonly percent: number
  readonly reason: string
  readonly by: string
  readonly since: Millis
  /** undefined: until restored. */
  readonly until?: Millis
  /** The share in force at `since`, 0..100, from which it goes on; undefined: 0. */
  readonly from?: number
  /** ms in which the share gets there, and after `until` back to 0; undefined: at once. */
  readonly rampMs?: number
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
  /** Fencing token of that plan. What follows is undefined where an older version reports. */
  readonly planToken?: number
  /** When the map that it serves was built, Unix ms; 0 = there is none. */
  readonly builtAt?: number
  /** Alarms that stand there. */
  readonly alarms?: number
  /** Position of the store's change log from which on it has seen every measurement; of what was there before, it knows the newest only. */
  readonly knowsSince?: string
  /** Its last word: it was stopped in good order. */
  readonly stopped?: boolean
}
