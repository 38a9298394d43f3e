import type { Millis } from '../base/brand.ts'
import type { AuditEntry } from '../model/audit.ts'

/** The newest `most` of those at or after `since`, in the order of their time: one that waited for the store to come back is written late. */
export function newestEntries(entries: readonly AuditEntry[], since: Millis, most: number): AuditEntry[] {
  const young = entries.filter(entry => entry.at >= since).sort((a, b) => a.at - b.at)
  return most > 0 ? young.slice(-most) : []
}
