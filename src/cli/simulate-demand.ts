import { parseAddress } from '../base/ip.ts'
import {
  comparePrefix,
  containsPrefix,
  formatPrefix,
  LEAF_LENGTH,
  type Prefix,
  parsePrefix,
  prefixOf,
} from '../base/prefix.ts'
import { didYouMean } from '../config/nearest.ts'
import type { Service } from '../model/service.ts'
import { openReplay, type Replay } from './replay.ts'
import { type Complaints, decimal, type Header, MOST_ROWS, quote, readTable } from './simulate-table.ts'
import { textLines } from './text-lines.ts'

/** Units that demand may be given in: those of capacities, and queries per second. */
export const DEMAND_UNITS = ['bps', 'rps', 'conns', 'qps'] as const
export type DemandUnit = (typeof DEMAND_UNITS)[number]

/** One row, with the line it came from. */
export interface DemandRow {
  readonly line: number
  readonly prefix: Prefix
  /** Number of the service. */
  readonly service: number
  readonly amount: number
}

export interface Demand {
  readonly unit: DemandUnit
  readonly rows: readonly DemandRow[]
}

const HEADER: Header = {
  required: ['prefix'],
  oneOf: DEMAND_UNITS,
  optional: ['service'],
  legal: 'the header names prefix, one of bps, rps, conns, qps, and service if wanted, in any order',
}

/** Reads demand per prefix. `fallback`: number of the service that rows without one are for. null: nothing usable, and complaints say why. */
export async function readDemand(
  file: string,
  services: readonly Service[],
  fallback: number,
  complaints: Complaints,
): Promise<Demand | null> {
  const table = await readTable(file, (await openReplay(file)).open(), HEADER, complaints)
  if (table === null) return null
  const unit = DEMAND_UNITS.find(name => table.columns.has(name))!
  const ids = services.map(({ id }) => id)
  const rows = table.rows.flatMap((row): DemandRow[] => {
    const prefix = readPrefix(row.field('prefix'))
    const amount = decimal(row.field(unit))
    const named = row.field('service')
    const service = named === '' ? fallback : ids.indexOf(named)
    const faults = [
      typeof prefix === 'string' ? `prefix: ${prefix}` : null,
      amount >= 0 ? null : `${unit}: ${quote(row.field(unit))} is not a number from 0 on`,
      service < 0 ? `service: ${quote(named)} is not a service of the configuration${didYouMean(named, ids)}` : null,
    ].filter(fault => fault !== null)
    if (typeof prefix !== 'string' && faults.length === 0) return [{ line: row.line, prefix, service, amount }]
    complaints.at(file, row.line, faults.join('; '))
    return []
  })
  complainOfOverlaps(file, rows, complaints)
  if (table.rows.length === 0) complaints.at(file, 1, 'has a header and no rows: demand for nobody')
  else if (rows.length > 0 && rows.every(({ amount }) => amount === 0))
    complaints.at(file, 0, `every ${unit} is 0: demand for nobody`)
  return { unit, rows }
}

/** A client prefix; what is wrong with it as text. */
export function readPrefix(text: string): Prefix | string {
  const prefix = parsePrefix(text)
  if (prefix === null)
    return `${quote(text)} is not a prefix such as 203.0.113.0/24 or 2001:db8::/32, no bits set past its length`
  const leaf = LEAF_LENGTH[prefix.family]
  return prefix.length > leaf ? `${quote(text)} is longer than /${leaf}; demand is told apart by /24 and /56` : prefix
}

/** Of one service, no two rows may speak of the same clients. */
function complainOfOverlaps(file: string, rows: readonly DemandRow[], complaints: Complaints): void {
  const sorted = [...rows].sort((a, b) => a.service - b.service || comparePrefix(a.prefix, b.prefix) || a.line - b.line)
  let around: DemandRow | null = null
  for (const row of sorted) {
    if (around !== null && around.service === row.service && containsPrefix(around.prefix, row.prefix)) {
      const [first, second] = around.line < row.line ? [around, row] : [row, around]
      complaints.at(
        file,
        second.line,
        `${formatPrefix(second.prefix)} overlaps ${formatPrefix(first.prefix)} of line ${first.line}; each client may be in one row of a service`,
      )
    } else around = row
  }
}

const LOG_LEGAL =
  'legal: JSON lines {"time": "2025-06-02T12:00:00Z", "client": "203.0.113.7"} or CSV with the header time,client; name may be there too'

/** A query in a log. */
interface Query {
  readonly at: number
  readonly prefix: Prefix
  readonly service: number
}

/** Reads a query log: queries per second of every leaf over the time that the log spans. Names that are no service's are left out and counted. */
export async function readQueryLog(
  file: string,
  services: readonly Service[],
  fallback: number,
  complaints: Complaints,
): Promise<(Demand & { readonly skipped: number }) | null> {
  const byName = new Map(
    services.flatMap(({ cdnName, hostnames }, i) => [cdnName, ...hostnames].map(name => [name, i])),
  )
  const leaves = new Map<string, DemandRow & { count: number }>()
  let tooMany: number | null = null
  let [first, last, skipped, queries] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  const take = (line: number, time: string, client: string, name: string): void => {
    const query = readQuery(time, client, name, byName, fallback)
    if (typeof query === 'string') complaints.at(file, line, query)
    else if (query === null) skipped++
    else {
      queries++
      first = Math.min(first, query.at)
      last = Math.max(last, query.at)
      const key = `${query.service} ${formatPrefix(query.prefix)}`
      const leaf = leaves.get(key) ?? { line, ...query, amount: 0, count: 0 }
      leaf.count++
      if (leaf.count > 1 || leaves.size < MOST_ROWS) leaves.set(key, leaf)
      else tooMany ??= line
    }
  }
  const complete = await eachLine(file, take, complaints)
  if (tooMany !== null)
    complaints.at(
      file,
      tooMany,
      `names one more block of clients than can be played; at most ${MOST_ROWS.toLocaleString('en')}`,
    )
  if (!complete || tooMany !== null) return null
  if (queries === 0) {
    complaints.at(file, 1, skipped > 0 ? `no name of its ${skipped} queries is a service's` : `is empty; ${LOG_LEGAL}`)
    return null
  }
  const seconds = Math.max(1, (last - first) / 1000)
  const rows = [...leaves.values()].map(({ count, ...row }) => ({ ...row, amount: count / seconds }))
  return { unit: 'qps', rows, skipped }
}

/** A longer line of JSON is none of a query log. */
const MAX_JSON_LINE = 65_536

async function eachLine(
  file: string,
  take: (line: number, time: string, client: string, name: string) => void,
  complaints: Complaints,
): Promise<boolean> {
  const source = await openReplay(file)
  if (!(await isJson(source))) {
    const header: Header = { required: ['time', 'client'], oneOf: [], optional: ['name'], legal: LOG_LEGAL }
    const table = await readTable(file, source.open(), header, complaints)
    for (const row of table?.rows ?? []) take(row.line, row.field('time'), row.field('client'), row.field('name'))
    return table !== null
  }
  for await (const each of textLines(source.open(), MAX_JSON_LINE)) {
    const text = 'fault' in each ? '' : each.text
    if ('fault' in each) complaints.at(file, each.line, each.fault)
    if (text.trim() === '') continue
    const entry = parseEntry(text)
    if (entry === null) complaints.at(file, each.line, `is not a line of a query log; ${LOG_LEGAL}`)
    else take(each.line, entry.time, entry.client, entry.name)
  }
  return true
}

async function isJson(source: Replay): Promise<boolean> {
  for await (const each of textLines(source.open(), MAX_JSON_LINE))
    if ('fault' in each || each.text.trim() !== '') return 'text' in each && /^\s*\{/.test(each.text)
  return false
}

function parseEntry(text: string): { time: string; client: string; name: string } | null {
  try {
    const { time, client, name = '' } = JSON.parse(text) as Record<string, unknown>
    const known = (typeof time === 'string' || typeof time === 'number') && typeof client === 'string'
    return known && typeof name === 'string' ? { time: String(time), client, name } : null
  } catch {
    return null
  }
}

const ISO = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)$/
/** Numbers below are Unix seconds, from it on milliseconds. */
const SECONDS_BELOW = 1e11

/** null: of no service; text: what is wrong. */
function readQuery(
  time: string,
  client: string,
  name: string,
  byName: ReadonlyMap<string, number>,
  fallback: number,
): Query | string | null {
  const number = decimal(time)
  const at = ISO.test(time) ? Date.parse(time.replace(' ', 'T')) : number < SECONDS_BELOW ? number * 1000 : number
  const address = parseAddress(client)
  const faults = [
    at >= 0 ? null : `time: ${quote(time)} is not a time such as 2025-06-02T12:00:00Z, or Unix seconds or milliseconds`,
    address === null ? `client: ${quote(client)} is not an address` : null,
  ].filter(fault => fault !== null)
  if (address === null || faults.length > 0) return faults.join('; ')
  const service = name === '' ? fallback : byName.get(`${name.toLowerCase().replace(/\.$/, '')}.`)
  if (service === undefined) return null
  return { at, prefix: prefixOf(address, LEAF_LENGTH[address.length === 4 ? 4 : 6]), service }
}
