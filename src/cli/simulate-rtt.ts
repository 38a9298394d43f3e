import { type Millis, millis } from '../base/brand.ts'
import { formatPrefix } from '../base/prefix.ts'
import { didYouMean } from '../config/nearest.ts'
import type { Measurement } from '../model/measurement.ts'
import type { TrueRtt } from '../simulate/population.ts'
import { csvLines } from './csv-lines.ts'
import { openReplay, type Replay } from './replay.ts'
import { parseTime, readRttCsv } from './rtt-csv.ts'
import { readPrefix } from './simulate-demand.ts'
import { type Complaints, decimal, type Header, MOST_ROWS, quote, readTable, TOO_MANY } from './simulate-table.ts'

const MAX_RTT_MS = 60_000
const HEADER: Header = {
  required: ['prefix', 'cluster', 'rtt_ms'],
  oneOf: [],
  optional: [],
  legal: 'the header names prefix, cluster, rtt_ms in any order',
}

/** Reads the world as it is: the true round trip of every prefix to every cluster. */
export async function readTruth(
  file: string,
  clusters: readonly string[],
  complaints: Complaints,
): Promise<readonly TrueRtt[]> {
  const table = await readTable(file, (await openReplay(file)).open(), HEADER, complaints)
  const known = new Set(clusters)
  const seen = new Map<string, number>()
  const rows: TrueRtt[] = []
  for (const row of table?.rows ?? []) {
    const prefix = readPrefix(row.field('prefix'))
    const cluster = row.field('cluster')
    const rttMs = decimal(row.field('rtt_ms'))
    const faults = [
      typeof prefix === 'string' ? `prefix: ${prefix}` : null,
      known.has(cluster)
        ? null
        : `cluster: ${quote(cluster)} is not a cluster of the configuration${didYouMean(cluster, clusters)}`,
      rttMs > 0 && rttMs <= MAX_RTT_MS
        ? null
        : `rtt_ms: ${quote(row.field('rtt_ms'))} is not milliseconds above 0 and up to ${MAX_RTT_MS}`,
    ].filter(fault => fault !== null)
    if (typeof prefix === 'string' || faults.length > 0) {
      complaints.at(file, row.line, faults.join('; '))
      continue
    }
    const key = `${formatPrefix(prefix)} to ${cluster}`
    const earlier = seen.get(key)
    if (earlier === undefined) rows.push({ prefix, cluster, rttMs })
    else complaints.at(file, row.line, `${key} is told in line ${earlier} already`)
    seen.set(key, earlier ?? row.line)
  }
  if (table !== null && table.rows.length === 0) complaints.at(file, 1, 'has a header and no rows')
  return rows
}

/**
 * Reads a file of `kingcdn rtt import`, as if it were imported at the moment of its newest row, and that moment were `epoch`: a file of last year
 * counts as it did then.
 */
export async function readMeasured(
  file: string,
  clusters: readonly string[],
  epoch: number,
  complaints: Complaints,
): Promise<Measurement[]> {
  const source = await openReplay(file)
  const newest = await newestTime(source)
  const shift = newest === null ? 0 : epoch - newest
  const rows: Measurement[] = []
  for await (const line of readRttCsv(source.open(), new Set(clusters), newest ?? epoch)) {
    if ('fault' in line) complaints.at(file, line.line, line.fault)
    else if (rows.length === MOST_ROWS) {
      complaints.at(file, line.line, TOO_MANY)
      break
    } else rows.push({ ...line.row, measuredAt: moved(line.row.measuredAt, shift) })
  }
  return rows
}

const moved = (at: Millis, by: number): Millis => millis(at + by)

/** Unix ms of the newest row that has a time of its own (not `now`); null without any. */
async function newestTime(source: Replay): Promise<number | null> {
  let column = -1
  let newest: number | null = null
  for await (const line of csvLines(source.open())) {
    if ('fault' in line) continue
    if (column < 0) column = line.fields.findIndex(name => name.toLowerCase() === 'measured_at')
    else {
      const at = parseTime(line.fields[column] ?? '', Number.NaN)
      if (at >= 0 && (newest === null || at > newest)) newest = at
    }
  }
  return newest
}
