import type { Millis } from '../base/brand.ts'
import type { CookieRing } from '../model/fleet-plan.ts'

const MINUTE_MS = 60_000
/** A secret makes cookies for a day: well below the 36 days of RFC 7873 section 7.1. */
const STEADY_MS = 24 * 60 * MINUTE_MS
/** In this time every nameserver has heard of the new secret, those that just start and those that lost the store for a while too. */
const SPREAD_MS = 10 * MINUTE_MS
/** The last cookie of the old secret is good for an hour, and clocks may differ by 5 minutes (RFC 9018 section 4.3). */
const FADE_MS = 2 * 60 * MINUTE_MS

/**
 * The next stage of the rotation (RFC 9018 section 5) where one is due, else the ring itself. `fresh` makes a secret, 32 hexadecimal digits.
 *
 *   [A] --a day--> [A* B] --10 min--> [A B*] --2 h--> [B]        * makes the cookies; all are accepted
 */
export function turnCookieRing(ring: CookieRing | null, now: Millis, fresh: () => string): CookieRing {
  if (ring === null) return { secrets: [fresh()], active: 0, since: now }
  const { secrets, active, since } = ring
  const age = now - since
  if (secrets.length === 1) return age < STEADY_MS ? ring : { secrets: [secrets[0]!, fresh()], active: 0, since: now }
  if (active === 0) return age < SPREAD_MS ? ring : { secrets, active: 1, since: now }
  return age < FADE_MS ? ring : { secrets: [secrets[active]!], active: 0, since: now }
}
