import { type LineReader, PullFault, type Reading } from './reading.ts'
import { readLine, type Sample } from './sample.ts'

/** A metric that has more series than this within the chosen labels is not the load of one cluster. */
const MOST_SERIES = 10_000

/**
 * The series of one metric that have the wanted labels, out of a page in the Prometheus text format. Strict where it matters: a line of the metric
 * that cannot be read, a series that stands twice, a figure that is none, and a page without any such series are faults, never a smaller sum.
 */
export class Exposition implements LineReader {
  readonly #metric: string
  readonly #wanted: readonly (readonly [string, string])[]
  readonly #series = new Map<string, number>()
  #oldest: number | null = null
  #lines = 0

  constructor(metric: string, labels: Readonly<Record<string, string>>) {
    this.#metric = metric
    this.#wanted = Object.entries(labels)
  }

  line(text: string): void {
    this.#lines++
    const line = readLine(text, this.#metric)
    if (line.kind === 'malformed') throw new PullFault(`line ${this.#lines} is no sample of ${this.#metric}`)
    if (line.kind === 'sample' && this.#isWanted(line.sample)) this.#take(line.sample)
  }

  finish(): Reading {
    if (this.#series.size === 0) throw new PullFault(`has no ${this.#name()}`)
    return { series: this.#series, at: this.#oldest, own: 0 }
  }

  #isWanted({ labels }: Sample): boolean {
    // An absent label and an empty one are the same to Prometheus.
    return this.#wanted.every(([name, value]) => (labels.get(name) ?? '') === value)
  }

  #take({ labels, value, at }: Sample): void {
    const key = JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)))
    if (this.#series.has(key)) throw new PullFault(`has a series of ${this.#metric} twice`)
    if (this.#series.size === MOST_SERIES) throw new PullFault(`has more than ${MOST_SERIES} series of ${this.#name()}`)
    if (!Number.isFinite(value) || value < 0) throw new PullFault(`says ${value} for ${this.#name()}`)
    this.#series.set(key, value)
    if (at !== null) this.#oldest = Math.min(at, this.#oldest ?? at)
  }

  #name(): string {
    const labels = this.#wanted.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')
    return labels === '' ? this.#metric : `${this.#metric}{${labels}}`
  }
}
