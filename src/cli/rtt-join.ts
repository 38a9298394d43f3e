import type { Millis } from '../base/brand.ts'
import { comparePrefix, formatPrefix } from '../base/prefix.ts'
import type { Measurement } from '../model/measurement.ts'
import { joinWeighed, weigh } from '../route/score/measured.ts'
import type { RttRow } from './rtt-csv.ts'

/**
 * One row for each (prefix, cluster): the file has no place for two, so what edges saw is joined with what probers measured, as it counts at `now`. `rows`
 * as a store gives them (store/measurement-set `inPrefixOrder`): the two beside each other.
 */
export function joinRows(rows: readonly Measurement[], now: Millis): RttRow[] {
  const joined: RttRow[] = []
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const second = rows[i + 1]
    if (second === undefined || !isSamePath(row, second)) joined.push(toRow(row))
    else {
      joined.push(joinPair(row, second, now))
      i++
    }
  }
  return joined
}

function joinPair(probed: Measurement, seen: Measurement, now: Millis): RttRow {
  const [first, second] = [weigh(probed, now), weigh(seen, now)]
  if (first === null || second === null) return toRow(first === null ? seen : probed)
  const measuredAt = Math.max(probed.measuredAt, seen.measuredAt)
  return { ...toRow(probed), rttMs: thousandth(joinWeighed(first, second).rttMs), measuredAt }
}

const toRow = ({ prefix, cluster, rttMs, loss, measuredAt }: Measurement): RttRow => ({
  ...{ prefix: formatPrefix(prefix), cluster, rttMs, loss, measuredAt },
})

const isSamePath = (a: Measurement, b: Measurement): boolean =>
  a.cluster === b.cluster && comparePrefix(a.prefix, b.prefix) === 0

const thousandth = (value: number): number => Math.max(0.001, Math.round(value * 1000) / 1000)
