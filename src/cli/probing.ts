import { joinResolvers, type ResolverCount } from '../model/resolver.ts'
import type { ProberGroup, ProbingStore } from '../store/probing.ts'
import type { ApiClient } from './api-client.ts'

/** What a fleet tells a prober is cut at its light end. */
const MOST_RESOLVERS = 100_000
/** Longer than a busy server takes, and short enough for the next word. */
const JOIN_PATIENCE_MS = 4_000

/** The part of the shared state that is for probers. */
export interface Probing {
  /** Heaviest first. */
  resolvers(): Promise<readonly ResolverCount[]>
  join(
    cluster: string,
    prober: string,
    stayMs: number,
  ): Promise<Pick<ProberGroup, 'members'> & { readonly now: number }>
  leave(cluster: string, prober: string): Promise<void>
}

export function probingOverHttp(client: ApiClient): Probing {
  return {
    async resolvers() {
      return ((await client.get('/v1/resolvers')) as { resolvers: readonly ResolverCount[] }).resolvers
    },
    async join(cluster, prober, ms) {
      return (await client.post('/v1/probers', { cluster, prober, ms }, JOIN_PATIENCE_MS)) as {
        members: readonly string[]
        now: number
      }
    },
    async leave(cluster, prober) {
      await client.post('/v1/probers', { cluster, prober, leave: true })
    },
  }
}

export function probingInStore(probing: ProbingStore): Probing {
  return {
    async resolvers() {
      return joinResolvers((await probing.readResolvers()).values(), MOST_RESOLVERS)
    },
    join: (cluster, prober, ms) => probing.joinProbers(cluster, prober, ms),
    leave: (cluster, prober) => probing.leaveProbers(cluster, prober),
  }
}
