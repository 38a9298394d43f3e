import { type Millis, millis } from '../base/brand.ts'
import type { Deployment } from '../model/deployment.ts'
import { type DrainWish, drainShare, type RestoreWish, takesOut } from '../model/drain.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { DrainIntent } from '../model/signals.ts'
import type { Store } from '../store/store.ts'
import { servicesLeftDark } from './last-serving.ts'
import { Refusal } from './port.ts'

export interface DrainsDeps {
  readonly store: Pick<Store, 'intentMark' | 'readIntents' | 'putIntent'>
  readonly deployment: () => Deployment
  /** The plan in force: its verdicts say who serves. */
  readonly plan: () => FleetPlan | null | Promise<FleetPlan | null>
  readonly now: () => Millis
}

/** Every attempt that fails is somebody else's that succeeded. */
const ATTEMPTS = 5

/**
 * Drains and restores clusters, for a nameserver and for a command that writes straight to the store alike. What is decided rests on all intents as they
 * stand in the store, and is written only while they stand so: of two who drain the last two clusters of a service at once, one is refused.
 */
export class Drains {
  readonly #deps: DrainsDeps

  constructor(deps: DrainsDeps) {
    this.#deps = deps
  }

  /** Throws {@link Refusal} where it would leave a service without a serving cluster, unless forced. */
  drain(wish: DrainWish, force: boolean): Promise<DrainIntent> {
    return this.#put(wish, async (intents, now) => {
      if (!force && takesOut({ ...wish, since: now }, now)) await this.#refuseLastServing(wish.cluster, intents, now)
    })
  }

  restore(wish: RestoreWish): Promise<DrainIntent> {
    return this.#put({ ...wish, percent: 0, reason: '' }, async () => undefined)
  }

  async #put(
    wish: DrainWish,
    check: (intents: readonly DrainIntent[], now: Millis) => Promise<void>,
  ): Promise<DrainIntent> {
    const { store } = this.#deps
    this.#requireCluster(wish.cluster)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const mark = await store.intentMark()
      const intents = await store.readIntents()
      const now = this.#deps.now()
      await check(intents, now)
      const intent = following(wish, intents.find(({ cluster }) => cluster === wish.cluster) ?? null, now)
      if (await store.putIntent(wish.cluster, intent, mark)) return intent
    }
    throw new Refusal('conflict', 'others are draining or restoring clusters at the same moment; try again')
  }

  async #refuseLastServing(cluster: string, intents: readonly DrainIntent[], now: Millis): Promise<void> {
    const plan = await this.#deps.plan()
    const out = new Set(intents.filter(intent => takesOut(intent, now)).map(intent => intent.cluster))
    // Without a verdict a cluster counts as up.
    const serves = (id: string) => !out.has(id) && plan?.clusters[id]?.health !== 'down'
    const dark = servicesLeftDark(this.#deps.deployment(), cluster, serves)
    if (dark.length === 0) return
    throw new Refusal(
      'conflict',
      `${cluster} is the last serving cluster of ${dark.join(', ')}; force drains it all the same (--force), or drain only a share of it (--percent)`,
    )
  }

  #requireCluster(id: string): void {
    const { clusters } = this.#deps.deployment()
    if (clusters.some(cluster => cluster.id === id)) return
    const legal = clusters.map(cluster => cluster.id).join(', ')
    throw new Refusal('not-found', `no cluster ${id}; clusters are ${legal || '(none configured)'}`)
  }
}

/** Goes on from the share in force. Its time is later than that of the one before, whatever the clocks of the two who gave them say. */
function following(wish: DrainWish, before: DrainIntent | null, now: Millis): DrainIntent {
  if (before === null) return { ...wish, since: now }
  return { ...wish, since: millis(Math.max(now, before.since + 1)), from: drainShare(before, now) }
}
