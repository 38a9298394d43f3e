import { textLines } from './text-lines.ts'

/** One line of a CSV file, split into its fields; `fault` where it cannot be. */
export type CsvLine =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly fault: string }

/** A longer line is not a row. */
const MAX_LINE = 4096

/**
 * Splits a stream of UTF-8 chunks into CSV lines (RFC 4180, but a quoted field may not hold a line break). Empty lines are left out; see
 * {@link textLines} for the rest.
 */
export async function* csvLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<CsvLine> {
  for await (const each of textLines(chunks, MAX_LINE)) {
    if ('fault' in each) yield each
    else if (each.text.trim() !== '') yield splitLine(each.text, each.line)
  }
}

function splitLine(text: string, line: number): CsvLine {
  if (!text.includes('"')) return { line, fields: text.split(',').map(field => field.trim()) }
  const fields: string[] = []
  const FIELD = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y
  for (;;) {
    const match = FIELD.exec(text)
    if (match === null) return { line, fault: 'has a quote that is not closed, or text after a closing quote' }
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]!.trim())
    if (match[3] === '') return { line, fields }
  }
}
