import type { Millis } from '../base/brand.ts'
import type { DrainIntent } from './signals.ts'

/** What somebody wants of a cluster; the rest of the intent follows from what is in force. */
export type DrainWish = Omit<DrainIntent, 'since' | 'from'>

/** That it shall serve all its clients again. */
export type RestoreWish = Pick<DrainIntent, 'cluster' | 'by' | 'rampMs'>

/** Where nobody says otherwise: long enough for the caches and the load control of the neighbours to follow. */
export const DRAIN_RAMP_MS = 120_000
export const LONGEST_RAMP_MS = 24 * 3600_000

/** A ramp has so many equal steps, fewer where they would be shorter than a second: every step is a plan for the whole fleet. */
const STEPS = 20
const SHORTEST_STEP_MS = 1_000

/**
 * The share of its client blocks, 0..100 percent, that the intent turns away at `now`. The first step of a ramp is taken at once.
 *
 *   percent            .---------------.
 *                   .--'               '--.
 *   from    --------'                     '--------  0
 *                   since   +ramp     until   +ramp
 */
export function drainShare(intent: DrainIntent, now: Millis): number {
  const { until, rampMs = 0 } = intent
  if (until === undefined || now < until) return rounded(risen(intent, now))
  return rounded(risen(intent, until) * (1 - progress(now - until, rampMs)))
}

/** True when it turns nobody away any more and never will again. */
export function isOver(intent: DrainIntent, now: Millis): boolean {
  const isEnding = intent.percent === 0 || (intent.until !== undefined && now >= intent.until)
  return isEnding && drainShare(intent, now) === 0
}

/** True when it takes the cluster out for all clients, now or at the end of its ramp. */
export function takesOut({ percent, until }: DrainIntent, now: Millis): boolean {
  return percent >= 100 && (until === undefined || now < until)
}

function risen({ from = 0, percent, since, rampMs = 0 }: DrainIntent, now: Millis): number {
  return from + (percent - from) * progress(now - since, rampMs)
}

/** 0..1, in steps. */
function progress(elapsedMs: number, rampMs: number): number {
  if (rampMs <= 0) return 1
  const steps = Math.max(1, Math.min(STEPS, Math.floor(rampMs / SHORTEST_STEP_MS)))
  const taken = Math.floor((elapsedMs * steps) / rampMs) + 1
  return Math.max(0, Math.min(1, taken / steps))
}

const rounded = (percent: number): number => Math.round(percent * 100) / 100
