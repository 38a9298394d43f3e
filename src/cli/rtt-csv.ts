import { millis } from '../base/brand.ts'
import { LEAF_LENGTH, parsePrefix } from '../base/prefix.ts'
import { didYouMean } from '../config/nearest.ts'
import { MEASUREMENT_LIFETIME_MS, type Measurement } from '../model/measurement.ts'
import { type CsvLine, csvLines } from './csv-lines.ts'

export const RTT_COLUMNS = ['prefix', 'cluster', 'rtt_ms', 'loss', 'measured_at'] as const
type Column = (typeof RTT_COLUMNS)[number]

/** One RTT row as it leaves: the columns of the file. */
export interface RttRow {
  readonly prefix: string
  readonly cluster: string
  readonly rttMs: number
  readonly loss: number
  /** Unix ms. */
  readonly measuredAt: number
}

/** One row of the file: a measurement, or why it is none. */
export type RttLine =
  | { readonly line: number; readonly row: Measurement }
  /** `header`: without it no row of the file can be read. */
  | { readonly line: number; readonly fault: string; readonly header?: true }

/** An imported row stands for this many samples (ROUTING section 4: sent = 100). */
const IMPORT_SAMPLES = 100
/** How far a measurement may lie in the future: clocks are never quite right. */
const FUTURE_MS = 60_000
/** Numbers below are Unix seconds, from it on milliseconds: 1e11 s is the year 5138, 1e11 ms is 1973. */
const SECONDS_BELOW = 1e11
const MAX_RTT_MS = 60_000

/**
 * Reads `prefix,cluster,rtt_ms,loss,measured_at` (header required, columns in any order). Every row that is wrong says which value is, and what
 * would be legal. `now` is Unix ms; rows from its future and rows past their lifetime are wrong.
 */
export async function* readRttCsv(
  chunks: AsyncIterable<Uint8Array>,
  clusters: ReadonlySet<string>,
  now: number,
): AsyncGenerator<RttLine> {
  let columns: readonly Column[] | null = null
  for await (const line of csvLines(chunks)) {
    if (columns === null) {
      const header = readHeader(line)
      if (typeof header === 'string') {
        yield { line: line.line, fault: header, header: true }
        return
      }
      columns = header
    } else yield readRow(line, columns, clusters, now)
  }
  if (columns === null)
    yield { line: 1, fault: `is empty; the first line must be ${RTT_COLUMNS.join(',')}`, header: true }
}

function readHeader(line: CsvLine): readonly Column[] | string {
  const legal = `the header names ${RTT_COLUMNS.join(', ')} in any order`
  if ('fault' in line) return `${line.fault}; ${legal}`
  const names = line.fields.map(name => name.toLowerCase())
  const unknown = names.find(name => !(RTT_COLUMNS as readonly string[]).includes(name))
  if (unknown !== undefined) return `${quote(unknown)} is not a column${didYouMean(unknown, RTT_COLUMNS)}; ${legal}`
  const missing = RTT_COLUMNS.filter(column => !names.includes(column))
  if (missing.length > 0) return `column ${missing.join(', ')} is missing; ${legal}`
  if (names.length > RTT_COLUMNS.length) return `a column stands twice; ${legal}`
  return names as Column[]
}

function readRow(line: CsvLine, columns: readonly Column[], clusters: ReadonlySet<string>, now: number): RttLine {
  if ('fault' in line) return line
  if (line.fields.length !== columns.length)
    return { line: line.line, fault: `has ${line.fields.length} fields; the header has ${columns.length}` }
  const field = (column: Column): string => line.fields[columns.indexOf(column)]!
  const prefix = parsePrefix(field('prefix'))
  const cluster = field('cluster')
  const rttMs = decimal(field('rtt_ms'))
  const loss = decimal(field('loss'))
  const measuredAt = parseTime(field('measured_at'), now)
  const faults = [
    prefix === null || prefix.length > LEAF_LENGTH[prefix.family] ? prefixFault(field('prefix')) : null,
    clusters.has(cluster) ? null : clusterFault(cluster, clusters),
    rttMs > 0 && rttMs <= MAX_RTT_MS
      ? null
      : `rtt_ms: ${quote(field('rtt_ms'))} is not milliseconds above 0 and up to ${MAX_RTT_MS}`,
    loss >= 0 && loss <= 1 ? null : `loss: ${quote(field('loss'))} is not a share from 0 to 1`,
    timeFault(field('measured_at'), measuredAt, now),
  ].filter(fault => fault !== null)
  if (faults.length > 0) return { line: line.line, fault: faults.join('; ') }
  const row = {
    prefix: prefix!,
    cluster,
    rttMs,
    rttVarMs: 0,
    loss,
    samples: IMPORT_SAMPLES,
    measuredAt: millis(measuredAt),
    source: 'import',
  } as const
  return { line: line.line, row }
}

const DECIMAL = /^\d{1,15}(\.\d{1,15})?(e[+-]?\d{1,2})?$/i
const decimal = (text: string): number => (DECIMAL.test(text) ? Number(text) : Number.NaN)

const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text)

function prefixFault(text: string): string {
  return `prefix: ${quote(text)} is not a prefix such as 203.0.113.0/24 or 2001:db8::/32, at most /24 or /56 long, no bits set past its length`
}

function clusterFault(id: string, clusters: ReadonlySet<string>): string {
  return `cluster: ${quote(id)} is not a cluster of the configuration${didYouMean(id, clusters)}`
}

function timeFault(text: string, at: number, now: number): string | null {
  if (Number.isNaN(at))
    return `measured_at: ${quote(text)} is not a time such as 2025-06-02T12:00:00Z, Unix seconds or milliseconds, or now`
  if (at > now + FUTURE_MS)
    return `measured_at: ${quote(text)} lies in the future; now is ${new Date(now).toISOString()}`
  if (at <= now - MEASUREMENT_LIFETIME_MS)
    return `measured_at: ${quote(text)} is older than 24 h, which is evidence of nothing`
  return null
}

const ISO = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)$/

/** Unix ms of `now`, ISO 8601 with a zone, Unix seconds or Unix milliseconds; NaN for anything else. */
export function parseTime(text: string, now: number): number {
  if (text === 'now') return now
  if (ISO.test(text)) return Date.parse(text.replace(' ', 'T').toUpperCase())
  const number = decimal(text)
  return Math.round(number < SECONDS_BELOW ? number * 1000 : number)
}

/** A row in the form that {@link readRttCsv} reads. */
export function formatRttRow(row: RttRow): string {
  return `${row.prefix},${row.cluster},${row.rttMs},${row.loss},${new Date(row.measuredAt).toISOString()}\n`
}
