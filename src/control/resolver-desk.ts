import type { Millis } from '../base/brand.ts'
import { joinResolvers, type ResolverCount, type ResolverCounter } from '../model/resolver.ts'
import type { ProberGroup } from '../store/probing.ts'
import type { Store } from '../store/store.ts'

const COLLECT_MS = 10_000
const PUBLISH_MS = 60_000
/** What one prober can measure; lists of a fleet that are longer than this are cut at their light end. */
export const MOST_TARGETS = 100_000

export interface ResolverDeskDeps {
  readonly node: string
  readonly store: Store
  readonly resolvers: ResolverCounter
}

/** Which resolvers ask, for the probers: what this nameserver sees, and what all of them see. */
export class ResolverDesk {
  readonly #deps: ResolverDeskDeps
  #collectedAt: number | null = null
  #publishedAt = Number.NEGATIVE_INFINITY

  constructor(deps: ResolverDeskDeps) {
    this.#deps = deps
  }

  /** Collects and publishes what is due. Rejects with StoreUnavailable. */
  async tick(now: Millis): Promise<void> {
    const { resolvers, node, store } = this.#deps
    this.#collectedAt ??= now
    if (now - this.#collectedAt < COLLECT_MS) return
    this.#collectedAt = now
    await resolvers.collect(now)
    const list = resolvers.list(now)
    if (now - this.#publishedAt < PUBLISH_MS || list.rows.length === 0) return
    await store.probing.putResolvers(node, list)
    this.#publishedAt = now
  }

  /** Heaviest first; of this nameserver as of this moment. */
  async known(now: Millis): Promise<readonly ResolverCount[]> {
    const { resolvers, node, store } = this.#deps
    await resolvers.collect(now)
    const others = [...(await store.probing.readResolvers())].flatMap(([name, list]) => (name === node ? [] : [list]))
    return joinResolvers([...others, resolvers.list(now)], MOST_TARGETS)
  }

  join(cluster: string, prober: string, ttlMs: number): Promise<ProberGroup> {
    return this.#deps.store.probing.joinProbers(cluster, prober, ttlMs)
  }

  leave(cluster: string, prober: string): Promise<void> {
    return this.#deps.store.probing.leaveProbers(cluster, prober)
  }
}
