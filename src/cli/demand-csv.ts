import { comparePrefix, containsPrefix, formatPrefix, LEAF_LENGTH, type Prefix, parsePrefix } from '../base/prefix.ts'
import { didYouMean } from '../config/nearest.ts'
import { DEMAND_UNITS, type DemandUnit, MOST_DEMAND_ROWS } from '../model/demand.ts'
import { type CsvLine, csvLines } from './csv-lines.ts'

/** Legal columns; `source` is what an export says, and is not looked at. */
const COLUMNS = ['prefix', 'qps', 'bps', 'source'] as const
type Column = (typeof COLUMNS)[number]
const LEGAL = 'the header names prefix and either qps or bps'
const MOST_RATE = 1e15

export interface DemandFault {
  readonly line: number
  readonly fault: string
}

export interface DemandFile {
  readonly unit: DemandUnit
  /** In prefix order, without overlaps where there are no faults. */
  readonly rows: readonly { readonly prefix: Prefix; readonly value: number }[]
  readonly faults: readonly DemandFault[]
}

interface Row {
  readonly line: number
  readonly prefix: Prefix
  readonly value: number
}

/**
 * Reads `prefix,qps` or `prefix,bps` (header required, columns in any order). Every row that is wrong says which value is, and what would be legal;
 * so do rows that overlap, a file without rows, and one with too many.
 */
export async function readDemandCsv(chunks: AsyncIterable<Uint8Array>): Promise<DemandFile> {
  let columns: readonly Column[] | null = null
  let unit: DemandUnit = 'qps'
  const rows: Row[] = []
  const faults: DemandFault[] = []
  for await (const line of csvLines(chunks)) {
    if (columns === null) {
      const header = readHeader(line)
      if (typeof header === 'string') return { unit, rows: [], faults: [{ line: line.line, fault: header }] }
      columns = header
      unit = DEMAND_UNITS.find(each => header.includes(each))!
      continue
    }
    const row = readRow(line, columns, unit)
    if ('fault' in row) faults.push(row)
    else rows.push(row)
    if (rows.length + faults.length > MOST_DEMAND_ROWS) {
      faults.push({ line: row.line, fault: `is one row too many: at most ${MOST_DEMAND_ROWS}; report wider prefixes` })
      break
    }
  }
  if (rows.length + faults.length === 0) faults.push({ line: 1, fault: EMPTY })
  rows.sort((a, b) => comparePrefix(a.prefix, b.prefix))
  return { unit, rows, faults: [...faults, ...overlaps(rows)] }
}

const EMPTY = 'has no rows, which would be demand of nobody; to end a report: kingcdn demand withdraw'

function readHeader(line: CsvLine): readonly Column[] | string {
  if ('fault' in line) return `${line.fault}; ${LEGAL}`
  const names = line.fields.map(name => name.toLowerCase())
  const unknown = names.find(name => !(COLUMNS as readonly string[]).includes(name))
  if (unknown !== undefined) return `${quote(unknown)} is not a column${didYouMean(unknown, COLUMNS)}; ${LEGAL}`
  if (new Set(names).size < names.length) return `a column stands twice; ${LEGAL}`
  if (!names.includes('prefix')) return `column prefix is missing; ${LEGAL}`
  if (names.includes('qps') === names.includes('bps')) return LEGAL
  return names as Column[]
}

function readRow(line: CsvLine, columns: readonly Column[], unit: DemandUnit): Row | DemandFault {
  if ('fault' in line) return line
  if (line.fields.length !== columns.length)
    return { line: line.line, fault: `has ${line.fields.length} fields; the header has ${columns.length}` }
  const [text, rate] = [line.fields[columns.indexOf('prefix')]!, line.fields[columns.indexOf(unit)]!]
  const prefix = parsePrefix(text)
  const value = /^\d{1,15}(\.\d{1,15})?(e[+-]?\d{1,2})?$/i.test(rate) ? Number(rate) : Number.NaN
  const faults = [
    ...(prefix === null || prefix.length > LEAF_LENGTH[prefix.family]
      ? [`prefix: ${quote(text)} is not ${PREFIX}`]
      : []),
    ...(value <= MOST_RATE ? [] : [`${unit}: ${quote(rate)} is not a rate from 0 to 1e15`]),
  ]
  return faults.length > 0 ? { line: line.line, fault: faults.join('; ') } : { line: line.line, prefix: prefix!, value }
}

const PREFIX = 'a prefix such as 203.0.113.0/24 or 2001:db8::/32, at most /24 or /56 long, no bits set past its length'

/** `rows` are in prefix order: what overlaps lies behind what it lies in. */
function overlaps(rows: readonly Row[]): DemandFault[] {
  const faults: DemandFault[] = []
  let around = rows[0]
  for (const row of rows.slice(1)) {
    if (around === undefined || !containsPrefix(around.prefix, row.prefix)) {
      around = row
      continue
    }
    const [first, second] = around.line < row.line ? [around, row] : [row, around]
    const how = `${formatPrefix(second.prefix)} overlaps ${formatPrefix(first.prefix)} of line ${first.line}`
    faults.push({ line: second.line, fault: `prefix: ${how}; each client counts in one row` })
  }
  return faults
}

const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text)
