import { formatProblem, type Problem } from '../base/problem.ts'
import { didYouMean } from '../config/nearest.ts'
import { csvLines } from './csv-lines.ts'
import type { Io } from './io.ts'
import { plural } from './table.ts'

/** A row of a CSV file with a header. */
export interface TableRow {
  readonly line: number
  /** By column; '' for an optional column that is not there. */
  field(column: string): string
}

export interface Table {
  readonly columns: ReadonlySet<string>
  readonly rows: readonly TableRow[]
}

/** What a header may say: `legal` describes it in the message. */
export interface Header {
  readonly required: readonly string[]
  /** Exactly one of these must be there too; empty: none. */
  readonly oneOf: readonly string[]
  readonly optional: readonly string[]
  readonly legal: string
}

/** Collects what is wrong with the input: everything is said at once, a long list cut. */
export class Complaints {
  readonly #listed: Problem[] = []
  /** By file. */
  readonly #counts = new Map<string, number>()

  at(file: string, line: number, message: string): void {
    this.add([{ severity: 'error', file, line, column: 0, message }])
  }

  add(problems: readonly Problem[]): void {
    for (const problem of problems) {
      const count = (this.#counts.get(problem.file) ?? 0) + 1
      this.#counts.set(problem.file, count)
      if (count <= MOST_LISTED) this.#listed.push(problem)
    }
  }

  get any(): boolean {
    return this.#counts.size > 0
  }

  /** Writes them, at most so many of each file. */
  write(io: Io): void {
    for (const problem of this.#listed) io.err(`${formatProblem(problem)}\n`)
    for (const [file, count] of this.#counts)
      if (count > MOST_LISTED) io.err(`${file}: and ${plural(count - MOST_LISTED, 'more problem')}\n`)
  }
}

const MOST_LISTED = 50

/** So many rows are played in some gigabytes of memory; more are a mistake. */
export const MOST_ROWS = 2_000_000
export const TOO_MANY = `is one row too many; at most ${MOST_ROWS.toLocaleString('en')}`

/** Reads a CSV file with a header line. What cannot be read is a complaint; null when that is the header, or when there are too many rows. */
export async function readTable(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  header: Header,
  complaints: Complaints,
): Promise<Table | null> {
  let columns: readonly string[] | null = null
  const rows: TableRow[] = []
  for await (const line of csvLines(chunks)) {
    if ('fault' in line) {
      complaints.at(file, line.line, line.fault)
      if (columns === null) return null
      continue
    }
    if (columns === null) {
      columns = line.fields.map(name => name.toLowerCase())
      const fault = headerFault(columns, header)
      if (fault === null) continue
      complaints.at(file, line.line, fault)
      return null
    }
    if (rows.length === MOST_ROWS) {
      complaints.at(file, line.line, TOO_MANY)
      return null
    }
    const { fields } = line
    const names: readonly string[] = columns
    if (fields.length === names.length)
      rows.push({ line: line.line, field: column => fields[names.indexOf(column)] ?? '' })
    else complaints.at(file, line.line, `has ${fields.length} fields; the header has ${names.length}`)
  }
  if (columns === null) complaints.at(file, 1, `is empty; ${header.legal}`)
  return columns === null ? null : { columns: new Set(columns), rows }
}

function headerFault(columns: readonly string[], { required, oneOf, optional, legal }: Header): string | null {
  const known = [...required, ...oneOf, ...optional]
  const unknown = columns.find(name => !known.includes(name))
  if (unknown !== undefined) return `${JSON.stringify(unknown)} is not a column${didYouMean(unknown, known)}; ${legal}`
  const missing = required.filter(name => !columns.includes(name))
  if (missing.length > 0) return `column ${missing.join(', ')} is missing; ${legal}`
  const chosen = oneOf.filter(name => columns.includes(name))
  if (oneOf.length > 0 && chosen.length !== 1)
    return `${chosen.length === 0 ? `none of ${oneOf.join(', ')} is a column` : `${chosen.join(' and ')} cannot both be columns`}; ${legal}`
  return new Set(columns).size < columns.length ? `a column stands twice; ${legal}` : null
}

/** A decimal number as people write it in files; NaN for anything else. */
export const decimal = (text: string): number =>
  /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN

/** A value from a file as it appears in a message. */
export const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text)
