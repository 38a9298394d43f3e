import type { Tier } from './cluster.ts'
import type { Policy } from './service.ts'

export const VERDICTS = [
  'chosen',
  'outranked',
  'shed',
  'down',
  'draining',
  'degraded',
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
  /** What decided the RTT: `measured /24, 40 s old`, `geo estimate`. */
  readonly rttFrom?: string
  readonly loss?: number
  readonly score?: number
  readonly verdict: Verdict
}

/** The decision, stage by stage: the same object on every surface (CLI, HTTP, console). */
export interface Trail {
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
