import type { Millis } from '../base/brand.ts'
import { LeafSums } from '../base/leaf-sums.ts'
import { comparePrefix, LEAF_LENGTH } from '../base/prefix.ts'
import { rangesOfPrefixes, valueAt } from '../base/range-table.ts'
import { type DemandCount, type DemandReport, type DemandTable, MOST_DEMAND_ROWS } from '../model/demand.ts'

/** What a query stands for where no cluster reports its load in bit/s: half a minute of one video, say, for the few who share a resolver's answer. */
export const BPS_PER_QPS = 1e6

/**
 * The demand of the fleet: what its nameservers counted, added up, and what was reported. Inside the prefixes of a report only the report counts.
 * A rate in bit/s becomes one in queries/s by `bpsPerQps`: what all clusters carry by what all clients ask; null = not known. Of what was counted
 * the heaviest blocks keep a row of their own, so that there are at most {@link MOST_DEMAND_ROWS}.
 */
export function joinDemand(
  counted: readonly DemandTable[],
  report: DemandReport | null,
  bpsPerQps: number | null,
  now: Millis,
): DemandTable {
  const said = report !== null && report.until > now ? report : null
  const covered = rangesOfPrefixes((said?.rows ?? []).map(({ prefix }) => ({ prefix, value: 1 })))
  const sums = new LeafSums(MOST_DEMAND_ROWS)
  let total = 0
  let queries = 0
  for (const table of counted) {
    total += table.total
    queries += table.queries
    for (const { prefix, qps } of table.rows) {
      if (valueAt(covered, prefix.family, prefix.hi, prefix.lo) === 1) total -= qps
      else sums.add(prefix.family, prefix.hi, prefix.lo, qps)
    }
  }
  const rows = reportedRows(said, bpsPerQps)
  for (const { qps } of rows) total += qps
  sums.keep(MOST_DEMAND_ROWS - rows.length, Number.MIN_VALUE)
  sums.forEach((family, hi, lo, qps) => {
    rows.push({ prefix: { family, hi, lo, length: LEAF_LENGTH[family] }, qps, reported: false })
  })
  rows.sort((a, b) => comparePrefix(a.prefix, b.prefix))
  return { at: now, total: Math.max(0, total), queries, rows }
}

function reportedRows(report: DemandReport | null, bpsPerQps: number | null): DemandCount[] {
  if (report === null) return []
  const scale = report.unit === 'qps' ? 1 : 1 / (bpsPerQps ?? BPS_PER_QPS)
  return report.rows.map(({ prefix, value }) => ({ prefix, qps: value * scale, reported: true }))
}

/**
 * How far two tables tell of different demand: the share of all demand that would have to be elsewhere, 0..1 (total variation). What is in no row
 * is one block.
 */
export function demandDistance(a: DemandTable, b: DemandTable): number {
  if (a.total === 0 || b.total === 0) return a.total === b.total ? 0 : 1
  const shares = new Map<string, number>()
  const add = (table: DemandTable, sign: number): void => {
    let rest = 1
    for (const { prefix, qps } of table.rows) {
      const key = `${prefix.family} ${prefix.hi} ${prefix.lo} ${prefix.length}`
      shares.set(key, (shares.get(key) ?? 0) + (sign * qps) / table.total)
      rest -= qps / table.total
    }
    shares.set('', (shares.get('') ?? 0) + sign * rest)
  }
  add(a, 1)
  add(b, -1)
  let sum = 0
  for (const share of shares.values()) sum += Math.abs(share)
  return sum / 2
}
