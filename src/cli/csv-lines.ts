/** One line of a CSV file, split into its fields; `fault` where it cannot be. */
export type CsvLine =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly fault: string }

/** A longer line is not a row; it is skipped without being kept, so that a file without line feeds cannot fill the memory. */
const MAX_LINE = 4096

/**
 * Splits a stream of UTF-8 chunks into CSV lines (RFC 4180, but a quoted field may not hold a line break). Lines count from 1 and end with
 * LF or CRLF; empty ones are left out; a byte order mark is ignored.
 */
export async function* csvLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<CsvLine> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  let line = 0
  let tooLong = false
  const take = (text: string): CsvLine | null => {
    line++
    const skipped = tooLong || text.length > MAX_LINE
    tooLong = false
    if (skipped) return { line, fault: `is longer than ${MAX_LINE} characters` }
    const bare = text.endsWith('\r') ? text.slice(0, -1) : text
    return bare.trim() === '' ? null : splitLine(bare, line)
  }
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop()!
    for (const part of parts) {
      const row = take(part)
      if (row !== null) yield row
    }
    if (rest.length > MAX_LINE) {
      tooLong = true
      rest = ''
    }
  }
  const last = rest === '' && !tooLong ? null : take(rest)
  if (last !== null) yield last
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
