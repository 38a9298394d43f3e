import { type Millis, millis } from '../../base/brand.ts'
import type { LoadSample } from '../../model/signals.ts'
import { MOST_LOAD } from '../../model/signals.ts'
import type { ClusterMemory } from './state.ts'
import { FADE_AFTER_MS, FADE_MS, REPORT_AGE_MS } from './tuning.ts'

/**
 * What a cluster's load report is worth.
 * never: none yet, or so long ago that it is forgotten · news: not used before · known: used before, still fresh ·
 * stale: too old, or the same to the last digit for as long (a stuck exporter) · fading: so old that its level is being given up.
 */
export type Freshness = 'never' | 'news' | 'known' | 'stale' | 'fading'

/** Judges the newest report and remembers it in `memory.report`. A report that is not a number >= 0 with a time is no report. */
export function receiveReport(
  memory: ClusterMemory,
  load: Pick<LoadSample, 'value' | 'at'> | undefined,
  now: Millis,
): Freshness {
  const before = memory.report
  const valid = load !== undefined && load.value >= 0 && load.value <= MOST_LOAD && Number.isFinite(load.at)
  const at = valid ? millis(Math.min(load.at, now)) : millis(0)
  if (valid && (before === null || at > before.at)) {
    // A repeated 0 is an idle cluster, not a stuck exporter.
    const same = before !== null && before.value === load.value && load.value > 0
    memory.report = { value: load.value, at, since: same ? before.since : at }
    if (!same && now - at <= REPORT_AGE_MS) return 'news'
  }
  if (memory.report === null) return 'never'
  const silent = now - memory.report.at
  if (silent >= FADE_AFTER_MS + FADE_MS) return 'never'
  if (silent >= FADE_AFTER_MS) return 'fading'
  return now - memory.report.since > REPORT_AGE_MS ? 'stale' : 'known'
}
