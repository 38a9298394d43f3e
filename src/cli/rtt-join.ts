import type { Millis } from '../base/brand.ts'
import { formatPrefix } from '../base/prefix.ts'
import type { Measurement } from '../model/measurement.ts'
import { joinSources } from '../plan/join-sources.ts'
import type { RttRow } from './rtt-csv.ts'

/** Rows of the file, which has no place for two of one (prefix, cluster): see plan/join-sources. */
export function joinRows(rows: readonly Measurement[], now: Millis): RttRow[] {
  return joinSources(rows, now).map(({ prefix, cluster, rttMs, loss, measuredAt }) => ({
    ...{ prefix: formatPrefix(prefix), cluster, rttMs: thousandth(rttMs), loss, measuredAt },
  }))
}

const thousandth = (value: number): number => Math.max(0.001, Math.round(value * 1000) / 1000)
