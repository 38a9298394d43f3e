import { formatPrefix, type Prefix } from '../base/prefix.ts'
import type { Measurement } from '../model/measurement.ts'
import { rttKey } from './keys.ts'
import type { ScanDeps } from './redis-scan.ts'
import { isClusterId, MAX_ROW_OCTETS, passiveField, unpackFigures } from './row-codec.ts'

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
