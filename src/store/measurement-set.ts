import { type Millis, millis } from '../base/brand.ts'
import { comparePrefix, type Prefix } from '../base/prefix.ts'
import { MEASUREMENT_LIFETIME_MS, type Measurement } from '../model/measurement.ts'
import { fieldOf } from './row-codec.ts'

/** The newest row of every (prefix, cluster), what edges saw and all else apart. */
export class MeasurementSet {
  readonly #rows = new Map<string, Measurement>()

  get size(): number {
    return this.#rows.size
  }

  has(row: Measurement): boolean {
    return this.#rows.has(keyOf(row))
  }

  /** What edges saw of each prefix, null where there is none or it is past its lifetime at `now`. */
  passive(cluster: string, prefixes: readonly Prefix[], now: Millis): readonly (Measurement | null)[] {
    return prefixes.map(prefix => {
      const row = this.#rows.get(keyOf({ prefix, cluster, source: 'passive' }))
      return row !== undefined && now - row.measuredAt <= MEASUREMENT_LIFETIME_MS ? row : null
    })
  }

  /** True unless a newer row of the same (prefix, cluster) is held. */
  accepts(row: Measurement): boolean {
    const held = this.#rows.get(keyOf(row))
    return held === undefined || held.measuredAt <= row.measuredAt
  }

  put(row: Measurement): void {
    const key = keyOf(row)
    const held = this.#rows.get(key)
    if (held === undefined || held.measuredAt <= row.measuredAt) this.#rows.set(key, row)
  }

  /** Drops what is past its lifetime at `now`. */
  forgetExpired(now: Millis): void {
    const oldest = millis(now - MEASUREMENT_LIFETIME_MS)
    for (const [key, row] of this.#rows) if (row.measuredAt < oldest) this.#rows.delete(key)
  }

  values(): IterableIterator<Measurement> {
    return this.#rows.values()
  }
}

/** In prefix order, the rows of one prefix by cluster id, what edges saw behind the rest; those past their lifetime at `now` left out. */
export function inPrefixOrder(rows: Iterable<Measurement>, now: Millis): readonly Measurement[] {
  const young = [...rows].filter(row => now - row.measuredAt <= MEASUREMENT_LIFETIME_MS)
  return young.sort(
    (a, b) => comparePrefix(a.prefix, b.prefix) || compare(a.cluster, b.cluster) || compare(fieldOf(a), fieldOf(b)),
  )
}

/** Portions of some `size` rows of a list in prefix order, each with all of its prefixes. */
export function* portionsOf(rows: readonly Measurement[], size: number): Generator<readonly Measurement[], void> {
  for (let from = 0, to = 0; from < rows.length; from = to) {
    for (to = from + size; to < rows.length && comparePrefix(rows[to - 1]!.prefix, rows[to]!.prefix) === 0; to++);
    yield rows.slice(from, to)
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function keyOf({ prefix, ...row }: Pick<Measurement, 'prefix' | 'cluster' | 'source'>): string {
  return `${prefix.family}:${prefix.hi}:${prefix.lo}/${prefix.length} ${fieldOf(row)}`
}
