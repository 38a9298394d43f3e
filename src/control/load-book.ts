import { type Millis, millis } from '../base/brand.ts'
import type { Cluster } from '../model/cluster.ts'
import type { LoadSample } from '../model/signals.ts'

/** What a cluster carries, in the unit of its capacity. */
export interface ClusterLoad {
  readonly value: number
  readonly at: Millis
}

/** Reports of the servers of one cluster. */
interface Parts {
  readonly samples: Map<string, LoadSample>
  /** When the first of them came. */
  readonly since: Millis
}

/** The newest load reports, of whole clusters and of single servers. */
export class LoadBook {
  readonly #whole = new Map<string, LoadSample>()
  readonly #parts = new Map<string, Parts>()
  /** Weights of the configured servers; empty before there is a configuration. */
  #weights: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map()

  put(sample: LoadSample): void {
    const { cluster, server, at } = sample
    if (server === undefined) {
      if ((this.#whole.get(cluster)?.at ?? 0) <= at) this.#whole.set(cluster, sample)
      return
    }
    const parts = this.#parts.get(cluster) ?? { samples: new Map<string, LoadSample>(), since: at }
    this.#parts.set(cluster, parts)
    if ((parts.samples.get(server)?.at ?? 0) <= at) parts.samples.set(server, sample)
  }

  /**
   * The newest report for the whole cluster, or the sum of its servers' newest reports when one of those is newer. The sum is as old as its oldest
   * part: a server that goes silent makes the cluster's load stale, never smaller. One that is `down` carries nothing that its siblings do not report.
   * One that never reported carries as much as they do, by its weight: to take it for idle would call clients to a full cluster.
   */
  of(cluster: string, down: ReadonlySet<string>): ClusterLoad | undefined {
    const whole = this.#whole.get(cluster)
    const parts = this.#reporting(cluster, down)
    const newest = Math.max(Number.NEGATIVE_INFINITY, ...parts.map(({ at }) => at))
    if (whole !== undefined && whole.at >= newest) return { value: whole.value, at: whole.at }
    if (parts.length === 0) return undefined
    const value = parts.reduce((sum, part) => sum + part.value, 0)
    return { value: value * this.#missing(cluster, parts, down), at: millis(Math.min(...parts.map(({ at }) => at))) }
  }

  /** Servers that are to be named: silent since before `oldest`, though their siblings report. null: never heard of. */
  silent(cluster: string, down: ReadonlySet<string>, oldest: Millis): ReadonlyMap<string, Millis | null> {
    const parts = this.#parts.get(cluster)
    const silent = new Map<string, Millis | null>()
    if (parts === undefined || parts.since > oldest || this.#isToldWhole(cluster, parts)) return silent
    for (const server of this.#weights.get(cluster)?.keys() ?? []) {
      const at = parts.samples.get(server)?.at ?? null
      if (!down.has(server) && (at ?? 0) < oldest) silent.set(server, at)
    }
    return silent
  }

  /** Forgets clusters and servers that are not configured any more. */
  retain(clusters: readonly Pick<Cluster, 'id' | 'servers'>[]): void {
    this.#weights = new Map(
      clusters.map(({ id, servers }) => [id, new Map(servers.map(each => [each.id, each.weight]))]),
    )
    for (const id of this.#whole.keys()) if (!this.#weights.has(id)) this.#whole.delete(id)
    for (const [id, { samples }] of this.#parts) {
      for (const server of samples.keys()) if (this.#weights.get(id)?.has(server) !== true) samples.delete(server)
      if (samples.size === 0) this.#parts.delete(id)
    }
  }

  /** When all are down, what they said last: nobody has taken over then. */
  #reporting(cluster: string, down: ReadonlySet<string>): readonly LoadSample[] {
    const all = [...(this.#parts.get(cluster)?.samples.values() ?? [])]
    const living = all.filter(({ server }) => !down.has(server!))
    return living.length === 0 ? all : living
  }

  /** What the sum of `parts` is multiplied with for those that never reported. */
  #missing(cluster: string, parts: readonly LoadSample[], down: ReadonlySet<string>): number {
    const weights = this.#weights.get(cluster)
    if (weights === undefined) return 1
    const heard = new Set(parts.map(({ server }) => server!))
    let known = 0
    let all = 0
    for (const [server, weight] of weights) {
      if (heard.has(server)) known += weight
      if (heard.has(server) || !down.has(server)) all += weight
    }
    return known === 0 ? 1 : all / known
  }

  #isToldWhole(cluster: string, { samples }: Parts): boolean {
    const whole = this.#whole.get(cluster)
    return whole !== undefined && [...samples.values()].every(({ at }) => at <= whole.at)
  }
}
