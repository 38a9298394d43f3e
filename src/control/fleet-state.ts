import { type Millis, millis } from '../base/brand.ts'
import type { Deployment } from '../model/deployment.ts'
import { drainShare, isOver } from '../model/drain.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { DrainIntent, LoadSample, NodeReport } from '../model/signals.ts'
import { HealthVoices } from './health-voices.ts'

/** Reports of other nameservers older than this are forgotten. */
const NODE_LIFETIME_MS = 15 * 60_000

/** The small part of the shared state, as last delivered by the store: what the leader decides from. Measurements live in the planner. */
export class FleetState {
  readonly #clusterLoads = new Map<string, LoadSample>()
  readonly #serverLoads = new Map<string, Map<string, LoadSample>>()
  readonly intents = new Map<string, DrainIntent>()
  readonly #nodes = new Map<string, NodeReport>()
  /** What monitors say; what follows from it is in the plan. */
  readonly health = new HealthVoices()
  plan: FleetPlan | null = null

  putLoad(sample: LoadSample): void {
    if (sample.server === undefined) {
      const held = this.#clusterLoads.get(sample.cluster)
      if (held === undefined || held.at <= sample.at) this.#clusterLoads.set(sample.cluster, sample)
      return
    }
    const servers = this.#serverLoads.get(sample.cluster) ?? new Map<string, LoadSample>()
    this.#serverLoads.set(sample.cluster, servers)
    const held = servers.get(sample.server)
    if (held === undefined || held.at <= sample.at) servers.set(sample.server, sample)
  }

  /**
   * What the cluster carries: the newest report for the whole cluster, or the sum of its servers' newest reports when one of those is
   * newer. The sum is as old as its oldest part: a server that went silent makes the cluster's load stale, never smaller.
   */
  loadOf(cluster: string): { value: number; at: Millis } | undefined {
    const whole = this.#clusterLoads.get(cluster)
    const parts = [...(this.#serverLoads.get(cluster)?.values() ?? [])]
    const newestPart = Math.max(Number.NEGATIVE_INFINITY, ...parts.map(part => part.at))
    if (whole !== undefined && whole.at >= newestPart) return { value: whole.value, at: whole.at }
    if (parts.length === 0) return undefined
    return {
      value: parts.reduce((sum, part) => sum + part.value, 0),
      at: millis(Math.min(...parts.map(part => part.at))),
    }
  }

  /** Forgets loads of clusters and servers that are not configured any more. */
  retain(clusters: Deployment['clusters']): void {
    const servers = new Map(clusters.map(cluster => [cluster.id, new Set(cluster.servers.map(server => server.id))]))
    for (const id of this.#clusterLoads.keys()) if (!servers.has(id)) this.#clusterLoads.delete(id)
    for (const [id, loads] of this.#serverLoads) {
      for (const server of loads.keys()) if (servers.get(id)?.has(server) !== true) loads.delete(server)
    }
  }

  putIntent(cluster: string, intent: DrainIntent | null): void {
    if (intent === null) this.intents.delete(cluster)
    else this.intents.set(cluster, intent)
  }

  /** The intent that still turns clients away at `now`, or will; null when there is none. */
  intentOf(cluster: string, now: Millis): DrainIntent | null {
    const intent = this.intents.get(cluster)
    return intent === undefined || isOver(intent, now) ? null : intent
  }

  /** Share of its client blocks, 0..100 percent, that operators have turned away at `now`. */
  drainOf(cluster: string, now: Millis): number {
    const intent = this.intents.get(cluster)
    return intent === undefined ? 0 : drainShare(intent, now)
  }

  putNode(report: NodeReport): void {
    this.#nodes.set(report.node, report)
  }

  nodes(now: Millis): readonly NodeReport[] {
    for (const [name, report] of this.#nodes) if (now - report.at > NODE_LIFETIME_MS) this.#nodes.delete(name)
    return [...this.#nodes.values()].sort((a, b) => (a.node < b.node ? -1 : 1))
  }
}
