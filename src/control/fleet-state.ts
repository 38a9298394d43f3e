import type { Millis } from '../base/brand.ts'
import { own } from '../base/own.ts'
import type { Deployment } from '../model/deployment.ts'
import { drainShare, isOver } from '../model/drain.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { DrainIntent, LoadSample, NodeReport } from '../model/signals.ts'
import type { ServerVerdicts } from '../model/verdict.ts'
import { HealthVoices } from './health-voices.ts'
import { type ClusterLoad, LoadBook } from './load-book.ts'

/** Reports of other nameservers older than this are forgotten. */
const NODE_LIFETIME_MS = 15 * 60_000

/** The small part of the shared state, as last delivered by the store: what the leader decides from. Measurements live in the planner. */
export class FleetState {
  readonly #loads = new LoadBook()
  readonly intents = new Map<string, DrainIntent>()
  readonly #nodes = new Map<string, NodeReport>()
  /** What monitors say; what follows from it is in the plan. */
  readonly health = new HealthVoices()
  plan: FleetPlan | null = null

  putLoad(sample: LoadSample): void {
    this.#loads.put(sample)
  }

  /** What the cluster carries, as its edges report it; see {@link LoadBook.of}. */
  loadOf(cluster: string): ClusterLoad | undefined {
    return this.#loads.of(cluster, this.#downServers(cluster))
  }

  /** Servers whose load is missing in that of their cluster, with the moment of their last report. */
  silentServers(cluster: string, oldest: Millis): ReadonlyMap<string, Millis | null> {
    return this.#loads.silent(cluster, this.#downServers(cluster), oldest)
  }

  /** Forgets loads of clusters and servers that are not configured any more. */
  retain(clusters: Deployment['clusters']): void {
    this.#loads.retain(clusters)
  }

  #downServers(cluster: string): ReadonlySet<string> {
    const servers = Object.entries(own(this.plan?.clusters, cluster)?.servers ?? {})
    return new Set(servers.flatMap(([id, verdicts]) => (isDown(verdicts) ? [id] : [])))
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

/** By every family of which there is a verdict. */
function isDown({ v4, v6 }: ServerVerdicts): boolean {
  const verdicts = [v4, v6].filter(verdict => verdict !== undefined)
  return verdicts.length > 0 && verdicts.every(({ up }) => !up)
}
