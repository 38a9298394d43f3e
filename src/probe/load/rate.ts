import type { Reading } from './reading.ts'

/** What grew over a longer time than this says nothing of now (reports are stale at that age). */
const LONGEST_SPAN_MS = 30_000

export interface Load {
  readonly value: number
  /** Unix ms. */
  readonly at: number
}

/** Makes a load of each reading of one source: of a gauge its sum, of counters their growth per second since the reading before. */
export class LoadMeter {
  readonly #counter: boolean
  readonly #factor: number
  #before: { readonly series: ReadonlyMap<string, number>; readonly at: number } | null = null
  /** When the newest load was measured: a source that shows an old figure again gives no news. */
  #newest = Number.NEGATIVE_INFINITY

  constructor(counter: boolean, factor: number) {
    this.#counter = counter
    this.#factor = factor
  }

  /** True once a reading gives a rate: counters need one before. */
  get isReady(): boolean {
    return !this.#counter || this.#before !== null
  }

  /** `now`: Unix ms. null when the reading is no news, the first one of a counter, or one after a counter has started anew. */
  take(reading: Reading, now: number): Load | null {
    const at = Math.min(now, reading.at ?? now)
    if (at <= this.#newest) return null
    this.#newest = at
    if (!this.#counter) return { value: this.#scaled(sumOf(reading.series), reading.own), at }
    const before = this.#before
    this.#before = { series: reading.series, at }
    if (before === null || at - before.at > LONGEST_SPAN_MS) return null
    const growth = growthOf(before.series, reading.series)
    return growth === null ? null : { value: (this.#scaled(growth, reading.own) * 1000) / (at - before.at), at }
  }

  #scaled(figure: number, own: number): number {
    return Math.max(0, figure - own) * this.#factor
  }
}

/**
 * By how much all counters together have grown, each against itself: a sum would hide that one of them started anew. null when one did, or
 * when there is none in both readings. One that is new counts from its next reading on.
 */
function growthOf(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number | null {
  let growth = 0
  let known = 0
  for (const [key, value] of after) {
    const earlier = before.get(key)
    if (earlier === undefined) continue
    if (value < earlier) return null
    growth += value - earlier
    known++
  }
  return known === 0 ? null : growth
}

function sumOf(series: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const value of series.values()) sum += value
  return sum
}
