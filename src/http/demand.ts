import { type Millis, millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { comparePrefix, formatPrefix, LEAF_LENGTH, type Prefix, parsePrefix } from '../base/prefix.ts'
import type { ControlPort } from '../control/port.ts'
import {
  DEMAND_UNITS,
  type DemandTable,
  type DemandUnit,
  LONGEST_REPORT_MS,
  MOST_DEMAND_ROWS,
  REPORT_MS,
} from '../model/demand.ts'
import { overlapIn } from '../model/demand-text.ts'
import { DURATION_LEGAL, parseDuration } from './duration.ts'
import { Failure } from './failure.ts'
import { demandFields, isProblems, listOf, number, optional, parsed, readFields } from './fields.ts'
import { json, type Reply } from './reply.ts'
import type { Call } from './router.ts'

/** A rate that nobody has. */
export const MOST_RATE = 1e15

function parseLeafPrefix(text: string): Prefix | null {
  const prefix = parsePrefix(text)
  return prefix === null || prefix.length > LEAF_LENGTH[prefix.family] ? null : prefix
}

const RATE = optional(number({ min: 0, max: MOST_RATE }))
const ROW = {
  prefix: parsed(parseLeafPrefix, 'a prefix of at most /24 (IPv4) or /56 (IPv6) without bits after its length'),
  qps: RATE,
  bps: RATE,
}
const ONE_RATE = { oneOf: DEMAND_UNITS.map(unit => ({ required: [unit] })) }
export const BODY = {
  rows: listOf(ROW, MOST_DEMAND_ROWS, 'rows', ONE_RATE),
  for: optional(parsed(parseLifetime, `${DURATION_LEGAL}; at most 30d`)),
}

function parseLifetime(text: string): Millis | null {
  const duration = parseDuration(text)
  return duration !== null && duration <= LONGEST_REPORT_MS ? duration : null
}

interface Row {
  readonly index: number
  readonly prefix: Prefix
  readonly unit: DemandUnit
  readonly value: number
}
interface BadRow {
  readonly index: number
  readonly problems: readonly string[]
}

/**
 * `{ rows: [{ prefix, qps }, ...], for }`, or with `bps`, 1 to {@link MOST_DEMAND_ROWS} rows that do not overlap: the whole of what is reported, in the
 * place of what was. All or nothing: one bad row and none is taken, and the answer names every bad row with its index.
 */
export async function putDemand(port: ControlPort, clock: Clock, call: Call): Promise<Reply> {
  const { rows: given, for: lifetime } = demandFields(await call.body(), BODY)
  if (given.length > MOST_DEMAND_ROWS)
    throw new Failure('too-large', `${given.length} rows; legal: at most ${MOST_DEMAND_ROWS}: report wider prefixes`)
  if (given.length === 0)
    throw new Failure(
      'bad-request',
      'rows: is empty, which would be demand of nobody; to end a report: POST /v1/demand/withdraw',
    )
  const rows: Row[] = []
  const bad: BadRow[] = []
  for (const [index, row] of given.entries()) {
    const read = readRow(row, index)
    if (isProblems(read)) bad.push({ index, problems: read })
    else rows.push(read)
  }
  rows.sort((a, b) => comparePrefix(a.prefix, b.prefix))
  bad.push(...misfits(rows))
  if (bad.length > 0) throw badRows(bad, given.length)
  const at = clock.now()
  const until = millis(at + (lifetime ?? REPORT_MS))
  const values = rows.map(({ prefix, value }) => ({ prefix, value }))
  await port.demand.report({ at, until, unit: rows[0]!.unit, rows: values }, call.caller)
  return json({ accepted: rows.length, until })
}

export async function withdrawDemand(port: ControlPort, call: Call): Promise<Reply> {
  await port.demand.report(null, call.caller)
  return json({ withdrawn: true })
}

function readRow(given: unknown, index: number): Row | readonly string[] {
  const row = readFields(given, ROW)
  if (isProblems(row)) return row
  const rates = DEMAND_UNITS.filter(unit => row[unit] !== undefined)
  const unit = rates[0]
  if (unit === undefined || rates.length > 1) return ['a row has either qps or bps']
  return { index, prefix: row.prefix, unit, value: row[unit]! }
}

/** What is wrong with rows together: they are in prefix order. */
function misfits(rows: readonly Row[]): BadRow[] {
  const other = rows.find(({ unit }) => unit !== rows[0]!.unit)
  if (other !== undefined)
    return [
      {
        index: other.index,
        problems: [`${other.unit}: row ${rows[0]!.index} has ${rows[0]!.unit}; all rows have the same`],
      },
    ]
  const at = overlapIn(rows)
  if (at < 0) return []
  const [around, inner] = [rows[at - 1]!, rows[at]!]
  return [
    {
      index: inner.index,
      problems: [`prefix: lies in ${formatPrefix(around.prefix)} of row ${around.index}; rows must not overlap`],
    },
  ]
}

function badRows(bad: readonly BadRow[], of: number): Failure {
  const first = bad[0]!
  const message = `${bad.length} of ${of} rows are wrong and nothing was taken; row ${first.index}: ${first.problems.join('; ')}`
  return new Failure('bad-request', message, { details: { rows: bad } })
}

/** What the fleet knows at this moment. */
export async function getDemand(port: ControlPort, clock: Clock): Promise<Reply> {
  return json(exportTable(await port.demand.known(clock.now())))
}

export const exportTable = ({ at, total, queries, rows }: DemandTable) => ({
  at,
  qps: round(total),
  queries: Math.round(queries),
  rows: rows.map(({ prefix, qps, reported }) => ({
    prefix: formatPrefix(prefix),
    qps: round(qps),
    source: reported ? 'reported' : 'counted',
  })),
})

const round = (value: number): number => Number(value.toPrecision(6))
