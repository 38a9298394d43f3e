import type { Deployment } from '../model/deployment.ts'
import type { EdgesStatus } from '../model/edges.ts'
import type { LoadPull } from '../model/load-pull.ts'
import type { LoadSample } from '../model/signals.ts'
import { LoadPuller } from './load/puller.ts'
import { PassiveDesk, type PassiveSettings, type RowStore } from './passive/desk.ts'

export interface EdgesDeps {
  readonly passive: PassiveSettings
  readonly store: RowStore & { putLoad(sample: LoadSample): Promise<void> }
  readonly controller: {
    /** The one in force. */
    readonly deployment: Deployment
    readonly leader: { readonly isLeader: boolean }
  }
  readonly log: (level: 'info' | 'warn', message: string) => void
}

const NONE: readonly LoadPull[] = []

/** What edges have to say of themselves and of their clients: their load, which is fetched, and the RTTs that they saw, which they bring. */
export class Edges {
  readonly passive: PassiveDesk
  readonly #puller: LoadPuller

  constructor({ passive, store, controller, log }: EdgesDeps) {
    const now = (): number => Date.now()
    const deployment = (): Deployment => controller.deployment
    this.passive = new PassiveDesk({ settings: passive, store, deployment, now, log })
    this.#puller = new LoadPuller({
      targets: () => deployment().loadPulls ?? NONE,
      put: sample => store.putLoad(sample),
      isLeader: () => controller.leader.isLeader,
      ...{ now, log },
    })
  }

  /** Begins to read loads; gives what ends it. */
  start(): () => Promise<void> {
    this.#puller.start()
    return () => this.#puller.stop()
  }

  status(): EdgesStatus {
    return { pulled: this.#puller.report(), passive: this.passive.counts() }
  }

  alarms(): readonly string[] {
    return this.#puller.alarms()
  }
}
