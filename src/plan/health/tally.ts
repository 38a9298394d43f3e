import type { Family } from '../../base/ip.ts'
import { HEALTH_CAUSES, type HealthCause, type HealthVerdict } from '../../model/health.ts'

/** What one monitor holds of a server; undefined: it is unknown to it. */
export type Voice = (server: string, family: Family) => HealthVerdict | undefined

/** Monitors that are heard, by place: those of one place see the same network and have one voice together. */
export type Places = readonly (readonly Voice[])[]

/** Places that say so. One whose monitors are at odds says nothing. */
export interface Tally {
  readonly up: number
  readonly down: number
  /** What most of those who say down saw, the first of HEALTH_CAUSES among equals; null: none says so. */
  readonly cause: HealthCause | null
}

/** null: nobody has anything to say. */
export function tally(places: Places, server: string, family: Family): Tally | null {
  let [up, down] = [0, 0]
  let spoke = false
  const causes = new Map<HealthCause, number>()
  for (const voices of places) {
    let balance = 0
    for (const voice of voices) {
      const verdict = voice(server, family)
      if (verdict === undefined) continue
      spoke = true
      balance += verdict.up ? 1 : -1
      if (verdict.cause !== null) causes.set(verdict.cause, (causes.get(verdict.cause) ?? 0) + 1)
    }
    if (balance > 0) up++
    if (balance < 0) down++
  }
  return spoke ? { up, down, cause: down === 0 ? null : mostSeen(causes) } : null
}

function mostSeen(causes: ReadonlyMap<HealthCause, number>): HealthCause | null {
  let most: HealthCause | null = null
  for (const cause of HEALTH_CAUSES) {
    const count = causes.get(cause) ?? 0
    if (count > (most === null ? 0 : causes.get(most)!)) most = cause
  }
  return most
}

/**
 * Enough of those who were heard of within the last minutes are heard now: half of them. Of two monitors that stand beside the servers they check, one
 * often goes with its servers, and the other must be able to say so.
 */
export function hasQuorum(fresh: number, known: number): boolean {
  return fresh > 0 && 2 * fresh >= known
}
