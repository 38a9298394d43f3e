import { millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import type { ControlPort } from '../control/port.ts'
import { AUDIT_KEPT } from '../model/audit.ts'
import { DURATION_LEGAL, parseDuration } from './duration.ts'
import { Failure } from './failure.ts'
import { demandQuery } from './fields.ts'
import { json, type Reply } from './reply.ts'

/** How many entries are shown where nobody says. */
export const AUDIT_SHOWN = 100

/** `?since=<duration>&limit=<n>`: the newest `limit` entries not older than that, the oldest first. */
export async function getAudit(port: ControlPort, clock: Clock, query: URLSearchParams): Promise<Reply> {
  const { since, limit } = demandQuery(query, ['since', 'limit'])
  const age = since === undefined ? null : parseDuration(since)
  if (since !== undefined && age === null)
    throw new Failure('bad-request', `since: ${quoted(since)} is not ${DURATION_LEGAL}`)
  const most = limit === undefined ? AUDIT_SHOWN : parseLimit(limit)
  if (most === null)
    throw new Failure('bad-request', `limit: ${quoted(limit ?? '')} is not a whole number from 1 to ${AUDIT_KEPT}`)
  return json({ audit: await port.audit(millis(age === null ? 0 : Math.max(0, clock.now() - age)), most) })
}

/** null when it is none. */
export function parseLimit(text: string): number | null {
  const value = Number(text)
  return /^\d{1,5}$/.test(text) && value >= 1 && value <= AUDIT_KEPT ? value : null
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 40))
