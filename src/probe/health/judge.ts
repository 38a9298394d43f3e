import { type Millis, millis } from '../../base/brand.ts'
import type { HealthCause } from '../../model/health.ts'
import { type HealthRules, LONGEST_HISTORY } from '../../model/health-checks.ts'

/** What the checks so far say of one server and family. */
export interface Standing {
  readonly verdict: 'unknown' | 'up' | 'down'
  /** When it became so; 0 while unknown. */
  readonly since: Millis
  /** What brought it down, or keeps it down since; null when it is not down. */
  readonly cause: HealthCause | null
  /** Of the last failure, and how often in a row. */
  readonly last: { readonly cause: HealthCause; readonly times: number } | null
  /** The last {@link LONGEST_HISTORY} checks, the newest in the lowest bit; 1: failed. */
  readonly failed: number
  /** Good checks in a row. */
  readonly good: number
}

export const UNKNOWN: Standing = { verdict: 'unknown', since: millis(0), cause: null, last: null, failed: 0, good: 0 }

const KEPT = 2 ** LONGEST_HISTORY - 1

/**
 * Takes one check into account; `fault` null: it passed. Down when enough of the last checks failed, up after enough good ones in a row, and
 * else as before: unknown until the first of the two, and between them whatever it was. Of one that is down and fails in another way, as often in a row as
 * brings down, that is the cause from then on.
 */
export function judge(before: Standing, fault: HealthCause | null, rules: HealthRules, at: Millis): Standing {
  const failed = ((before.failed << 1) & KEPT) | (fault === null ? 0 : 1)
  const good = fault === null ? before.good + 1 : 0
  const counted = { ...before, failed, good, last: fault === null ? null : again(before.last, fault) }
  if (before.verdict !== 'up' && good >= rules.rise) return { ...counted, verdict: 'up', since: at, cause: null }
  if (fault === null) return counted
  if (before.verdict === 'down')
    return counted.last!.times < rules.fall.failures ? counted : { ...counted, cause: fault }
  if (failuresAmong(failed, rules.fall.of) < rules.fall.failures) return counted
  return { ...counted, verdict: 'down', since: at, cause: fault }
}

function again(last: Standing['last'], cause: HealthCause): NonNullable<Standing['last']> {
  return { cause, times: last?.cause === cause ? last.times + 1 : 1 }
}

function failuresAmong(failed: number, last: number): number {
  let count = 0
  for (let bits = failed & (2 ** last - 1); bits !== 0; bits &= bits - 1) count++
  return count
}
