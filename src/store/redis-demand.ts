import type { Millis } from '../base/brand.ts'
import type { DemandReport, DemandTable } from '../model/demand.ts'
import { MAX_DEMAND_OCTETS, readReport as parseReport, readTable } from '../model/demand-text.ts'
import { demandId } from './demand-id.ts'
import { COUNTED_TTL_MS, COUNTERS, countedKey, demandKey, REPORT } from './keys.ts'
import { readHash, type ScanDeps } from './redis-scan.ts'
import { believable } from './signal-codec.ts'

const MAX_NODE_OCTETS = 512

/** One nameserver after the other: each table is half a megabyte at most, and all of them together may be many. */
export async function readCounted(deps: ScanDeps): Promise<ReadonlyMap<string, DemandTable>> {
  const tables = new Map<string, DemandTable>()
  const oldest = deps.clock.now() - COUNTED_TTL_MS
  for (const [node] of await readHash(deps.client, deps.skipped, COUNTERS, MAX_NODE_OCTETS)) {
    const table = await readText(deps, countedKey(node), text => believable(readTable(text), atOf, deps.clock.now()))
    if (table !== null && table.at >= oldest) tables.set(node, table)
  }
  return tables
}

export async function readReport(deps: ScanDeps): Promise<DemandReport | null> {
  const report = await readText(deps, REPORT, text => believable(parseReport(text), atOf, deps.clock.now()))
  return report !== null && report.until > deps.clock.now() ? report : null
}

export function readDemand(deps: ScanDeps, id: string): Promise<DemandTable | null> {
  return readText(deps, demandKey(id), text => (demandId(text) === id ? readTable(text) : null))
}

const atOf = ({ at }: { readonly at: Millis }): Millis => at

/** null without a value, and where it cannot be read, which is counted. */
async function readText<T>(deps: ScanDeps, key: string, read: (text: string) => T | null): Promise<T | null> {
  const text = await deps.client.text(key, MAX_DEMAND_OCTETS)
  if (text === '') return null
  const value = typeof text === 'string' ? read(text) : null
  if (value === null) deps.skipped.add(key, 'it is no demand, or not the one it should be')
  return value
}
