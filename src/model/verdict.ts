import type { Millis } from '../base/brand.ts'
import type { HealthCause } from './health.ts'

/** Why a server counts as down: what its checks said, or that it came and went too often. */
export type DownCause = HealthCause | 'flapping'

/** What the fleet makes of one server by one address family. */
export interface ServerVerdict {
  readonly up: boolean
  /** When it became so, by the clock of the leader of that time. */
  readonly since: Millis
  /** null when it is up. */
  readonly cause: DownCause | null
  /** Places whose monitors say so, and those that say anything, when it was last decided. */
  readonly voices: readonly [agreeing: number, speaking: number]
  /** For coming and going, as it stood at `at`; it halves every ten minutes. Left out: none worth the name. */
  readonly penalty?: { readonly value: number; readonly at: Millis }
  /** It came back then, and takes its clients little by little. Left out: it takes all that are its own. */
  readonly warmingSince?: Millis
  /** Share of these that it takes now, 10..95 %. Only with `warmingSince`. */
  readonly ramp?: number
  /** Evidence time from which nobody has had anything to say of it: the verdict stands still, and is dropped in the end. */
  readonly silentSince?: Millis
}

/** By family, where it has an address and a verdict; before the first a server is unknown. */
export interface ServerVerdicts {
  readonly v4?: ServerVerdict
  readonly v6?: ServerVerdict
}

/**
 * up: the servers in use weigh at least `upThreshold`; degraded: less; down: none is left. unknown: no server was ever judged, and it is used like one
 * that is up.
 */
export type FamilyHealth = 'up' | 'degraded' | 'down' | 'unknown'

/** What follows for a whole cluster by one address family. */
export interface FamilyVerdict {
  readonly health: FamilyHealth
  readonly since: Millis
  /** It came back then; see {@link ServerVerdict}. */
  readonly warmingSince?: Millis
  readonly ramp?: number
}

export interface FamilyVerdicts {
  readonly v4?: FamilyVerdict
  readonly v6?: FamilyVerdict
}

/** Who speaks of health. Monitors of one place count as one. */
export interface MonitorQuorum {
  /** Places heard of within HEALTH_FRESH_MS, and within HEALTH_LIFETIME_MS. */
  readonly fresh: number
  readonly known: number
  /** Since when there are too few: verdicts stand still. null: there are enough, or there never were any. */
  readonly lostSince: Millis | null
  /** Monitors that are heard and not believed, since they see nothing: `fra-1 (IPv4)`. Left out: none. */
  readonly blind?: readonly string[]
}
