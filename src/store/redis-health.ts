import { HEALTH_LIFETIME_MS, type HealthReport, type HealthVerdict, MOST_VERDICTS } from '../model/health.ts'
import {
  blindOf,
  type HealthChange,
  isBlind,
  isMonitor,
  isPlace,
  keepable,
  MAX_VERDICT_OCTETS,
  packBlind,
  packChange,
  packField,
  packPlace,
  packValue,
  placeOf,
  readMoment,
  readVerdict,
} from './health-codec.ts'
import { CHANGES, CHANGES_KEPT, healthKey, VERDICTS_PER_CHANGE } from './keys.ts'
import type { RedisClient } from './redis-client.ts'
import { readHash, type ScanDeps } from './redis-scan.ts'
import type { Skipped } from './skipped.ts'
import type { HealthKept } from './store.ts'

/** Verdicts in one call of the script: some milliseconds of Redis' time. */
const PART = 2_500

/**
 * Writes a report: changes of one entry in one step; a larger one part by part, and only the last part tells the followers, who then read the key. A
 * newcomer that reads it in between misses some for that moment.
 */
export async function putHealth(client: RedisClient, report: HealthReport, skipped: Skipped): Promise<HealthKept> {
  const verdicts = keepable(report)
  skipped.add(`verdicts of ${report.monitor}`, 'no such verdict, or too many', report.verdicts.length - verdicts.length)
  const inItsKey = report.whole || verdicts.length > VERDICTS_PER_CHANGE
  const change = packChange({ ...report, verdicts }, inItsKey)
  const keys = [healthKey(report.monitor), CHANGES]
  for (let i = 0; i === 0 || i < verdicts.length; i += PART) {
    const fields = verdicts.slice(i, i + PART).flatMap(verdict => [packField(verdict), packValue(verdict)])
    const anew = report.whole && i === 0 ? 1 : 0
    const data = i + PART >= verdicts.length ? change : ''
    const bounds = [HEALTH_LIFETIME_MS, MOST_FIELDS, CHANGES_KEPT]
    const who = [report.at, packPlace(report.place), 'blind', packBlind(report)]
    const args = [anew, ...bounds, data, ...who, ...fields]
    if ((await client.script('putHealth', keys, args)) !== 1) return 'incomplete'
  }
  return 'kept'
}

/** `at`, `place` and `blind` are fields too. */
const MOST_FIELDS = MOST_VERDICTS + 3

/** All that is held of a monitor; null without it. */
export async function readHealth({ client, skipped }: ScanDeps, monitor: string): Promise<HealthReport | null> {
  const key = healthKey(monitor)
  const verdicts: HealthVerdict[] = []
  const said = new Map<string, string>()
  for (const [field, value] of await readHash(client, skipped, key, MAX_VERDICT_OCTETS, MOST_FIELDS)) {
    const verdict = readVerdict(field, value)
    if (verdict !== null) verdicts.push(verdict)
    else if (field === 'at' || field === 'place' || field === 'blind') said.set(field, value)
    else skipped.add(`${key} ${field}`, 'it is no verdict')
  }
  if (said.size === 0 && verdicts.length === 0) return null
  const at = readMoment(said.get('at') ?? '')
  const place = said.get('place')
  const blind = said.get('blind') ?? ''
  if (at === null || !isPlace(place) || !isBlind(blind) || !isMonitor(monitor)) {
    skipped.add(key, 'it does not say of what moment it is, or whose')
    return null
  }
  return { monitor, at, ...placeOf(place), ...blindOf(blind), whole: true, verdicts }
}

/** The report that an entry of the change stream tells of; null when its key has gone. */
export async function reportOf(deps: ScanDeps, change: HealthChange): Promise<HealthReport | null> {
  const { verdicts, ...who } = change
  return verdicts === null ? readHealth(deps, who.monitor) : { ...who, whole: false, verdicts }
}
