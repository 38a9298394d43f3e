import type { Status } from '../model/status.ts'
import { json, type Reply } from './reply.ts'

/** The process runs and its main loop turns; nothing more. A supervisor restarts what fails this. */
export const livez = (): Reply => json({ live: true })

/**
 * 200 whenever a usable map is served, from disk or with broken zones too: a fleet gated on this must not vanish for one bad zone.
 * 503 only in start-up and drain.
 */
export function readyz(status: Status): Reply {
  const ready = status.phase === 'serving'
  const brokenZones = status.zones
    .filter(zone => zone.error !== null)
    .map(({ origin, file, error }) => ({ zone: origin, file, error }))
  const { generation, from } = status.snapshot
  return json({ ready, phase: status.phase, generation, from, brokenZones, alarms: status.alarms }, ready ? 200 : 503)
}
