import { type Millis, millis } from '../../base/brand.ts'
import type { DemandRows } from '../demand.ts'
import type { Cells } from './cells.ts'
import { type Lists, openLists, shareOut } from './lists.ts'
import type { Published } from './state.ts'
import { REPORT_LAG_MS, SLOW_SHARE, SLOW_TTLS } from './tuning.ts'

/** Where a moment's answers come from: the published placements by weight (adding up to 1), since resolvers keep them for a while. */
interface Mixture {
  readonly weights: Float64Array
}

/**
 * `held[k * n + c]`: the share of cell k's demand that arrives at cluster c at the moment `at[c]`, as resolvers' caches have it: the mean of the
 * placements published over the last TTL; of a tenth of the demand over {@link SLOW_TTLS} TTL. `rows` are today's: right after a new map
 * this is wrong for one TTL, which the estimate takes as noise.
 */
export function heldPlacement(
  rows: DemandRows,
  cells: Cells,
  ids: readonly string[],
  history: readonly Published[],
  at: readonly Millis[],
  ttlMs: number,
): Float64Array {
  const n = ids.length
  const mixtures = at.map(moment => mixtureAt(history, moment, ttlMs))
  const held = new Float64Array(cells.count * n)
  const opened = new Map<string, Lists>()
  history.forEach((published, entry) => {
    if (mixtures.every(mixture => mixture.weights[entry] === 0)) return
    const shares = shareOut(listsOf(published, rows, cells, ids, opened), cells.count, levelsOf(published, ids))
    for (let i = 0; i < held.length; i++) held[i]! += shares[i]! * mixtures[i % n]!.weights[entry]!
  })
  return held
}

/** The history with today's plan at its end (if it differs), without what no cache can hold any more. */
export function published(history: readonly Published[], next: Published, ttlMs: number): Published[] {
  const last = history.at(-1)
  const all = last !== undefined && samePlacement(last, next) ? [...history] : [...history, next]
  const oldest = next.at - SLOW_TTLS * ttlMs - 6 * REPORT_LAG_MS
  return all.filter((_, i) => i === all.length - 1 || all[i + 1]!.at > oldest)
}

/** The moment whose load a report speaks of. */
export const momentOf = (reportedAt: Millis): Millis => millis(Math.max(0, reportedAt - REPORT_LAG_MS))

function mixtureAt(history: readonly Published[], moment: Millis, ttlMs: number): Mixture {
  const weights = new Float64Array(history.length)
  history.forEach((entry, i) => {
    const from = i === 0 ? Number.NEGATIVE_INFINITY : entry.at
    const to = history[i + 1]?.at ?? Number.POSITIVE_INFINITY
    const overlap = (length: number): number =>
      Math.max(0, Math.min(moment, to) - Math.max(moment - length, from)) / length
    weights[i] = (1 - SLOW_SHARE) * overlap(ttlMs) + SLOW_SHARE * overlap(SLOW_TTLS * ttlMs)
  })
  return { weights }
}

function listsOf(
  entry: Published,
  rows: DemandRows,
  cells: Cells,
  ids: readonly string[],
  opened: Map<string, Lists>,
): Lists {
  const closed = Float64Array.from(ids, id => entry.closed[id] ?? 0)
  const key = closed.join()
  let lists = opened.get(key)
  if (lists === undefined) {
    lists = openLists(rows, cells, closed)
    opened.set(key, lists)
  }
  return lists
}

function levelsOf(entry: Published, ids: readonly string[]): Uint16Array {
  return Uint16Array.from(ids, id => entry.levels[id] ?? 0)
}

export function samePlacement(a: Published, b: Published): boolean {
  return sameNumbers(a.levels, b.levels) && sameNumbers(a.closed, b.closed)
}

function sameNumbers(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => a[key] === b[key])
}
