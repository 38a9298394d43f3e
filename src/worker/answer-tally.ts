import type { Millis } from '../base/brand.ts'
import type { CounterReading } from '../model/counters.ts'
import type { AnswerCounts } from '../model/planner.ts'
import { HALF_LIFE_MS } from './demand-collector.ts'

/** What is left of fewer answers is forgotten. */
const LEAST_HELD = 0.01

/** Whose the numbers are that counters know. */
export interface CounterNames {
  serviceId(number: number): string
  clusterId(number: number): string
}

/** How often the answers of late named each cluster, by service. */
export class AnswerTally {
  readonly #workers: () => readonly { readonly counters: Pick<CounterReading, 'pairs'> | null }[]
  readonly #names: CounterNames
  /** By number of service and cluster: what the counters said last, and answers since, those long ago hardly. */
  readonly #last = new Map<number, number>()
  readonly #held = new Map<number, number>()
  #at = Number.POSITIVE_INFINITY

  /** `workers`: the answering threads; their counters outlive them. */
  constructor(
    workers: () => readonly { readonly counters: Pick<CounterReading, 'pairs'> | null }[],
    names: CounterNames,
  ) {
    this.#workers = workers
    this.#names = names
  }

  counts(now: Millis): AnswerCounts {
    this.#fade(now)
    for (const [pair, all] of this.#sums()) {
      const news = all - (this.#last.get(pair) ?? 0)
      this.#last.set(pair, all)
      if (news > 0) this.#held.set(pair, (this.#held.get(pair) ?? 0) + news)
    }
    const counts: Record<string, Record<string, number>> = {}
    for (const [pair, count] of this.#held) {
      const cluster = this.#names.clusterId(pair % 65536)
      counts[cluster] = { ...counts[cluster], [this.#names.serviceId(Math.floor(pair / 65536))]: count }
    }
    return counts
  }

  #sums(): Map<number, number> {
    const sums = new Map<number, number>()
    for (const { counters } of this.#workers())
      for (const { service, cluster, count } of counters?.pairs ?? []) {
        const pair = service * 65536 + cluster
        sums.set(pair, (sums.get(pair) ?? 0) + count)
      }
    return sums
  }

  #fade(now: Millis): void {
    const left = 2 ** (-Math.max(0, now - this.#at) / HALF_LIFE_MS)
    this.#at = now
    for (const [pair, count] of this.#held) {
      if (count * left < LEAST_HELD) this.#held.delete(pair)
      else this.#held.set(pair, count * left)
    }
  }
}
