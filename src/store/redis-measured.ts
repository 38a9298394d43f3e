import { comparePrefix, formatPrefix, type Prefix } from '../base/prefix.ts'
import type { Measurement } from '../model/measurement.ts'
import { parseKey, rttKey } from './keys.ts'
import { inPrefixOrder } from './measurement-set.ts'
import { MAX_KEY_OCTETS, MAX_ROWS, readRows, type ScanDeps } from './redis-scan.ts'
import { isClusterId, MAX_ROW_OCTETS, passiveField, RowReader, unpackFigures } from './row-codec.ts'

/** Calls of the script that are under way at once. */
const WINDOW = 500

/** What edges saw of one cluster, a row for each of the prefixes. What cannot be read counts as none: the next write replaces it. */
export async function readPassive(
  { client, clock }: ScanDeps,
  cluster: string,
  prefixes: readonly Prefix[],
): Promise<readonly (Measurement | null)[]> {
  if (!isClusterId(cluster)) return prefixes.map(() => null)
  const read = async (prefix: Prefix): Promise<Measurement | null> => {
    const text = await client.script(
      'readField',
      [rttKey(formatPrefix(prefix))],
      [passiveField(cluster), MAX_ROW_OCTETS],
    )
    const row = typeof text === 'string' ? unpackFigures(prefix, cluster, text, clock.now()) : null
    return row?.source === 'passive' ? row : null
  }
  const rows: (Measurement | null)[] = []
  for (let i = 0; i < prefixes.length; i += WINDOW)
    rows.push(...(await Promise.all(prefixes.slice(i, i + WINDOW).map(read))))
  return rows
}

/**
 * All rows in prefix order, a few hundred prefixes at a time. Nothing is asked of Redis while `take` is busy: where it waits for a reader of ours, an answer
 * would be late by our own fault.
 */
export async function scanMeasurements(
  deps: ScanDeps,
  take: (rows: readonly Measurement[]) => void | Promise<void>,
): Promise<void> {
  const reader = new RowReader()
  const prefixes = await measuredPrefixes(deps, reader)
  let total = 0
  for (let i = 0; i < prefixes.length; i += WINDOW) {
    const reads = prefixes.slice(i, i + WINDOW).map(([text]) => readRows({ ...deps, reader }, rttKey(text), text))
    const rows = await Promise.all(reads)
    total += await give(inPrefixOrder(rows.flat(), deps.clock.now()), take)
    if (total <= MAX_ROWS) continue
    deps.skipped.add('measurements', `more than ${MAX_ROWS}, the rest is not read`)
    return
  }
}

async function give(rows: readonly Measurement[], take: (rows: readonly Measurement[]) => void | Promise<void>) {
  if (rows.length > 0) await take(rows)
  return rows.length
}

/** As their keys have them, sorted, each once: a key may come twice while Redis grows or shrinks its table. */
async function measuredPrefixes(
  { client, skipped }: ScanDeps,
  reader: RowReader,
): Promise<(readonly [string, Prefix])[]> {
  const prefixes = new Map<string, Prefix>()
  for await (const page of client.keys()) {
    for (const key of page) {
      const name = parseKey(key)
      if (name.kind !== 'rtt') continue
      const prefix = key.length > MAX_KEY_OCTETS ? null : reader.prefix(name.prefix)
      if (prefix === null) skipped.add(key, 'its name holds no prefix')
      else prefixes.set(name.prefix, prefix)
    }
  }
  return [...prefixes].sort(([, a], [, b]) => comparePrefix(a, b))
}
