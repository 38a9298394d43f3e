import { type Millis, millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { formatPrefix, LEAF_LENGTH, type Prefix, parsePrefix } from '../base/prefix.ts'
import type { ControlPort } from '../control/port.ts'
import { MEASUREMENT_LIFETIME_MS, type Measurement } from '../model/measurement.ts'
import { Failure } from './failure.ts'
import {
  demandFields,
  type Field,
  isProblems,
  listOf,
  number,
  oneOf,
  optional,
  parsed,
  readFields,
  Wrong,
} from './fields.ts'
import { json, type Reply } from './reply.ts'
import type { Call } from './router.ts'

export const ROW_LIMIT = 20_000
/** How far a measurement may lie in the future: clocks of probers are never quite right. */
const FUTURE_MS = 60_000
/** An imported row stands for this many samples, unless it says otherwise (ROUTING section 4). */
const IMPORT_SAMPLES = 100
/** Numbers below are Unix seconds, from it on milliseconds: 1e11 s is the year 5138, 1e11 ms is 1973. */
const SECONDS_BELOW = 1e11

/** A moment, as text or as a number. */
export const time: Field<Millis> = {
  required: true,
  schema: { type: ['string', 'number'], minimum: 0, description: 'Unix time in s or ms, or RFC 3339 text' },
  read(value) {
    const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/
    const at =
      typeof value === 'number'
        ? value < SECONDS_BELOW
          ? value * 1000
          : value
        : typeof value === 'string' && RFC3339.test(value)
          ? Date.parse(value)
          : Number.NaN
    if (Number.isFinite(at) && at >= 0) return millis(Math.round(at))
    return new Wrong(
      `${JSON.stringify(value)?.slice(0, 40)} is no time; legal: Unix time in s or ms, 2025-06-02T12:00:00Z`,
    )
  },
}

function parseLeafPrefix(text: string): Prefix | null {
  const prefix = parsePrefix(text)
  return prefix === null || prefix.length > LEAF_LENGTH[prefix.family] ? null : prefix
}

const ROW = {
  prefix: parsed(parseLeafPrefix, 'a prefix of at most /24 (IPv4) or /56 (IPv6) without bits after its length'),
  cluster: parsed(id => id, 'a cluster id'),
  rtt_ms: number({ above: 0, max: 60_000 }),
  loss: number({ min: 0, max: 1 }),
  measured_at: time,
  samples: optional(number({ min: 1, max: 1e9, whole: true })),
  rtt_var_ms: optional(number({ min: 0, max: 60_000 })),
  source: optional(oneOf('import', 'probe', 'passive')),
}
export const BATCH = { measurements: listOf(ROW, ROW_LIMIT, 'rows') }

interface BadRow {
  readonly index: number
  readonly problems: readonly string[]
}

/**
 * `{ measurements: [row, ...] }`, at most {@link ROW_LIMIT} rows. All or nothing: one bad row and none is taken, and the answer names
 * every bad row with its index. Rows past their lifetime are well-formed but evidence of nothing: left out and counted.
 */
export async function putRtt(port: ControlPort, clock: Clock, call: Call): Promise<Reply> {
  const { measurements } = demandFields(await call.body(), BATCH)
  if (measurements.length > ROW_LIMIT)
    throw new Failure('too-large', `${measurements.length} rows in one batch; legal: at most ${ROW_LIMIT}`)
  const clusters = new Set(port.status().clusters.map(({ id }) => id))
  const now = clock.now()
  const rows: Measurement[] = []
  const bad: BadRow[] = []
  let expired = 0
  for (const [index, given] of measurements.entries()) {
    const row = readRow(given, clusters, now)
    if (isProblems(row)) bad.push({ index, problems: row })
    else if (row.measuredAt <= now - MEASUREMENT_LIFETIME_MS) expired++
    else rows.push(row)
  }
  if (bad.length > 0) throw badRows(bad, measurements.length)
  if (rows.length > 0) await port.putMeasurements(rows, call.caller)
  // What probers bring every second is no line in the log.
  const feed = rows.length > 0 && rows.every(({ source }) => source !== 'import')
  return { ...json({ accepted: rows.length, expired }), feed }
}

function readRow(given: unknown, clusters: ReadonlySet<string>, now: Millis): Measurement | readonly string[] {
  const row = readFields(given, ROW)
  if (isProblems(row)) return row
  const problems: string[] = []
  if (!clusters.has(row.cluster))
    problems.push(`cluster: ${JSON.stringify(row.cluster.slice(0, 63))} is not configured`)
  if (row.measured_at > now + FUTURE_MS) problems.push('measured_at: lies in the future')
  if (problems.length > 0) return problems
  const source = row.source ?? 'import'
  return {
    prefix: row.prefix,
    cluster: row.cluster,
    rttMs: row.rtt_ms,
    rttVarMs: row.rtt_var_ms ?? 0,
    loss: row.loss,
    samples: row.samples ?? (source === 'import' ? IMPORT_SAMPLES : 1),
    measuredAt: row.measured_at,
    source,
  }
}

function badRows(bad: readonly BadRow[], of: number): Failure {
  const first = bad[0]!
  const message = `${bad.length} of ${of} rows are wrong and nothing was taken; row ${first.index}: ${first.problems.join('; ')}`
  return new Failure('bad-request', message, { details: { rows: bad } })
}

/** All rows in the form that {@link putRtt} takes, streamed: the table may have millions. */
export async function getRtt(port: ControlPort): Promise<Reply> {
  const rows = await port.measurements()
  return { status: 200, type: 'application/json; charset=utf-8', body: exportText(rows) }
}

const ROWS_PER_CHUNK = 500

function* exportText(rows: readonly Measurement[]): Iterable<string> {
  yield '{"measurements":['
  for (let i = 0; i < rows.length; i += ROWS_PER_CHUNK) {
    const chunk = rows.slice(i, i + ROWS_PER_CHUNK).map(row => JSON.stringify(exportRow(row)))
    yield `${i === 0 ? '' : ','}\n${chunk.join(',\n')}`
  }
  yield '\n]}\n'
}

const exportRow = (row: Measurement) => ({
  prefix: formatPrefix(row.prefix),
  cluster: row.cluster,
  rtt_ms: row.rttMs,
  loss: row.loss,
  measured_at: new Date(row.measuredAt).toISOString(),
  samples: row.samples,
  rtt_var_ms: row.rttVarMs,
  source: row.source,
})
