import type { Millis } from '../base/brand.ts'
import type { Deployment } from '../model/deployment.ts'
import type { DrainWish, RestoreWish } from '../model/drain.ts'
import type { DrainIntent, LoadSample } from '../model/signals.ts'
import type { Store } from '../store/store.ts'
import { Drains } from './drains.ts'
import type { FleetState } from './fleet-state.ts'
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
  readonly #drains: Drains

  constructor(deps: OperatorDeps) {
    this.#deps = deps
    this.#drains = new Drains({ ...deps, plan: () => deps.state.plan })
  }

  drain(wish: DrainWish, force: boolean): Promise<DrainIntent> {
    return this.#drains.drain(wish, force)
  }

  restore(wish: RestoreWish): Promise<DrainIntent> {
    return this.#drains.restore(wish)
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
    const { clusters } = this.#deps.deployment()
    const cluster = clusters.find(each => each.id === id)
    if (cluster !== undefined) return cluster
    const legal = clusters.map(each => each.id).join(', ')
    throw new Refusal('not-found', `no cluster ${id}; clusters are ${legal || '(none configured)'}`)
  }
}
