import type { HistogramSample } from './definition.ts'
import type { Ledger } from './ledger.ts'

interface Series {
  readonly labels: HistogramSample['labels']
  readonly buckets: number[]
  sum: number
}

/**
 * A histogram whose observations were made elsewhere and are told as cumulative readings: what prom-client's own cannot take. Like its counters it only grows,
 * whatever its sources do. For a registry: `name`, `get`.
 */
export class ToldHistogram {
  readonly name: string
  readonly #help: string
  readonly #bounds: readonly number[]
  readonly #ledger: Ledger
  readonly #series = new Map<string, Series>()

  constructor(name: string, help: string, bounds: readonly number[], ledger: Ledger) {
    this.name = name
    this.#help = help
    this.#bounds = bounds
    this.#ledger = ledger
  }

  tell({ labels, buckets, sum, source = '' }: HistogramSample): void {
    const key = Object.values(labels).join(' ')
    const series = this.#series.get(key) ?? { labels, buckets: buckets.map(() => 0), sum: 0 }
    this.#series.set(key, series)
    const step = (what: string, reading: number) => this.#ledger.step(`${this.name} ${source} ${key} ${what}`, reading)
    buckets.forEach((count, i) => {
      series.buckets[i]! += step(String(i), count)
    })
    series.sum += step('sum', sum)
  }

  /** All samples as prom-client's registry writes them: buckets count what is at or below their end. */
  async get() {
    const values = [...this.#series.values()].flatMap(({ labels, buckets, sum }) => {
      let count = 0
      const told = buckets.map((more, i) => {
        count += more
        return { metricName: `${this.name}_bucket`, labels: { ...labels, le: this.#bounds[i] ?? '+Inf' }, value: count }
      })
      return [
        ...told,
        { metricName: `${this.name}_sum`, labels, value: sum },
        { metricName: `${this.name}_count`, labels, value: count },
      ]
    })
    return { name: this.name, help: this.#help, type: 'histogram', values, aggregator: 'sum' }
  }
}
