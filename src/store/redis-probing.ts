import { millis } from '../base/brand.ts'
import type { ResolverList } from '../model/resolver.ts'
import { MAX_RESOLVERS_OCTETS, packResolvers, readResolvers } from '../model/resolver-text.ts'
import { COUNTED_TTL_MS, probersKey, RESOLVER_NODES, resolversKey } from './keys.ts'
import type { ProberGroup, ProbingStore } from './probing.ts'
import { readHash, type ScanDeps } from './redis-scan.ts'
import { believable } from './signal-codec.ts'
import { StoreUnavailable } from './store.ts'

const MAX_NODE_OCTETS = 512

/** Lists of resolvers and probers at work, in Redis. */
export class RedisProbing implements ProbingStore {
  readonly #connect: () => Promise<ScanDeps>

  constructor(connect: () => Promise<ScanDeps>) {
    this.#connect = connect
  }

  async putResolvers(node: string, list: ResolverList): Promise<void> {
    const { client } = await this.#connect()
    const args = [node, list.at, packResolvers(list), COUNTED_TTL_MS]
    await client.script('putCounted', [resolversKey(node), RESOLVER_NODES], args)
  }

  /** One nameserver after the other: each list is 400 KB at most, and all of them together may be many. */
  async readResolvers(): Promise<ReadonlyMap<string, ResolverList>> {
    const { client, skipped, clock } = await this.#connect()
    const lists = new Map<string, ResolverList>()
    const oldest = clock.now() - COUNTED_TTL_MS
    for (const [node] of await readHash(client, skipped, RESOLVER_NODES, MAX_NODE_OCTETS)) {
      const text = await client.text(resolversKey(node), MAX_RESOLVERS_OCTETS)
      if (text === '') continue
      const list = typeof text === 'string' ? believable(readResolvers(text), ({ at }) => at, clock.now()) : null
      if (list === null) skipped.add(resolversKey(node), 'it is no list of resolvers')
      else if (list.at >= oldest) lists.set(node, list)
    }
    return lists
  }

  async joinProbers(cluster: string, prober: string, ttlMs: number): Promise<ProberGroup> {
    const { client } = await this.#connect()
    const reply = await client.script('joinProbers', [probersKey(cluster)], [prober, Math.max(1, Math.round(ttlMs))])
    if (!Array.isArray(reply) || !(Number(reply[0]) > 0)) throw new StoreUnavailable('Redis does not give its time')
    return { now: millis(Number(reply[0])), members: reply.slice(1).map(String).sort() }
  }

  async leaveProbers(cluster: string, prober: string): Promise<void> {
    const { client } = await this.#connect()
    await client.script('joinProbers', [probersKey(cluster)], [prober, 0])
  }
}
