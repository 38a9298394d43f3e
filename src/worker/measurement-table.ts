import type { Millis } from '../base/brand.ts'
import { comparePosition } from '../base/position.ts'
import { MEASUREMENT_LIFETIME_MS, type Measurement } from '../model/measurement.ts'
import type { RttSummary } from '../model/planner.ts'

/**
 * All measurements the store delivered, newest per (prefix, cluster). Rows behind the position that the plan counts wait, so that every
 * nameserver compiles from the same evidence.
 */
export class MeasurementTable {
  readonly #rows = new Map<string, Measurement>()
  #waiting: { readonly rows: readonly Measurement[]; readonly position: string }[] = []

  deliver(rows: readonly Measurement[], position: string): void {
    this.#waiting.push({ rows, position })
  }

  /** The rows that count at `evidence` ('' takes nothing new) and are young enough at `asOf`. */
  at(evidence: string, asOf: Millis): readonly Measurement[] {
    const later: { readonly rows: readonly Measurement[]; readonly position: string }[] = []
    for (const batch of this.#waiting) {
      if (comparePosition(batch.position, evidence) > 0) later.push(batch)
      else for (const row of batch.rows) this.#put(row)
    }
    this.#waiting = later
    for (const [key, row] of this.#rows) if (asOf - row.measuredAt > MEASUREMENT_LIFETIME_MS) this.#rows.delete(key)
    return [...this.#rows.values()]
  }

  summary(): RttSummary {
    const prefixes = new Set<string>()
    let newest: number | null = null
    let oldest: number | null = null
    for (const [key, row] of this.#rows) {
      prefixes.add(key.slice(0, key.lastIndexOf('|')))
      newest = Math.max(newest ?? row.measuredAt, row.measuredAt)
      oldest = Math.min(oldest ?? row.measuredAt, row.measuredAt)
    }
    return { rows: this.#rows.size, prefixes: prefixes.size, newest, oldest }
  }

  #put(row: Measurement): void {
    const { family, hi, lo, length } = row.prefix
    const key = `${family}:${hi}:${lo}/${length}|${row.cluster}`
    const held = this.#rows.get(key)
    if (held === undefined || held.measuredAt <= row.measuredAt) this.#rows.set(key, row)
  }
}
