import type { Millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import type { NodeReport } from '../model/signals.ts'
import type { Store } from '../store/store.ts'
import type { FleetState } from './fleet-state.ts'
import type { Leader } from './leader.ts'
import type { Publisher } from './publisher.ts'
import type { StoreLag } from './store-lag.ts'

const REPORT_MS = 5_000

export interface NodeReporterDeps {
  readonly node: string
  readonly store: Pick<Store, 'putNode'>
  readonly publisher: Pick<Publisher, 'served'>
  readonly state: Pick<FleetState, 'plan'>
  readonly leader: Pick<Leader, 'isLeader'>
  readonly clock: Clock
  readonly lag: Pick<StoreLag, 'sent'>
  /** How many alarms stand. */
  readonly alarms: () => number
  /** See {@link NodeReport}; '' before the first measurement. */
  readonly knowsSince: () => string
}

/** Tells the fleet every few seconds what this nameserver serves, and, at its end, that it was stopped. */
export class NodeReporter {
  readonly #deps: NodeReporterDeps
  #reportedAt = Number.NEGATIVE_INFINITY

  constructor(deps: NodeReporterDeps) {
    this.#deps = deps
  }

  async tick(now: Millis): Promise<void> {
    if (now - this.#reportedAt < REPORT_MS) return
    this.#reportedAt = now
    this.#deps.lag.sent(now, this.#deps.clock.now())
    await this.#deps.store.putNode(this.#report(now))
  }

  /** Its last word, where the store can be reached. */
  async farewell(now: Millis): Promise<void> {
    await this.#deps.store.putNode({ ...this.#report(now), leader: false, stopped: true }).catch(() => undefined)
  }

  #report(now: Millis): NodeReport {
    const { node, publisher, state, leader, alarms, knowsSince } = this.#deps
    const stats = publisher.served?.stats
    return {
      node,
      at: now,
      generation: stats?.generation ?? 0,
      builtAt: stats?.builtAt ?? 0,
      configHash: stats?.configHash ?? '',
      geoHash: stats?.geoHash ?? '',
      leader: leader.isLeader,
      planSeq: state.plan?.seq ?? 0,
      planToken: state.plan?.token ?? 0,
      alarms: alarms(),
      knowsSince: knowsSince(),
    }
  }
}
