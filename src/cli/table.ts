import { stripVTControlCharacters } from 'node:util'

export interface Column {
  readonly title: string
  /** Numbers stand right. */
  readonly right?: boolean
}

/** Rows under titles, two blanks between columns, no blanks at the ends of lines. Colours in cells do not count as width. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[], indent = ''): string {
  const width = (text: string): number => stripVTControlCharacters(text).length
  const widths = columns.map(({ title }, i) => Math.max(width(title), ...rows.map(row => width(row[i] ?? ''))))
  const line = (cells: readonly string[]): string => {
    const padded = columns.map(({ right }, i) => {
      const cell = cells[i] ?? ''
      const blanks = ' '.repeat(widths[i]! - width(cell))
      return right === true ? blanks + cell : cell + blanks
    })
    return `${indent}${padded.join('  ')}`.trimEnd()
  }
  return `${[columns.map(({ title }) => title), ...rows].map(line).join('\n')}\n`
}

/** `label   value` lines; empty values are left out. */
export function formatFacts(facts: readonly (readonly [label: string, value: string | null | undefined])[]): string {
  const shown = facts.filter(([, value]) => value !== null && value !== undefined && value !== '')
  const width = Math.max(...shown.map(([label]) => label.length))
  return shown.map(([label, value]) => `${label.padEnd(width)}  ${value}\n`).join('')
}

/** `40 s`, `3 min`, `2.5 h`, `4 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** `2025-06-02 12:00:00`, UTC. */
export const formatMoment = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

/** `40 Gbps`, `50 krps`: three digits that matter. */
export function formatLoad(value: number, unit: string): string {
  const scale = ['', 'K', 'M', 'G', 'T']
  const step = value < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3))
  return `${Number((value / 1000 ** step).toPrecision(3))} ${scale[step]}${unit}`
}

/** `1,234,567`. */
export const formatCount = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')

/** `1 row`, `2,500 rows`. */
export const plural = (count: number, what: string): string => `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`

/** Letters that could move a terminal's cursor become `?`: the text came from outside. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?')
