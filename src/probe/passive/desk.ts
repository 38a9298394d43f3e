import type { Millis } from '../../base/brand.ts'
import type { Prefix } from '../../base/prefix.ts'
import type { Deployment } from '../../model/deployment.ts'
import type { Measurement } from '../../model/measurement.ts'
import {
  PASSIVE_VERDICTS,
  type PassiveCounts,
  type PassiveOutcome,
  type PassivePort,
  type PassiveSample,
  type PassiveVerdict,
  type Reporter,
} from '../../model/passive.ts'
import { byBlock } from './blocks.ts'
import { ClientBlocks } from './clients.ts'
import { RecentBlocks } from './memory.ts'
import { mergeFigure } from './merge.ts'
import { Reporters } from './reporters.ts'

/** The part of the store that is needed here. */
export interface RowStore {
  readPassive(cluster: string, prefixes: readonly Prefix[]): Promise<readonly (Measurement | null)[]>
  putMeasurements(rows: readonly Measurement[]): Promise<void>
}

export interface PassiveSettings {
  /** Samples per second that one reporter may send on average. */
  readonly perReporter: number
  /** Special-purpose prefixes whose clients count all the same. */
  readonly networks: readonly string[]
}

export interface PassiveDeps {
  readonly settings: PassiveSettings
  readonly store: RowStore
  /** The one in force; the same object as long as it is. */
  readonly deployment: () => Pick<Deployment, 'clusters' | 'geo'>
  /** Unix ms. */
  readonly now: () => number
  readonly log: (level: 'warn', message: string) => void
}

/** RTTs of live connections that edges see: limited, sorted out, and smoothed into the RTT table beside what probers measure. */
export class PassiveDesk implements PassivePort {
  readonly #deps: PassiveDeps
  readonly #reporters: Reporters
  readonly #recent = new RecentBlocks()
  readonly #counts = new Map<string, Record<PassiveVerdict, number>>()
  #blocks: { readonly of: object; readonly blocks: ClientBlocks } | null = null
  /** Batches go one after the other: each reads rows that the one before may still be writing. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(deps: PassiveDeps) {
    this.#deps = deps
    this.#reporters = new Reporters(deps.settings.perReporter)
  }

  admit(reporter: Reporter, samples: number): number {
    const wait = this.#reporters.charge(reporter, samples, this.#deps.now())
    if (wait > 0) {
      this.#count(reporter.cluster, 'limited', samples)
      this.#complain(reporter, `more than ${this.#deps.settings.perReporter} samples per second (passive.perReporter)`)
    }
    return wait
  }

  refuse(reporter: Reporter, samples: number, why: string): void {
    this.#count(reporter.cluster, 'refused', samples)
    this.#complain(reporter, why)
  }

  take(cluster: string, samples: readonly PassiveSample[], at: Millis): Promise<PassiveOutcome> {
    const outcome = this.#turn.then(() => this.#merge(cluster, samples, at))
    this.#turn = outcome.catch(() => undefined)
    return outcome
  }

  /** Of every cluster that anybody reported of. */
  counts(): readonly PassiveCounts[] {
    return [...this.#counts].map(([cluster, samples]) => ({ cluster, samples: { ...samples } }))
  }

  async #merge(cluster: string, samples: readonly PassiveSample[], at: Millis): Promise<PassiveOutcome> {
    const outcome = { accepted: 0, blocks: 0, special: 0, own: 0, outlier: 0 }
    const clients = samples.filter(({ prefix }) => {
      const objection = this.#clientBlocks().objection(prefix)
      if (objection !== null) outcome[objection]++
      return objection === null
    })
    const blocks = byBlock(clients)
    const { store } = this.#deps
    const held =
      blocks.length === 0
        ? []
        : await store.readPassive(
            cluster,
            blocks.map(({ prefix }) => prefix),
          )
    const rows: Measurement[] = []
    for (const [i, block] of blocks.entries()) {
      const key = `${cluster} ${block.key}`
      const { row, recent } = mergeFigure(block, cluster, held[i] ?? undefined, this.#recent.get(key), at)
      this.#recent.put(key, recent)
      if (row !== null) rows.push(row)
      outcome[row === null ? 'outlier' : 'accepted'] += block.samples
    }
    if (rows.length > 0) await store.putMeasurements(rows)
    for (const verdict of ['accepted', 'special', 'own', 'outlier'] as const)
      this.#count(cluster, verdict, outcome[verdict])
    return { ...outcome, blocks: rows.length }
  }

  #clientBlocks(): ClientBlocks {
    const deployment = this.#deps.deployment()
    if (this.#blocks?.of !== deployment)
      this.#blocks = { of: deployment, blocks: new ClientBlocks(deployment, this.#deps.settings.networks) }
    return this.#blocks.blocks
  }

  #count(cluster: string, verdict: PassiveVerdict, samples: number): void {
    const counts = this.#counts.get(cluster) ?? noCounts()
    counts[verdict] += samples
    this.#counts.set(cluster, counts)
  }

  #complain(reporter: Reporter, why: string): void {
    if (this.#reporters.isNews(reporter, this.#deps.now()))
      this.#deps.log('warn', `RTTs that ${reporter.address} reports of ${reporter.cluster} are not taken: ${why}`)
  }
}

const noCounts = (): Record<PassiveVerdict, number> =>
  Object.fromEntries(PASSIVE_VERDICTS.map(verdict => [verdict, 0])) as Record<PassiveVerdict, number>
