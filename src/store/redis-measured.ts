import { formatPrefix, type Prefix } from '../base/prefix.ts'
import type { Measurement } from '../model/measurement.ts'
import { rttKey } from './keys.ts'
import type { ScanDeps } from './redis-scan.ts'
import { isClusterId, MAX_ROW_OCTETS, unpackFigures } from './row-codec.ts'

/** Calls of the script that are under way at once. */
const WINDOW = 500

/** The rows of one cluster, one for each of the prefixes. What cannot be read counts as none: the next write replaces it. */
export async function readMeasured(
  { client, clock }: ScanDeps,
  cluster: string,
  prefixes: readonly Prefix[],
): Promise<readonly (Measurement | null)[]> {
  if (!isClusterId(cluster)) return prefixes.map(() => null)
  const read = async (prefix: Prefix): Promise<Measurement | null> => {
    const text = await client.script('readField', [rttKey(formatPrefix(prefix))], [cluster, MAX_ROW_OCTETS])
    return typeof text === 'string' ? unpackFigures(prefix, cluster, text, clock.now()) : null
  }
  const rows: (Measurement | null)[] = []
  for (let i = 0; i < prefixes.length; i += WINDOW)
    rows.push(...(await Promise.all(prefixes.slice(i, i + WINDOW).map(read))))
  return rows
}
