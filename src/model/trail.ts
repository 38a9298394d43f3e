import type { Tier } from './cluster.ts'
import type { Policy } from './service.ts'

export const VERDICTS = [
  'chosen',
  'outranked',
  'shed',
  'down',
  'draining',
  'degraded',
  'warming',
  'no-family',
  'no-content',
  'not-announced',
  'excluded',
] as const
export type Verdict = (typeof VERDICTS)[number]

/** Whose block was used: the ECS option, the resolver's own address, or the resolver's because the ECS address locates nobody. */
export type ClientSource = 'ecs' | 'resolver' | 'resolver (ecs not routable)'

/** One candidate cluster as `explain` shows it. Numbers that are not known are left out. */
export interface CandidateTrail {
  readonly cluster: string
  readonly tier: Tier
  readonly distanceKm?: number
  readonly rttMs?: number
  /** What the RTT is known from: `34 ms +-1: own RTT, 40 s old, measured for /24`, `74 ms +-17: prior only`; docs/estimates.md lists all. */
  readonly rttFrom?: string
  readonly loss?: number
  readonly score?: number
  readonly verdict: Verdict
  /** What its monitors say, where not simply that all its servers are up: `1 of 4 down (timeout, by 2 of 3 monitors, for 40 s)`, `unknown: no verdict yet`. */
  readonly health?: string
  /** Of one that is `shed`: by the allocation, which planned the block elsewhere, not by what the load has asked for since. */
  readonly planned?: true
  /** Of one that an operator drains, for whichever clients. */
  readonly drain?: DrainTrail
}

/** Share of all client blocks, 0..100 percent, that is turned away now, and that shall be; who wants it, why, since when and until when (Unix ms). */
export interface DrainTrail {
  readonly percent: number
  readonly target: number
  readonly reason: string
  readonly by: string
  readonly since: number
  readonly until?: number
}

/**
 * One of the names that share a hostname. `excluded`: it is not for the client's country, or another of its name is, or it is for nobody; `down`: its
 * service cannot serve.
 */
export interface TargetTrail {
  readonly target: string
  readonly weight: number
  readonly countries?: readonly string[]
  readonly verdict: Extract<Verdict, 'chosen' | 'outranked' | 'excluded' | 'down'>
}

/** Why a hostname that several names share leads to one of them. */
export interface SharedTrail {
  readonly hostname: string
  readonly client: Trail['client']
  readonly targets: readonly TargetTrail[]
  /** The chosen one. */
  readonly target: string
  /** Of the CNAME. */
  readonly ttl: number
  readonly reason: string
}

/** The decision, stage by stage: the same object on every surface (CLI, HTTP, console). */
export interface Trail {
  /** Of a hostname that several names share: what was decided there, before anything of the rest. A name at another CDN has no rest. */
  readonly shared?: SharedTrail
  readonly name: string
  readonly type: string
  readonly service: string
  readonly policy: Policy
  readonly client: {
    readonly address: string
    readonly source: ClientSource
    readonly block: string
    readonly scope: number
  }
  readonly place?: {
    readonly country?: string
    readonly lat: number
    readonly lon: number
    readonly asn?: number
    readonly from: string
  }
  /** What the client's leaf (/24, /56) weighs in ranks and load plans; 1 = a located leaf of which nothing is known. Left out: nothing is known of it. */
  readonly demand?: number
  readonly candidates: readonly CandidateTrail[]
  /** The chosen cluster; undefined when the service answers without one (`whenAllDown: static`, `servfail`). */
  readonly cluster?: string
  readonly servers: readonly string[]
  readonly answers: readonly string[]
  readonly ttl: number
  readonly reason: string
  /** Map generation. */
  readonly snapshot: number
}
