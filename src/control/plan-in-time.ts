import { type Millis, millis } from '../base/brand.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'

/** Clocks of nameservers may differ by so much, and nothing is to be mended. */
const CLOCKS_DIFFER_MS = 60_000
/** Moments that decide when something is done next, or how long it lasts. */
const MOMENTS: ReadonlySet<string> = new Set(['at', 'asOf', 'since', 'lostSince', 'warmingSince', 'silentSince'])
/** What an operator wants has times of its own; the level planner bounds its own. */
const LEFT_ALONE: ReadonlySet<string> = new Set(['drain', 'levelState', 'held', 'alarms'])

/**
 * The plan that a leader goes on from: no moment in it lies ahead of its clock. A leader before it whose clock was wrong, or whoever wrote to Redis, may have
 * put some there, and penalties, slow starts, surveys and the allocation would stand still until then. Nameservers that only follow take the plan as it is: of
 * its times nothing depends on theirs, and as likely it is their own clock that is late. The plan itself where nothing is ahead.
 */
export function planInTime(plan: FleetPlan, now: Millis): FleetPlan {
  return bounded(plan, now + CLOCKS_DIFFER_MS, now)
}

/** Moments after `latest` become `now`. */
function bounded<T extends object>(value: T, latest: number, now: Millis): T {
  let mended: Record<string, unknown> | undefined
  for (const [key, held] of Object.entries(value) as [string, unknown][]) {
    const good = boundedField(key, held, latest, now)
    if (good === held) continue
    mended ??= { ...value } as Record<string, unknown>
    mended[key] = good
  }
  return (mended as T | undefined) ?? value
}

function boundedField(key: string, held: unknown, latest: number, now: Millis): unknown {
  if (typeof held === 'number') return MOMENTS.has(key) && held > latest ? millis(now) : held
  if (typeof held !== 'object' || held === null || Array.isArray(held) || LEFT_ALONE.has(key)) return held
  return bounded(held, latest, now)
}
