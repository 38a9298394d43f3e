import type { Millis } from '../base/brand.ts'
import type { ResolverList } from '../model/resolver.ts'

/** The probers of one cluster, as the store knows them. */
export interface ProberGroup {
  /** Names of those that are there, sorted. */
  readonly members: readonly string[]
  /** The time of the store, which is the same for all. */
  readonly now: Millis
}

/** The part of a store that is for probers: what nameservers tell them, and what they tell each other. Writes throw like those of the store. */
export interface ProbingStore {
  /** Replaces what the nameserver has seen; forgotten a quarter of an hour later. */
  putResolvers(node: string, list: ResolverList): Promise<void>
  /** What each nameserver saw last, by its name. */
  readResolvers(): Promise<ReadonlyMap<string, ResolverList>>
  /** Says that the prober is there for `ttlMs` from now, at most a minute. Who did not say so in time is there no more. */
  joinProbers(cluster: string, prober: string, ttlMs: number): Promise<ProberGroup>
  leaveProbers(cluster: string, prober: string): Promise<void>
}
