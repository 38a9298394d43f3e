import type { Millis } from '../base/brand.ts'
import { comparePrefix } from '../base/prefix.ts'
import type { Measurement } from '../model/measurement.ts'
import { joinWeighed, weigh } from '../route/score/measured.ts'

/** What is known of a path, whoever measured it. */
export type PathFigures = Pick<Measurement, 'prefix' | 'cluster' | 'rttMs' | 'loss' | 'measuredAt'>

/**
 * One row for each (prefix, cluster): what edges saw is joined with what probers measured, as it counts at `now`. `rows` as a store gives them (store/
 * measurement-set `inPrefixOrder`): the two beside each other.
 */
export function joinSources(rows: readonly Measurement[], now: Millis): PathFigures[] {
  const joined: PathFigures[] = []
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const second = rows[i + 1]
    if (second === undefined || !isSamePath(row, second)) joined.push(row)
    else {
      joined.push(joinPair(row, second, now))
      i++
    }
  }
  return joined
}

function joinPair(probed: Measurement, seen: Measurement, now: Millis): PathFigures {
  const [first, second] = [weigh(probed, now), weigh(seen, now)]
  if (first === null || second === null) return first === null ? seen : probed
  const newest = probed.measuredAt < seen.measuredAt ? seen : probed
  return { ...probed, rttMs: joinWeighed(first, second).rttMs, measuredAt: newest.measuredAt }
}

const isSamePath = (a: Measurement, b: Measurement): boolean =>
  a.cluster === b.cluster && comparePrefix(a.prefix, b.prefix) === 0
