import type { Point } from '../base/earth.ts'
import type { Prefix } from '../base/prefix.ts'
import type { HealthChecks } from './health-checks.ts'

/** embedded: inside an ISP ("enter deep"); exchange: at an internet exchange ("bring home"); core: a data centre. */
export type Tier = 'embedded' | 'exchange' | 'core'
export const TIERS: readonly Tier[] = ['embedded', 'exchange', 'core']

export type LoadUnit = 'bps' | 'rps' | 'conns'

export interface Capacity {
  readonly unit: LoadUnit
  /** Hard limit in `unit`, > 0. */
  readonly value: number
}

export interface Server {
  /** Unique in the whole deployment. */
  readonly id: string
  readonly ipv4?: string
  readonly ipv6?: string
  /** Share inside the cluster relative to its siblings, > 0. */
  readonly weight: number
}

export interface Cluster {
  /** [a-z0-9-]{1,63}, unique. */
  readonly id: string
  readonly tier: Tier
  readonly location: Point & { /** ISO 3166-1 alpha-2. */ readonly country?: string }
  /** Autonomous systems an embedded cluster serves; empty for the other tiers. */
  readonly asns: readonly number[]
  /** Prefixes announced to it (each at most a leaf long). Not empty: it serves only these, and its `asns`. */
  readonly serves: readonly Prefix[]
  readonly capacity: Capacity
  /** Soft limit as a share of capacity, 0 < target <= 1. */
  readonly target: number
  /** Content classes pushed to it; undefined: everything (it pulls). */
  readonly content?: readonly string[]
  /** Milliseconds added to its score (> 0 shrinks its catchment, < 0 grows it), -1000..1000. */
  readonly biasMs: number
  /** Below this share of usable servers, by weight, it counts as degraded, 0 < share <= 1; undefined: a half. */
  readonly upThreshold?: number
  /** At least one; each with at least one address. */
  readonly servers: readonly Server[]
  /** How monitors check them; undefined: nobody does. It decides nothing in a map. */
  readonly health?: HealthChecks
}

/** All of them that decides a map: how they are checked does not. */
export function withoutChecks(clusters: readonly Cluster[]): readonly Omit<Cluster, 'health'>[] {
  return clusters.map(({ health, ...rest }) => rest)
}
