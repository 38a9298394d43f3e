import type { Millis } from '../base/brand.ts'
import { AUDIT_KEPT, type AuditEntry } from '../model/audit.ts'
import type { DemandReport, DemandTable } from '../model/demand.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { Measurement } from '../model/measurement.ts'
import type { DrainIntent } from '../model/signals.ts'
import { demandId } from './demand-id.ts'
import { type JournalEntry, journalLine } from './journal-line.ts'
import { ROWS_PER_CHANGE } from './keys.ts'
import { MeasurementSet } from './measurement-set.ts'
import { packRow, RowReader } from './row-codec.ts'

/** The table of the survey in force, and that of the next, whose plan may not be written yet. */
const DEMANDS_KEPT = 2

/** What survives the process: the sum of the journal's entries. */
export class MemoryState {
  readonly rows = new MeasurementSet()
  readonly intents = new Map<string, DrainIntent>()
  plan: FleetPlan | null = null
  /** The greatest fencing token given so far. */
  token = 0
  /** Number of the last change of measurements. */
  change = 0
  /** By name of the nameserver. */
  readonly counted = new Map<string, DemandTable>()
  report: DemandReport | null = null
  /** The last AUDIT_KEPT, as they were written. */
  readonly audit: AuditEntry[] = []
  /** Packed demand tables by id, the latest last. */
  readonly demands = new Map<string, string>()
  readonly #reader = new RowReader()

  /** Takes up an entry read from the journal. Returns how many of its rows could not be read. */
  apply(entry: JournalEntry, now: Millis): number {
    switch (entry.kind) {
      case 'rows':
        this.change = Math.max(this.change, entry.change)
        return this.#applyRows(entry.rows, now)
      case 'intent':
        this.intents.set(entry.intent.cluster, entry.intent)
        return 0
      case 'restore':
        this.intents.delete(entry.cluster)
        return 0
      case 'plan':
        this.plan = entry.plan
        this.token = Math.max(this.token, entry.plan.token)
        return 0
      case 'counted':
        this.counted.set(entry.node, entry.table)
        return 0
      case 'report':
        this.report = entry.report
        return 0
      case 'demand':
        this.#keepDemand(entry.text)
        return 0
      case 'audit':
        this.audit.push(entry.entry)
        if (this.audit.length > AUDIT_KEPT) this.audit.shift()
        return 0
      case 'lease':
        this.token = Math.max(this.token, entry.token)
        return 0
    }
  }

  /** Greater than any before, also than that of a plan on disk that Redis fenced: a state folder may change its store. */
  nextToken(now: Millis): number {
    this.token = Math.max(this.token + 1, now)
    return this.token
  }

  /** The shortest journal that gives this state. */
  *lines(): Iterable<string> {
    yield journalLine({ kind: 'lease', token: this.token })
    for (const intent of this.intents.values()) yield journalLine({ kind: 'intent', intent })
    for (const entry of this.audit) yield journalLine({ kind: 'audit', entry })
    let batch: Measurement[] = []
    for (const row of this.rows.values()) {
      batch.push(row)
      if (batch.length < ROWS_PER_CHANGE) continue
      for (const entry of rowEntries(batch, this.change)) yield journalLine(entry)
      batch = []
    }
    // An empty one too: it carries the number of the last change.
    yield journalLine({ kind: 'rows', change: this.change, rows: batch.map(packRow) })
    for (const [node, table] of this.counted) yield journalLine({ kind: 'counted', node, table })
    if (this.report !== null) yield journalLine({ kind: 'report', report: this.report })
    for (const text of this.demands.values()) yield journalLine({ kind: 'demand', text })
    if (this.plan !== null) yield journalLine({ kind: 'plan', plan: this.plan })
  }

  #keepDemand(text: string): void {
    const id = demandId(text)
    this.demands.delete(id)
    this.demands.set(id, text)
    for (const old of this.demands.keys()) if (this.demands.size > DEMANDS_KEPT) this.demands.delete(old)
  }

  #applyRows(texts: readonly string[], now: Millis): number {
    let unread = 0
    for (const text of texts) {
      const row = this.#reader.read(text, now)
      if (row !== null) this.rows.put(row)
      else unread++
    }
    return unread
  }
}

/** Many short lines: a damaged one costs a hundred rows. */
export function rowEntries(rows: readonly Measurement[], change: number): JournalEntry[] {
  const entries: JournalEntry[] = []
  for (let i = 0; i < rows.length; i += ROWS_PER_CHANGE)
    entries.push({ kind: 'rows', change, rows: rows.slice(i, i + ROWS_PER_CHANGE).map(packRow) })
  return entries
}
