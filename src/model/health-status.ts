import type { DownCause, FamilyHealth, MonitorQuorum } from './verdict.ts'

/** One monitor as this nameserver hears it. */
export interface MonitorStatus {
  readonly monitor: string
  /** Where it stands; its own name when it says nothing. */
  readonly place: string
  /** ms since it was last heard. */
  readonly ageMs: number
  readonly fresh: boolean
  /** Families by which it sees nothing. */
  readonly blind: readonly (4 | 6)[]
  /** Servers and families on which it has a verdict. */
  readonly verdicts: number
}

/** Who speaks of health, and what of it is not believed. */
export interface HealthStatus {
  readonly monitors: readonly MonitorStatus[]
  /** As the plan in force has it. */
  readonly quorum: Omit<MonitorQuorum, 'blind'>
  /** Services that fail open now, and by which families. */
  readonly failOpen: readonly { readonly service: string; readonly families: readonly (4 | 6)[] }[]
}

/** Upper ends of the buckets of check times, seconds; one more bucket takes what is longer. */
export const CHECK_TIME_BOUNDS: readonly number[] = [0.001, 0.005, 0.025, 0.1, 0.5, 2, 10]

/** What the health checks of this nameserver found of a cluster by one family, since they began. */
export interface CheckCounts {
  readonly cluster: string
  readonly family: 4 | 6
  readonly ok: number
  /** Failed, in the order of `HEALTH_CAUSES`. */
  readonly failures: readonly number[]
  /** Those that said nothing of the server: this machine was at fault. */
  readonly unjudged: number
  /** Good checks by how long they took: how many in each bucket of {@link CHECK_TIME_BOUNDS}, and in the one above. */
  readonly times: readonly number[]
  /** Time of all good checks together. */
  readonly seconds: number
}

/** Servers of a cluster by one family. */
export interface FamilyStatus {
  readonly family: 4 | 6
  readonly health: FamilyHealth
  /** Unix ms. */
  readonly since: number
  /** Share of its clients that it takes in its slow start, %; null: all. */
  readonly ramp: number | null
  readonly up: number
  readonly down: number
  readonly unknown: number
  /** Of those that are up: in their slow start. */
  readonly warming: number
  /** Of those that are down: up by their monitors, but held for flapping. */
  readonly held: number
}

/** One server that is down. */
export interface DownServer {
  readonly server: string
  readonly family: 4 | 6
  readonly cause: DownCause
  readonly since: number
  /** Places whose monitors say so, of those that say anything. */
  readonly voices: readonly [agreeing: number, speaking: number]
}

/** What monitors make of a cluster. */
export interface CheckedStatus {
  readonly families: readonly FamilyStatus[]
  /** At most {@link MOST_DOWN_SHOWN}, the latest first. */
  readonly down: readonly DownServer[]
}

export const MOST_DOWN_SHOWN = 20
