import type { Family } from '../base/ip.ts'
import type { LiveHalf } from '../model/live-table.ts'
import { type Client, newRouting } from '../route/client.ts'
import { route } from '../route/route.ts'
import type { RouteTables } from '../route/tables.ts'
import type { Population } from './population.ts'
import type { Random } from './random.ts'

const NOBODY = -1

/**
 * The resolvers' caches. Every block has two parts: `b` keeps answers as long as it may, `blocks + b` (the slow share of the demand) some TTLs
 * longer. A part asks again in the second in which its answer ends:
 *
 *   head[second mod ring] -> part -> part -> ...   (linked by `next`)
 */
export class Resolvers {
  /** Cluster that each part sends its demand to; -1: it has no answer with a cluster. */
  readonly cluster: Int16Array
  /** Share of a block's demand in its parts. */
  readonly quickShare: number
  readonly slowShare: number
  readonly #population: Population
  readonly #slowTtls: number
  readonly #next: Int32Array
  readonly #head: Int32Array
  readonly #client: Client = { ecsFamily: 4, ecsHi: 0, ecsLo: 0, family: 4, hi: 0, lo: 0 }
  readonly #routing = newRouting()

  constructor(population: Population, slow: { readonly share: number; readonly ttls: number }, mostTtl: number) {
    this.#population = population
    this.slowShare = slow.share
    this.quickShare = 1 - slow.share
    this.#slowTtls = slow.ttls
    this.cluster = new Int16Array(2 * population.count).fill(NOBODY)
    this.#next = new Int32Array(2 * population.count)
    this.#head = new Int32Array(mostTtl * slow.ttls + 1).fill(NOBODY)
  }

  /** Everybody has an answer of second 0, asked for at some time within its life. */
  start(tables: RouteTables, live: LiveHalf, random: Random): void {
    for (let part = 0; part < this.cluster.length; part++) {
      this.#answer(part, tables, live)
      this.#wake(part, Math.floor(random() * this.#life(part)))
    }
  }

  /** Those whose answers end at second `t` ask; `moved` is told of every part that is sent elsewhere. */
  ask(t: number, tables: RouteTables, live: LiveHalf, moved: (part: number) => void): void {
    const slot = t % this.#head.length
    let part = this.#head[slot]!
    this.#head[slot] = NOBODY
    while (part !== NOBODY) {
      const next = this.#next[part]!
      const before = this.cluster[part]
      this.#answer(part, tables, live)
      if (this.cluster[part] !== before) moved(part)
      this.#wake(part, t + this.#life(part))
      part = next
    }
  }

  /** The cluster that block `b` would be given now. */
  choice(b: number, tables: RouteTables, live: LiveHalf): number {
    const { family, hi, lo, service } = this.#population
    const client = this.#client
    client.ecsFamily = client.family = family[b] as Family
    client.ecsHi = client.hi = hi[b]!
    client.ecsLo = client.lo = lo[b]!
    route(tables, live, service[b]!, client.family, client, this.#routing)
    return this.#routing.count === 0 ? NOBODY : this.#routing.cluster
  }

  /** The row of the map that decides for the block. */
  row(b: number, tables: RouteTables, live: LiveHalf): number {
    this.choice(b, tables, live)
    return this.#routing.row
  }

  #answer(part: number, tables: RouteTables, live: LiveHalf): void {
    const { count } = this.#population
    this.cluster[part] = this.choice(part < count ? part : part - count, tables, live)
  }

  /** Seconds until the part asks again, after its answer was made. */
  #life(part: number): number {
    const ttl = Math.max(1, this.#routing.ttl)
    return part < this.#population.count ? ttl : ttl * this.#slowTtls
  }

  #wake(part: number, at: number): void {
    const slot = at % this.#head.length
    this.#next[part] = this.#head[slot]!
    this.#head[slot] = part
  }
}
