import { type Millis, millis } from '../../base/brand.ts'
import type { ServerVerdict } from '../../model/verdict.ts'

/*
 * Flap damping as of RFC 2439: every fall costs, time forgives, and who has cost too much stays out for as long as it takes.
 */
const PER_FLAP = 1_000
const HALF_LIFE_MS = 10 * 60_000
/** Above it a server is held down, whatever its monitors say: the third fall within some minutes. */
export const HELD_ABOVE = 2_000
/** So that nobody is held for more than twenty minutes after its last fall. */
const MOST = 4 * HELD_ABOVE
/** Less is not worth remembering. */
const LEAST = 100

export type Penalty = NonNullable<ServerVerdict['penalty']>

export function penaltyAt(penalty: Penalty | undefined, now: Millis): number {
  if (penalty === undefined) return 0
  return Math.min(MOST, penalty.value) * 2 ** (-Math.max(0, now - penalty.at) / HALF_LIFE_MS)
}

/** undefined: it has faded. */
export function faded(penalty: Penalty | undefined, now: Millis): Penalty | undefined {
  return penaltyAt(penalty, now) < LEAST ? undefined : penalty
}

export function afterFall(penalty: Penalty | undefined, now: Millis): Penalty {
  return { value: Math.round(Math.min(MOST, penaltyAt(penalty, now) + PER_FLAP)), at: millis(now) }
}
