import type { Prefix } from '../base/prefix.ts'

/** Whose demand an event changes: blocks to which all that is given applies; nothing given: everybody. */
export interface DemandChoice {
  /** Inside one of these. */
  readonly prefixes?: readonly Prefix[]
  /** Located in one of these countries. */
  readonly countries?: readonly string[]
  /** Of one of these services. */
  readonly services?: readonly string[]
  /** Blocks whose first choice at the start is one of these clusters. */
  readonly firstAt?: readonly string[]
}

/** What a cluster no longer tells: its load, or what its prober measures. */
export type Reports = 'load' | 'rtt' | 'both'

export type Happening =
  /** The cluster dies: what is sent there is lost until its health is judged. */
  | { readonly kind: 'fail'; readonly clusters: readonly string[] }
  /** Undoes failures, drains and whatever is wrong with reports. */
  | { readonly kind: 'restore'; readonly clusters: readonly string[] }
  /** `percent` of its blocks, 0..100, are turned away by an operator. */
  | { readonly kind: 'drain'; readonly clusters: readonly string[]; readonly percent: number }
  | { readonly kind: 'silent'; readonly clusters: readonly string[]; readonly reports: Reports }
  /** The exporter is stuck: the same load is reported again and again. */
  | { readonly kind: 'frozen'; readonly clusters: readonly string[] }
  /** The usual demand of `who` times `factor` (>= 0), reached evenly within `over` seconds. */
  | { readonly kind: 'demand'; readonly who: DemandChoice; readonly factor: number; readonly over: number }
  /** Day and night: `1 + amplitude * sin`, later by longitude, so that the day goes round the world. Seconds; amplitude 0..1, 0 ends it. */
  | { readonly kind: 'swing'; readonly who: DemandChoice; readonly amplitude: number; readonly period: number }

export type ScenarioEvent = Happening & {
  /** Seconds since the start, whole. */
  readonly at: number
}

/** What happens in a simulated world. Times in whole seconds. */
export interface Scenario {
  readonly seconds: number
  /** Before second 0 the fleet has run so long: what is played begins with a plan in force, not with a cold start. */
  readonly warmUp: number
  /** Life of addresses; null: what each service says. */
  readonly ttl: number | null
  readonly seed: number
  /** By time. */
  readonly events: readonly ScenarioEvent[]
  /** Resolvers that keep answers `ttls` times as long as they may: so large a share of every block's demand. */
  readonly slowResolvers: { readonly share: number; readonly ttls: number }
  /** Load reports: one every so often, of the load `lag` seconds ago, with relative noise of this standard deviation. */
  readonly reports: { readonly every: number; readonly lag: number; readonly noise: number }
  /** How long monitors take to judge that a cluster is down, or up again. */
  readonly detection: { readonly down: number; readonly up: number }
  /** True: nameservers have counted where demand comes from; false: every leaf counts 1. */
  readonly demandKnown: boolean
}

export const DEFAULT_SCENARIO: Scenario = {
  seconds: 600,
  warmUp: 300,
  ttl: null,
  seed: 1,
  events: [],
  slowResolvers: { share: 0.1, ttls: 4 },
  reports: { every: 10, lag: 10, noise: 0.03 },
  detection: { down: 6, up: 20 },
  demandKnown: true,
}
