/**
 * One line of the Prometheus text format 0.0.4:
 *
 *   line      = [ws] ( sample / "#" ... / nothing ) [ws]
 *   sample    = metric [ws] ["{" [ws] [label *("," [ws] label) [","]] [ws] "}"] ws value [ws timestamp]
 *   label     = name [ws] "=" [ws] DQUOTE *( any but DQUOTE, "\" / "\\" / "\" DQUOTE / "\n" ) DQUOTE [ws]
 *   value     = decimal number / "NaN" / ["+" / "-"] "Inf"
 *   timestamp = Unix ms
 */
export interface Sample {
  readonly labels: ReadonlyMap<string, string>
  /** May be NaN or infinite. */
  readonly value: number
  /** Unix ms; null: none given. */
  readonly at: number | null
}

/** A sample of another metric, a comment or nothing: not looked at any further. */
export type Line = { readonly kind: 'sample'; readonly sample: Sample } | { readonly kind: 'other' | 'malformed' }

const OTHER: Line = { kind: 'other' }
const MALFORMED: Line = { kind: 'malformed' }
const MOST_LABELS = 64

/** What a line says of `metric`. Never throws; takes time in proportion to the line's length. */
export function readLine(line: string, metric: string): Line {
  const start = skipBlank(line, 0)
  if (!line.startsWith(metric, start)) return OTHER
  let at = start + metric.length
  // A longer name, of which ours is the beginning.
  if (/[a-zA-Z0-9_:]/.test(line[at] ?? '')) return OTHER
  at = skipBlank(line, at)
  const labels = new Map<string, string>()
  if (line[at] === '{') at = readLabels(line, at + 1, labels)
  if (at < 0) return MALFORMED
  const figures = /^[ \t]*(\S+)(?:[ \t]+(-?\d{1,16}))?[ \t\r]*$/.exec(line.slice(at))
  const value = numberOf(figures?.[1] ?? '')
  if (figures === null || value === null) return MALFORMED
  return { kind: 'sample', sample: { labels, value, at: figures[2] === undefined ? null : Number(figures[2]) } }
}

/** Reads from behind the opening brace to behind the closing one; -1 where the grammar is broken or a label stands twice. */
function readLabels(line: string, from: number, labels: Map<string, string>): number {
  let at = skipBlank(line, from)
  while (line[at] !== '}') {
    NAME.lastIndex = at
    const name = NAME.exec(line)?.[0]
    if (name === undefined || labels.has(name) || labels.size === MOST_LABELS) return -1
    at = skipBlank(line, at + name.length)
    if (line[at] !== '=') return -1
    at = skipBlank(line, at + 1)
    const end = endOfQuoted(line, at)
    if (end < 0) return -1
    labels.set(name, unescaped(line.slice(at + 1, end)))
    at = skipBlank(line, end + 1)
    if (line[at] === ',') at = skipBlank(line, at + 1)
    else if (line[at] !== '}') return -1
  }
  return at + 1
}

const NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y

/** Place of the closing quote of the text that opens at `at`; -1 without one. */
function endOfQuoted(line: string, at: number): number {
  if (line[at] !== '"') return -1
  for (let i = at + 1; i < line.length; i++) {
    if (line[i] === '"') return i
    if (line[i] === '\\') i++
  }
  return -1
}

/** A backslash before any other character stands for itself, as Prometheus reads it. */
const unescaped = (text: string): string =>
  text.includes('\\') ? text.replace(/\\([\\"n])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter)) : text

function numberOf(text: string): number | null {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (/^nan$/i.test(text)) return Number.NaN
  if (/^[+-]?inf(inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return null
}

function skipBlank(line: string, from: number): number {
  let at = from
  while (line[at] === ' ' || line[at] === '\t') at++
  return at
}
