import type { Millis } from '../base/brand.ts'
import type { Measurement } from '../model/measurement.ts'
import type { DrainIntent, LoadSample, NodeReport } from '../model/signals.ts'
import { type HealthChange, MAX_VERDICT_OCTETS, readHealthChange } from './health-codec.ts'
import { CHANGE_KINDS, type ChangeKind, ROWS_PER_CHANGE, VERDICTS_PER_CHANGE } from './keys.ts'
import { isClusterId, MAX_ROW_OCTETS, type RowReader } from './row-codec.ts'
import {
  believable,
  isPosition,
  MAX_TEXT_OCTETS,
  packLoad,
  parseJson,
  readIntent,
  readLoad,
  readNode,
} from './signal-codec.ts'

/**
 * An entry of the change stream: fields `kind` and `data`.
 *
 *   created   ''                                        the stream was made
 *   rtt       row *( LF row )                           rows that were kept, as row-codec writes them
 *   load      cluster [ '/' server ] SP at SP value
 *   intent    cluster [ SP JSON ]                       without JSON: restored
 *   plan      token SP seq                              the plan itself is in its key: it can be large
 *   node      JSON
 *   health    what a monitor says, as health-codec writes it
 *   demand    Unix ms of the report of demand, 0: it was withdrawn; the report itself is in its key
 */
export type Change =
  | { readonly kind: 'created' }
  | { readonly kind: 'rtt'; readonly rows: readonly Measurement[] }
  | { readonly kind: 'load'; readonly sample: LoadSample }
  | { readonly kind: 'intent'; readonly cluster: string; readonly intent: DrainIntent | null }
  | { readonly kind: 'plan'; readonly token: number; readonly seq: number }
  | { readonly kind: 'node'; readonly report: NodeReport }
  | { readonly kind: 'health'; readonly health: HealthChange }
  | { readonly kind: 'demand' }

export interface RawChange {
  readonly id: string
  readonly kind: string
  readonly data: string
}

/** What an entry says, and how many of its parts could not be read. `change` null: nothing of it could. */
export interface ReadChange {
  readonly change: Change | null
  readonly skipped: number
}

const MAX_RTT_OCTETS = ROWS_PER_CHANGE * MAX_ROW_OCTETS
const MAX_HEALTH_OCTETS = (VERDICTS_PER_CHANGE + 1) * MAX_VERDICT_OCTETS

export const loadData = (sample: LoadSample): string =>
  `${sample.cluster}${sample.server === undefined ? '' : `/${sample.server}`} ${packLoad(sample)}`
export const intentData = (cluster: string, intent: DrainIntent | null): string =>
  intent === null ? cluster : `${cluster} ${JSON.stringify(intent)}`

/** The entries of a reply to XREAD on one stream; `id` is always one, the rest is text of unknown meaning. */
export function readEntries(reply: unknown): RawChange[] {
  if (!Array.isArray(reply)) return []
  const stream: unknown = reply[0]
  const entries: unknown = Array.isArray(stream) ? stream[1] : null
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry: unknown) => {
    if (!Array.isArray(entry) || !isPosition(entry[0])) return []
    const fields: unknown[] = Array.isArray(entry[1]) ? entry[1] : []
    return [{ id: entry[0], kind: fieldOf(fields, 'kind'), data: fieldOf(fields, 'data') }]
  })
}

export function readChange({ kind, data }: RawChange, reader: RowReader, now: Millis): ReadChange {
  if (!isChangeKind(kind) || data.length > mostOctets(kind)) return NOTHING
  if (kind === 'rtt') return readRows(data, reader, now)
  if (kind === 'health') return readVerdicts(data)
  const change = readSmall(kind, data, now)
  return change === null ? NOTHING : { change, skipped: 0 }
}

function mostOctets(kind: ChangeKind): number {
  return kind === 'rtt' ? MAX_RTT_OCTETS : kind === 'health' ? MAX_HEALTH_OCTETS : MAX_TEXT_OCTETS
}

function readVerdicts(data: string): ReadChange {
  const read = readHealthChange(data)
  return read === null ? NOTHING : { change: { kind: 'health', health: read.change }, skipped: read.skipped }
}

function readRows(data: string, reader: RowReader, now: Millis): ReadChange {
  const lines = data.split('\n')
  const rows: Measurement[] = []
  for (const line of lines) {
    const row = reader.read(line, now)
    if (row !== null) rows.push(row)
  }
  return { change: { kind: 'rtt', rows }, skipped: lines.length - rows.length }
}

function readSmall(kind: Exclude<ChangeKind, 'rtt' | 'health'>, data: string, now: Millis): Change | null {
  const space = data.indexOf(' ')
  const head = space < 0 ? data : data.slice(0, space)
  const tail = space < 0 ? '' : data.slice(space + 1)
  switch (kind) {
    case 'created':
    case 'demand':
      return { kind }
    case 'load': {
      const slash = head.indexOf('/')
      const name = slash < 0 ? { cluster: head } : { cluster: head.slice(0, slash), server: head.slice(slash + 1) }
      const sample = believable(readLoad(name, tail), ({ at }) => at, now)
      return sample === null ? null : { kind, sample }
    }
    case 'intent': {
      if (space < 0) return isClusterId(head) ? { kind, cluster: head, intent: null } : null
      const intent = believable(readIntent(parseJson(tail)), ({ since }) => since, now)
      return intent?.cluster === head ? { kind, cluster: head, intent } : null
    }
    case 'plan': {
      const [token, seq] = [Number(head), Number(tail)]
      return Number.isSafeInteger(token) && Number.isSafeInteger(seq) && tail !== '' ? { kind, token, seq } : null
    }
    case 'node': {
      const report = believable(readNode(parseJson(data)), ({ at }) => at, now)
      return report === null ? null : { kind, report }
    }
  }
}

const NOTHING: ReadChange = { change: null, skipped: 1 }

function isChangeKind(text: string): text is ChangeKind {
  return (CHANGE_KINDS as readonly string[]).includes(text)
}

function fieldOf(fields: readonly unknown[], name: string): string {
  for (let i = 0; i + 1 < fields.length; i += 2) if (fields[i] === name) return String(fields[i + 1])
  return ''
}
