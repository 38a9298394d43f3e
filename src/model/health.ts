import type { Millis } from '../base/brand.ts'
import type { Family } from '../base/ip.ts'

/** Why a check failed, in the order of what a check does. `body` and `status` only of HTTP, `certificate` only over TLS, `reply` only of DNS. */
export const HEALTH_CAUSES = [
  'timeout',
  'refused',
  'unreachable',
  'certificate',
  'status',
  'body',
  'reply',
  'protocol',
] as const
export type HealthCause = (typeof HEALTH_CAUSES)[number]

/** What one monitor has found of one server by one address family. Before its first verdict a server is not named: it is unknown to this monitor. */
export interface HealthVerdict {
  /** Id of the server, unique in the whole deployment. */
  readonly server: string
  readonly family: Family
  readonly up: boolean
  /** When it became so in the eyes of this monitor. */
  readonly since: Millis
  /** What the check said that decided it; null when it is up. */
  readonly cause: HealthCause | null
}

/** What a monitor says, at the least every {@link HEALTH_EVERY_MS}: that it is there and checks, and what has changed. */
export interface HealthReport {
  /** Name of the monitor, unique in the fleet: 1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`. */
  readonly monitor: string
  /** Where it stands, of the same letters: the monitors of one place have one voice together. undefined: a place of its own. */
  readonly place?: string
  /**
   * Families by which it sees nothing: nearly all servers of several clusters fail since one moment, so that rather its own network has gone. Its verdicts
   * stand as its checks find them, but nobody goes by them unless others see the same. undefined: none.
   */
  readonly blind?: readonly Family[]
  /** By its own clock, which may be wrong: two reports of one moment are one report. */
  readonly at: Millis
  /** These are all its verdicts: what is not named is unknown to it. Otherwise these have changed since its report before. */
  readonly whole: boolean
  readonly verdicts: readonly HealthVerdict[]
}

/** A monitor that has nothing to say says so this often. */
export const HEALTH_EVERY_MS = 2_000
/** One that was silent for longer has no voice. */
export const HEALTH_FRESH_MS = 10_000
/** One that was silent for so long is forgotten, and what only it said with it (ROUTING section 9). */
export const HEALTH_LIFETIME_MS = 5 * 60_000
/** A fleet has at most so many monitors. */
export const MOST_MONITORS = 256
/** A fleet has at most so many servers, each with two families: what a report may name. */
export const MOST_VERDICTS = 100_000
