import type { Problem } from '../base/problem.ts'
import { COUNTRY_CODES } from '../model/country.ts'
import type { CountryPairRtt, MeshRtt } from '../model/estimates.ts'
import { didYouMean } from './nearest.ts'
import { show, visible } from './option.ts'

/** RTTs above this are no round trips. */
const MOST_MS = 60_000
/** More than this many wrong lines are counted, not listed. */
const MAX_PROBLEMS = 1000

export interface RttFile<T> {
  /** The lines that are right. */
  readonly rows: readonly T[]
  readonly problems: readonly Problem[]
}

/** `from,to,rtt_ms` of cluster ids. Lines that are wrong are named, all of them, and left out. */
export function parseMesh(text: string, file: string, clusterIds: readonly string[]): RttFile<MeshRtt> {
  const known = new Set(clusterIds)
  const cluster = (id: string): string | null =>
    known.has(id)
      ? null
      : `${show(id)} is not a cluster${didYouMean(id, clusterIds)}; clusters: ${clusterIds.join(', ') || 'none'}`
  return readCsv(text, file, ['from', 'to'], cluster, (from, to, rttMs) =>
    from === to ? `${show(to)} is the cluster that measured; an RTT to itself says nothing` : { from, to, rttMs },
  )
}

/** `client_country,cluster_country,rtt_ms` of ISO 3166-1 codes. Lines that are wrong are named, all of them, and left out. */
export function parseCountryPairs(text: string, file: string): RttFile<CountryPairRtt> {
  const country = (code: string): string | null =>
    COUNTRY_CODES.has(code) ? null : `${show(code)} is not a country; two capital letters of ISO 3166-1, such as KR`
  return readCsv(text, file, ['client_country', 'cluster_country'], country, (client, cluster, rttMs) => ({
    client,
    cluster,
    rttMs,
  }))
}

interface Field {
  readonly value: string
  /** 1-based. */
  readonly column: number
}

/**
 * Reads a CSV file of three columns; its first line names them. Blank lines and lines that begin with # count for nothing. `faultOf` says what is wrong
 * with one of the first two fields; `make` makes the row, or says what is wrong with the second field beside the first.
 */
function readCsv<T extends object>(
  text: string,
  file: string,
  names: readonly [string, string],
  faultOf: (value: string) => string | null,
  make: (first: string, second: string, rttMs: number) => T | string,
): RttFile<T> {
  const columns = [...names, 'rtt_ms']
  const rows: T[] = []
  const problems: Problem[] = []
  const seen = new Map<string, number>()
  let wrong = 0
  const tell = (line: number, column: number, message: string): void => {
    if (++wrong <= MAX_PROBLEMS) problems.push({ severity: 'error', file, line, column, message: visible(message) })
  }
  let headed = false
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    if (raw.trim() === '' || raw.startsWith('#')) continue
    const fields = fieldsOf(raw)
    if (!headed) {
      headed = true
      if (fields.map(({ value }) => value).join() === columns.join()) continue
      tell(i + 1, 1, `${show(raw)} is not the header; the first line must be ${columns.join(',')}`)
      break
    }
    const [first, second, rtt] = fields
    if (first === undefined || second === undefined || rtt === undefined || fields.length > columns.length) {
      tell(i + 1, 1, `has ${fields.length} fields; ${columns.join(',')}`)
      continue
    }
    const faults = [first, second].map((field, k) => ({ field, name: names[k]!, fault: faultOf(field.value) }))
    const rttMs = /^\d{1,9}(\.\d{1,9})?$/.test(rtt.value) ? Number(rtt.value) : Number.NaN
    const fault =
      rttMs > 0 && rttMs <= MOST_MS ? null : `${show(rtt.value)} is not milliseconds above 0 and up to ${MOST_MS}`
    const found = [...faults, { field: rtt, name: 'rtt_ms', fault }].filter(one => one.fault !== null)
    for (const one of found) tell(i + 1, one.field.column, `${one.name}: ${one.fault}`)
    if (found.length > 0) continue
    const row = make(first.value, second.value, rttMs)
    const earlier = seen.get(`${first.value},${second.value}`)
    if (typeof row === 'string') tell(i + 1, second.column, `${names[1]}: ${row}`)
    else if (earlier !== undefined) tell(i + 1, 1, `the same pair as in line ${earlier}`)
    else rows.push(row)
    seen.set(`${first.value},${second.value}`, earlier ?? i + 1)
  }
  if (!headed) tell(1, 1, `is empty; the first line must be ${columns.join(',')}`)
  if (wrong > MAX_PROBLEMS)
    problems.push({ severity: 'error', file, line: 0, column: 0, message: `and ${wrong - MAX_PROBLEMS} more problems` })
  return { rows, problems }
}

function fieldsOf(line: string): Field[] {
  let at = 1
  return line.split(',').map(raw => {
    const column = at + raw.length - raw.trimStart().length
    at += raw.length + 1
    return { value: raw.trim(), column }
  })
}
