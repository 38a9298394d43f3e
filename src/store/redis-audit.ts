import type { Millis } from '../base/brand.ts'
import { AUDIT_KEPT, type AuditEntry } from '../model/audit.ts'
import { newestEntries } from './audit-order.ts'
import { AUDIT } from './keys.ts'
import type { RedisClient } from './redis-client.ts'
import type { ScanDeps } from './redis-scan.ts'
import { parseJson, readAuditEntry } from './signal-codec.ts'

/** Every text of an entry is cut to AUDIT_TEXT characters before it comes here. */
const MAX_ENTRY_OCTETS = 8 * 1024

export async function putAudit(client: RedisClient, entry: AuditEntry): Promise<void> {
  await client.script('putAudit', [AUDIT], [AUDIT_KEPT, JSON.stringify(entry)])
}

export async function readAudit({ client, skipped }: ScanDeps, since: Millis, most: number): Promise<AuditEntry[]> {
  const reply = await client.script('readAudit', [AUDIT], [AUDIT_KEPT, MAX_ENTRY_OCTETS])
  const [left, ...texts] = Array.isArray(reply) ? (reply as unknown[]) : [-1]
  if (left !== 0) skipped.add(AUDIT, 'it is no stream, or entries are far too large')
  const entries = texts.flatMap(text => readAuditEntry(parseJson(String(text))) ?? [])
  skipped.add(AUDIT, 'entries that cannot be read', texts.length - entries.length)
  return newestEntries(entries, since, most)
}
