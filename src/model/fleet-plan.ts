import type { Millis } from '../base/brand.ts'
import type { DrainIntent } from './signals.ts'
import type { Survey } from './survey.ts'
import type { FamilyVerdicts, MonitorQuorum, ServerVerdicts } from './verdict.ts'

/** Availability of a cluster before operator intent. */
export type ClusterHealth = 'up' | 'degraded' | 'down'

export interface ClusterPlan {
  /** Of all families together: down when none is usable, degraded when any is down or degraded. One that is unknown counts as up. */
  readonly health: ClusterHealth
  /** By id of the server; {} = all are unknown; left out: nobody checks them, and they count as up. */
  readonly servers?: Readonly<Record<string, ServerVerdicts>>
  /** What follows from these for the cluster. */
  readonly families?: FamilyVerdicts
  /** Share of its blocks turned away by the operator at the moment of the plan, 0..100. */
  readonly drainPercent: number
  /** What the operator wants of it; left out: nothing. */
  readonly drain?: DrainIntent
  /** Shed level, 0..256: blocks whose shed rank is below it go to their next slot. */
  readonly level: number
  /** Last reported load as a share of capacity, however old (see `stale`); undefined: never reported. */
  readonly load?: number
  /** True when the last report is older than its age limit. */
  readonly stale: boolean
  /** How many servers serve the names of an order group (route/order-groups.ts), by its number; a missing one: all. */
  readonly serving?: Readonly<Record<string, number>>
}

/** The secrets of the fleet's DNS cookies, and since when they stand so. */
export interface CookieRing {
  /** 32 hexadecimal digits each, one or two: a cookie made with any of them is good. */
  readonly secrets: readonly string[]
  /** Index of the one that makes new cookies. */
  readonly active: number
  readonly since: Millis
}

/**
 * A measured block that keeps its present first choice although another cluster scores better: not by enough, or not for long enough (ROUTING
 * section 4, sticky).
 */
export interface HeldChoice {
  /** A service of the map group for which it holds; the first in configuration order stands for all. */
  readonly service: string
  /** The block as text, such as 192.0.2.0/24. */
  readonly prefix: string
  /** Id of the cluster that stays first. */
  readonly cluster: string
  /** Scorings in a row that another cluster has won by enough, 0.. */
  readonly wins: number
  /** Hash of what the race is about, 0..2^32-1: under a configuration with other clusters, terms or overrides it says nothing. */
  readonly terms: number
}

/** A plan names at most so many. */
export const MOST_HELD = 4096

/** What the allocation asks of the levels until the next survey. */
export interface Allocation {
  /** Number of the survey whose map it was made for; with another map it says nothing. */
  readonly survey: number
  readonly at: Millis
  /** By cluster id: the level below which the load plan does not go, 1..256; a missing id has 0. */
  readonly floors: Readonly<Record<string, number>>
  /** By cluster id: the load that it settles there, as a share of capacity; clusters whose capacity or load is not known are missing. */
  readonly planned: Readonly<Record<string, number>>
}

/**
 * What one leaseholder decides for the whole fleet. Every nameserver compiles the same map from its configuration, its geo data and the
 * measurements as of `asOf`, and fills its live table from `clusters`.
 */
export interface FleetPlan {
  /** Fencing token of the lease it was written under; a plan with a smaller one never replaces this one. */
  readonly token: number
  /** Grows by one with every plan of one token. */
  readonly seq: number
  readonly by: string
  readonly at: Millis
  /** The moment for which measurements are aged. Stands still while the store is away. */
  readonly asOf: Millis
  /** Position in the store's change log up to which measurements count. */
  readonly evidence: string
  /** What the ground of the map is compiled from. */
  readonly survey: Survey
  /** null: none was made yet. */
  readonly allocation: Allocation | null
  /** At most {@link MOST_HELD}. */
  readonly held: readonly HeldChoice[]
  readonly clusters: Readonly<Record<string, ClusterPlan>>
  /** Left out in plans of versions that judged nothing. */
  readonly monitors?: MonitorQuorum
  /** True when only probers' measurements are new: what they alone would move is held to the acceptance gate. */
  readonly gated: boolean
  /** null in plans of versions that had none. A secret: never shown. */
  readonly cookies: CookieRing | null
  /** Level planner's memory (demand estimates, hold times), opaque to everyone but `plan/levels`. */
  readonly levelState: unknown
  /** Sentences for people: `no room in reach of icn-kt, target raised to 0.80`. */
  readonly alarms: readonly string[]
}
