import type { Millis } from '../../base/brand.ts'

/** Who comes back takes this share of its clients at once, %... */
const FIRST = 10
/** ...and all of them after this time. */
const WARM_MS = 5 * 60_000
const STEP = 5
/** Steps of many servers are taken together, not each at its own moment: every one is a plan of the fleet. */
const GRID_MS = 5_000

/** Share of its clients that a server or cluster takes at `now`, 10..95 %; undefined: all of them, it is warm. */
export function rampAt(warmingSince: Millis, now: Millis): number | undefined {
  const elapsed = Math.max(0, Math.floor(now / GRID_MS) * GRID_MS - warmingSince)
  const share = FIRST + ((100 - FIRST) * elapsed) / WARM_MS
  return share >= 100 ? undefined : Math.floor(share / STEP) * STEP
}

/** What is warming of `warmingSince`, for a verdict; nothing once it is warm. */
export function warming(since: Millis | undefined, now: Millis): { warmingSince?: Millis; ramp?: number } {
  const ramp = since === undefined ? undefined : rampAt(since, now)
  return since === undefined || ramp === undefined ? {} : { warmingSince: since, ramp }
}
