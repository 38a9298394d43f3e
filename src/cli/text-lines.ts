/** One line of a text file; `fault` where it is no line that could be kept. */
export type TextLine =
  | { readonly line: number; readonly text: string }
  | { readonly line: number; readonly fault: string }

/**
 * Splits a stream of UTF-8 chunks into lines. They count from 1 and end with LF or CRLF; a byte order mark is ignored. A line of more than `most`
 * characters is skipped without being kept, so that a file without line feeds cannot fill the memory.
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  let line = 0
  let tooLong = false
  const take = (text: string): TextLine => {
    line++
    const skipped = tooLong || text.length > most
    tooLong = false
    if (skipped) return { line, fault: `is longer than ${most} characters` }
    return { line, text: text.endsWith('\r') ? text.slice(0, -1) : text }
  }
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop()!
    for (const part of parts) yield take(part)
    if (rest.length > most) {
      tooLong = true
      rest = ''
    }
  }
  if (rest !== '' || tooLong) yield take(rest)
}
