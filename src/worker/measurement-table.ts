import { type Millis, millis } from '../base/brand.ts'
import { comparePosition } from '../base/position.ts'
import { MEASUREMENT_LIFETIME_MS } from '../model/measurement.ts'
import type { RttSummary } from '../model/planner.ts'
import { MeasuredRows, type RowParcel } from '../plan/measured-rows.ts'

/** Rows that are not counted yet. */
interface Batch {
  readonly rows: MeasuredRows
  readonly position: string
}

/**
 * All measurements the store delivered, newest per (prefix, cluster). Rows behind the position that the plan counts wait, so that every
 * nameserver compiles from the same evidence.
 */
export class MeasurementTable {
  #rows = MeasuredRows.of([])
  #waiting: Batch[] = []

  deliver(rows: RowParcel, position: string): void {
    this.#waiting.push({ rows: this.#rows.batch(rows), position })
  }

  /** The rows that count at `evidence` ('' takes nothing new) and are young enough at `asOf`. */
  at(evidence: string, asOf: Millis): MeasuredRows {
    const later = this.#waiting.filter(({ position }) => comparePosition(position, evidence) > 0)
    const due = this.#waiting.filter(batch => !later.includes(batch)).map(({ rows }) => rows)
    this.#waiting = later
    this.#rows = merged([this.#rows, ...due]).since(millis(asOf - MEASUREMENT_LIFETIME_MS))
    return this.#rows
  }

  summary(): RttSummary {
    const { length, columns } = this.#rows
    let prefixes = 0
    let newest: number | null = null
    let oldest: number | null = null
    columns.measuredAt.forEach((at, i) => {
      if (i === 0 || !this.#rows.samePrefix(i - 1, i)) prefixes++
      newest = Math.max(newest ?? at, at)
      oldest = Math.min(oldest ?? at, at)
    })
    return { rows: length, prefixes, newest, oldest }
  }
}

/** All in one, the later before the earlier. Neighbours first: a store that is read from its beginning delivers very many small batches. */
function merged(batches: readonly MeasuredRows[]): MeasuredRows {
  if (batches.length === 1) return batches[0]!
  const middle = Math.ceil(batches.length / 2)
  return merged(batches.slice(0, middle)).merge(merged(batches.slice(middle)))
}
