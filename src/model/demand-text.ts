import { type Millis, millis } from '../base/brand.ts'
import { comparePrefix, containsPrefix, formatPrefix, LEAF_LENGTH, type Prefix, parsePrefix } from '../base/prefix.ts'
import {
  DEMAND_UNITS,
  type DemandCount,
  type DemandReport,
  type DemandTable,
  LONGEST_REPORT_MS,
  MOST_DEMAND_ROWS,
} from './demand.ts'

/**
 * Demand as text, for the store and on its way to the planner:
 *
 *   table  = "table" SP at SP total SP queries *( LF prefix SP qps [ SP "r" ] )       ; r: reported
 *   report = "report" SP at SP until SP unit 1*( LF prefix SP value )
 *
 * at, until: Unix ms. All other figures are decimal, six digits of them. Rows are in prefix order and do not overlap.
 */
export const MAX_DEMAND_OCTETS = 2 * 1024 * 1024

const MOST = 1e15

export function packTable({ at, total, queries, rows }: DemandTable): string {
  const lines = rows.map(
    ({ prefix, qps, reported }) => `\n${formatPrefix(prefix)} ${figure(qps)}${reported ? ' r' : ''}`,
  )
  return `table ${at} ${figure(total)} ${figure(queries)}${lines.join('')}`
}

/** null when it is no table: a part of one is never taken. */
export function readTable(text: string): DemandTable | null {
  const lines = linesOf(text)
  const [kind, at, total, queries, ...rest] = lines[0]!.split(' ')
  if (kind !== 'table' || rest.length > 0 || !isMoment(at) || !isFigure(total) || !isFigure(queries)) return null
  const rows: DemandCount[] = []
  for (let i = 1; i < lines.length; i++) {
    const [prefix, qps, mark, ...more] = lines[i]!.split(' ')
    const row = readRow(prefix, qps)
    if (row === null || more.length > 0 || (mark !== undefined && mark !== 'r')) return null
    rows.push({ prefix: row.prefix, qps: row.value, reported: mark === 'r' })
  }
  return isOrdered(rows) ? { at: millis(Number(at)), total: Number(total), queries: Number(queries), rows } : null
}

export function packReport({ at, until, unit, rows }: DemandReport): string {
  return `report ${at} ${until} ${unit}${rows.map(({ prefix, value }) => `\n${formatPrefix(prefix)} ${figure(value)}`).join('')}`
}

/** null when it is no report. */
export function readReport(text: string): DemandReport | null {
  const lines = linesOf(text)
  const [kind, at, until, unit, ...rest] = lines[0]!.split(' ')
  const known = DEMAND_UNITS.find(each => each === unit)
  if (kind !== 'report' || rest.length > 0 || !isMoment(at) || !isMoment(until) || known === undefined) return null
  const rows: { prefix: Prefix; value: number }[] = []
  for (let i = 1; i < lines.length; i++) {
    const [prefix, value, ...more] = lines[i]!.split(' ')
    const row = readRow(prefix, value)
    if (row === null || more.length > 0) return null
    rows.push(row)
  }
  const report = { at: millis(Number(at)), until: millis(Number(until)), unit: known, rows }
  return rows.length > 0 && isOrdered(rows) && report.until <= report.at + LONGEST_REPORT_MS ? report : null
}

/** When the table or report that a text holds was made; null when the text is neither. */
export function momentOf(text: string): Millis | null {
  const at = /^(?:table|report) (\d{1,16}) /.exec(text)?.[1]
  return at === undefined ? null : millis(Number(at))
}

/** The first row that begins inside the one before it, by index; -1 when rows in prefix order do not overlap. */
export function overlapIn(rows: readonly { readonly prefix: Prefix }[]): number {
  for (let i = 1; i < rows.length; i++) if (containsPrefix(rows[i - 1]!.prefix, rows[i]!.prefix)) return i
  return -1
}

function isOrdered(rows: readonly { readonly prefix: Prefix }[]): boolean {
  for (let i = 1; i < rows.length; i++) if (comparePrefix(rows[i - 1]!.prefix, rows[i]!.prefix) >= 0) return false
  return rows.length <= MOST_DEMAND_ROWS && overlapIn(rows) < 0
}

function readRow(text: string | undefined, value: string | undefined): { prefix: Prefix; value: number } | null {
  const prefix = text?.includes('/') ? parsePrefix(text) : null
  if (prefix === null || prefix.length > LEAF_LENGTH[prefix.family] || !isFigure(value)) return null
  return { prefix, value: Number(value) }
}

function linesOf(text: string): string[] {
  return text.length > MAX_DEMAND_OCTETS ? [''] : text.split('\n', MOST_DEMAND_ROWS + 2)
}

const figure = (value: number): string => String(Number(value.toPrecision(6)))
const isFigure = (text: string | undefined): boolean =>
  text !== undefined && /^\d{1,16}(\.\d{1,20})?(e[+-]?\d{1,2})?$/.test(text) && Number(text) <= MOST
const isMoment = (text: string | undefined): boolean => text !== undefined && /^\d{1,16}$/.test(text)
