import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { turnCookieRing } from '../../src/control/cookie-ring.ts'
import type { CookieRing } from '../../src/model/fleet-plan.ts'

const MINUTE = 60_000
let made = 0
const fresh = () => String(++made).padStart(32, '0')

/** Every ring of the next `minutes`, one look a minute. */
function watch(ring: CookieRing, minutes: number): CookieRing[] {
  const seen = [ring]
  for (let minute = 1; minute <= minutes; minute++) {
    const now = millis(ring.since + minute * MINUTE)
    const next = turnCookieRing(seen.at(-1)!, now, fresh)
    if (next !== seen.at(-1)) seen.push(next)
  }
  return seen
}

describe('RFC 9018 section 5: secrets change in three stages', () => {
  const first = turnCookieRing(null, millis(1_000_000), fresh)

  it('begins with one secret', () => {
    expect(first).toEqual({ secrets: [expect.stringMatching(/^\d{32}$/)], active: 0, since: 1_000_000 })
  })

  it('adds the next, then makes cookies with it, then drops the old one', () => {
    const [start, added, switched, dropped] = watch(first, 24 * 60 + 10 + 120)
    const [old] = start!.secrets
    const next = added!.secrets[1]!
    expect(next).not.toBe(old)
    expect(added).toEqual({ secrets: [old, next], active: 0, since: first.since + 24 * 60 * MINUTE })
    expect(switched).toEqual({ secrets: [old, next], active: 1, since: added!.since + 10 * MINUTE })
    expect(dropped).toEqual({ secrets: [next], active: 0, since: switched!.since + 120 * MINUTE })
  })

  it('a cookie is accepted for the hour of its life, whichever stage comes meanwhile', () => {
    const rings = watch(first, 5 * 24 * 60)
    const at = (minute: number) => rings.findLast(ring => ring.since <= first.since + minute * MINUTE)!
    const refused: string[] = []
    for (let minute = 0; minute < 5 * 24 * 60 - 65; minute++) {
      const maker = at(minute).secrets[at(minute).active]!
      for (let later = minute; later <= minute + 65; later++)
        if (!at(later).secrets.includes(maker)) refused.push(`made in minute ${minute}, refused in minute ${later}`)
    }
    expect(refused).toEqual([])
    expect(rings.length).toBeGreaterThan(12)
  })

  it('a nameserver one stage behind accepts what the others make', () => {
    const rings = watch(first, 3 * 24 * 60)
    for (let i = 1; i < rings.length; i++) {
      const ahead = rings[i]!
      expect(rings[i - 1]!.secrets).toContain(ahead.secrets[ahead.active])
    }
  })

  it('after a long outage of all leaders it goes on one stage at a time', () => {
    const late = millis(first.since + 90 * 24 * 60 * MINUTE)
    const added = turnCookieRing(first, late, fresh)
    expect(added.secrets).toHaveLength(2)
    expect(turnCookieRing(added, late, fresh)).toBe(added)
  })
})
