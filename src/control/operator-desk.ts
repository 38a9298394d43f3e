import type { Millis } from '../base/brand.ts'
import type { Deployment } from '../model/deployment.ts'
import type { DrainIntent, LoadSample } from '../model/signals.ts'
import type { Store } from '../store/store.ts'
import type { FleetState } from './fleet-state.ts'
import { servicesLeftDark } from './last-serving.ts'
import { Refusal } from './port.ts'

export interface OperatorDeps {
  readonly store: Store
  readonly state: FleetState
  readonly deployment: () => Deployment
  readonly now: () => Millis
}

/** What operators and edges say of clusters: checked against the configuration in force, then written to the store for the whole fleet. */
export class OperatorDesk {
  readonly #deps: OperatorDeps

  constructor(deps: OperatorDeps) {
    this.#deps = deps
  }

  async drain(intent: Omit<DrainIntent, 'since'>, force: boolean): Promise<DrainIntent> {
    this.#cluster(intent.cluster)
    const now = this.#deps.now()
    if (intent.percent === 100 && !force) {
      const serves = (id: string) =>
        this.#deps.state.healthOf(id) !== 'down' && (this.#deps.state.intentOf(id, now)?.percent ?? 0) < 100
      const dark = servicesLeftDark(this.#deps.deployment(), intent.cluster, serves)
      if (dark.length > 0) {
        throw new Refusal(
          'conflict',
          `${intent.cluster} is the last serving cluster of ${dark.join(', ')}; force drains it all the same`,
        )
      }
    }
    const full: DrainIntent = { ...intent, since: now }
    await this.#deps.store.putIntent(intent.cluster, full)
    return full
  }

  async restore(cluster: string): Promise<void> {
    this.#cluster(cluster)
    await this.#deps.store.putIntent(cluster, null)
  }

  async reportLoad(sample: Omit<LoadSample, 'at'>, unit: string): Promise<void> {
    const cluster = this.#cluster(sample.cluster)
    if (unit !== cluster.capacity.unit) {
      throw new Refusal(
        'bad-request',
        `load of ${cluster.id} is given in ${unit}; its capacity is in ${cluster.capacity.unit}`,
      )
    }
    if (sample.server !== undefined && !cluster.servers.some(server => server.id === sample.server)) {
      const legal = cluster.servers.map(server => server.id).join(', ')
      throw new Refusal('not-found', `cluster ${cluster.id} has no server ${sample.server}; it has ${legal}`)
    }
    await this.#deps.store.putLoad({ ...sample, at: this.#deps.now() })
  }

  #cluster(id: string): Deployment['clusters'][number] {
    const cluster = this.#deps.deployment().clusters.find(each => each.id === id)
    if (cluster === undefined) {
      const legal = this.#deps
        .deployment()
        .clusters.map(each => each.id)
        .join(', ')
      throw new Refusal('not-found', `no cluster ${id}; clusters are ${legal || '(none configured)'}`)
    }
    return cluster
  }
}
