import type { Clock } from '../base/clock.ts'
import type { ResolverList } from '../model/resolver.ts'
import { COUNTED_TTL_MS } from './keys.ts'
import type { ProberGroup, ProbingStore } from './probing.ts'

/** Lists of resolvers and probers at work, in memory: both are said again within a minute, so neither survives the process. */
export class MemoryProbing implements ProbingStore {
  readonly #clock: Clock
  readonly #lists = new Map<string, ResolverList>()
  /** Until when each prober is there, by cluster. */
  readonly #probers = new Map<string, Map<string, number>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async putResolvers(node: string, list: ResolverList): Promise<void> {
    this.#lists.set(node, list)
  }

  async readResolvers(): Promise<ReadonlyMap<string, ResolverList>> {
    const oldest = this.#clock.now() - COUNTED_TTL_MS
    for (const [node, { at }] of this.#lists) if (at < oldest) this.#lists.delete(node)
    return new Map(this.#lists)
  }

  async joinProbers(cluster: string, prober: string, ttlMs: number): Promise<ProberGroup> {
    const now = this.#clock.now()
    const group = this.#probers.get(cluster) ?? new Map<string, number>()
    this.#probers.set(cluster, group)
    for (const [name, until] of group) if (until <= now) group.delete(name)
    group.set(prober, now + ttlMs)
    return { members: [...group.keys()].sort(), now }
  }

  async leaveProbers(cluster: string, prober: string): Promise<void> {
    this.#probers.get(cluster)?.delete(prober)
  }
}
