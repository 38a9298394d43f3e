import type { WorkerStatus } from '../model/status.ts'

const WINDOW_MS = 10_000

/** Events per second over the last ten seconds, from a counter that is looked at now and then. */
export class Rate {
  readonly #samples: { at: number; count: number }[] = []

  /** `count` is cumulative; `at` in ms. */
  sample(count: number, at: number): void {
    this.#samples.push({ at, count })
    while (this.#samples.length > 2 && at - this.#samples[1]!.at >= WINDOW_MS) this.#samples.shift()
  }

  perSecond(): number {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.at <= first.at) return 0
    return ((last.count - first.count) * 1000) / (last.at - first.at)
  }
}

/** Queries that all workers have read since they began. */
export function queriesOf(workers: readonly Pick<WorkerStatus, 'counters'>[]): number {
  return workers.reduce((sum, { counters }) => {
    if (counters === null) return sum
    const { queriesUdp, queriesTcp, queriesTls } = counters.scalars
    return sum + queriesUdp + queriesTcp + queriesTls
  }, 0)
}
