import { crc32 } from 'node:zlib'
import type { AuditEntry } from '../model/audit.ts'
import type { DemandReport, DemandTable } from '../model/demand.ts'
import { packReport, packTable, readReport, readTable } from '../model/demand-text.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { DrainIntent } from '../model/signals.ts'
import { parseJson, readAuditEntry, readIntent, readPlan } from './signal-codec.ts'

/** One line of the journal. Applied in order they give the state. */
export type JournalEntry =
  /** Rows as `row-codec` writes them; `change` numbers the change log. */
  | { readonly kind: 'rows'; readonly change: number; readonly rows: readonly string[] }
  | { readonly kind: 'intent'; readonly intent: DrainIntent }
  | { readonly kind: 'restore'; readonly cluster: string }
  | { readonly kind: 'plan'; readonly plan: FleetPlan }
  /** What a nameserver has counted. */
  | { readonly kind: 'counted'; readonly node: string; readonly table: DemandTable }
  /** null: withdrawn. */
  | { readonly kind: 'report'; readonly report: DemandReport | null }
  /** A table that is kept, as it was packed. */
  | { readonly kind: 'demand'; readonly text: string }
  | { readonly kind: 'audit'; readonly entry: AuditEntry }
  /** The greatest fencing token given so far. */
  | { readonly kind: 'lease'; readonly token: number }

const HEAD = '{"sum":"'
const SUM_END = HEAD.length + 8

/** `{"sum":"<CRC-32 of what follows the comma>","kind":...}` and a newline: JSON lines in which a flipped digit shows too. */
export function journalLine(entry: JournalEntry): string {
  const rest = JSON.stringify(packed(entry)).slice(1)
  return `${HEAD}${checksum(rest)}",${rest}\n`
}

/** Demand goes as text (model/demand-text), which is a tenth of its JSON. */
function packed(entry: JournalEntry): unknown {
  if (entry.kind === 'counted') return { ...entry, table: packTable(entry.table) }
  if (entry.kind === 'report') return { ...entry, report: entry.report === null ? null : packReport(entry.report) }
  return entry
}

/** null when the line (without its newline) is torn, garbled or of a kind this program does not know. */
export function readJournalLine(line: string): JournalEntry | null {
  if (!line.startsWith(HEAD) || !line.startsWith('",', SUM_END)) return null
  const rest = line.slice(SUM_END + 2)
  if (checksum(rest) !== line.slice(HEAD.length, SUM_END)) return null
  return readEntry(parseJson(`{${rest}`))
}

function readEntry(value: unknown): JournalEntry | null {
  if (typeof value !== 'object' || value === null) return null
  const entry = value as Readonly<Record<string, unknown>>
  switch (entry.kind) {
    case 'rows': {
      const { change, rows } = entry
      if (!isCount(change) || !Array.isArray(rows)) return null
      return { kind: 'rows', change, rows: rows.filter(row => typeof row === 'string') }
    }
    case 'intent': {
      const intent = readIntent(entry.intent)
      return intent === null ? null : { kind: 'intent', intent }
    }
    case 'restore':
      return typeof entry.cluster === 'string' ? { kind: 'restore', cluster: entry.cluster } : null
    case 'audit': {
      const audited = readAuditEntry(entry.entry)
      return audited === null ? null : { kind: 'audit', entry: audited }
    }
    case 'plan': {
      const plan = readPlan(entry.plan)
      return plan === null ? null : { kind: 'plan', plan }
    }
    case 'counted': {
      const table = typeof entry.table === 'string' ? readTable(entry.table) : null
      return table === null || typeof entry.node !== 'string' ? null : { kind: 'counted', node: entry.node, table }
    }
    case 'report': {
      if (entry.report === null) return { kind: 'report', report: null }
      const report = typeof entry.report === 'string' ? readReport(entry.report) : null
      return report === null ? null : { kind: 'report', report }
    }
    case 'demand':
      return typeof entry.text === 'string' ? { kind: 'demand', text: entry.text } : null
    case 'lease':
      return isCount(entry.token) ? { kind: 'lease', token: entry.token } : null
    default:
      return null
  }
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0')
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
