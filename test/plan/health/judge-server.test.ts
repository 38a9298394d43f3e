import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import { HEALTH_LIFETIME_MS } from '../../../src/model/health.ts'
import type { ServerVerdict } from '../../../src/model/verdict.ts'
import { judgeServer, shareOf } from '../../../src/plan/health/judge-server.ts'
import { penaltyAt } from '../../../src/plan/health/penalty.ts'
import type { Tally } from '../../../src/plan/health/tally.ts'

const NOW = 1_764_000_000_000
const MINUTE = 60_000
const UP: Tally = { up: 2, down: 1, cause: 'timeout' }
const DOWN: Tally = { up: 1, down: 2, cause: 'refused' }
const TIE: Tally = { up: 1, down: 1, cause: 'timeout' }

const at = (ms: number) => ({ now: millis(NOW + ms), evidence: millis(NOW + ms) })

/** The verdict after these, each said at its moment. */
function course(...said: readonly (readonly [ms: number, tally: Tally | null])[]): ServerVerdict | undefined {
  return said.reduce<ServerVerdict | undefined>((held, [ms, tally]) => judgeServer(held, tally, at(ms)), undefined)
}

describe('a server by what its monitors say', () => {
  it('is unknown before the first majority', () => {
    expect(course([0, null], [1, TIE])).toBeUndefined()
    expect(shareOf(undefined)).toBe(1)
  })

  it('is at once what the first majority says, without a slow start', () => {
    expect(course([0, UP])).toEqual({ up: true, since: NOW, cause: null, voices: [2, 3] })
    expect(course([0, DOWN])).toEqual({ up: false, since: NOW, cause: 'refused', voices: [2, 3] })
  })

  it('stays as it is in a tie, and keeps the moment since when', () => {
    expect(course([0, UP], [5, TIE], [9, UP])).toMatchObject({ up: true, since: NOW })
    expect(course([0, DOWN], [5, TIE])).toMatchObject({ up: false, since: NOW, cause: 'timeout' })
  })

  it('stands still while nobody speaks, and is dropped after five minutes of it, by the clock of evidence', () => {
    const silent = course([0, DOWN], [1_000, null], [2_000, null])
    expect(silent).toMatchObject({ up: false, since: NOW, silentSince: NOW + 1_000 })
    const late = { now: millis(NOW + 3_600_000), evidence: millis(NOW + 1_000 + HEALTH_LIFETIME_MS) }
    expect(judgeServer(silent, null, late)).toEqual(silent)
    expect(judgeServer(silent, null, { ...late, evidence: millis(late.evidence + 1) })).toBeUndefined()
    expect(judgeServer(silent, DOWN, late)).not.toHaveProperty('silentSince')
  })

  it('takes 10 % of its clients when it comes back, and all of them five minutes later', () => {
    const back = course([0, UP], [1_000, DOWN], [10_000, UP])
    expect(back).toMatchObject({ up: true, since: NOW + 10_000, ramp: 10, warmingSince: NOW + 10_000 })
    expect(shareOf(back)).toBe(0.1)
    expect(judgeServer(back, UP, at(10_000 + 2.5 * MINUTE))).toMatchObject({ ramp: 55 })
    const warm = judgeServer(back, UP, at(10_000 + 5 * MINUTE))
    expect(warm).not.toHaveProperty('ramp')
    expect(warm).not.toHaveProperty('warmingSince')
    expect(shareOf(warm)).toBe(1)
  })

  it('goes on in its slow start while nobody speaks', () => {
    const back = course([0, UP], [1_000, DOWN], [10_000, UP], [10_000 + 2.5 * MINUTE, null])
    expect(back).toMatchObject({ up: true, ramp: 55 })
  })

  it('begins its slow start anew when it falls during it', () => {
    expect(course([0, UP], [1, DOWN], [2, UP], [2 * MINUTE, DOWN], [3 * MINUTE, UP])).toMatchObject({
      ramp: 10,
      warmingSince: NOW + 3 * MINUTE,
    })
  })
})

describe('flapping', () => {
  it('costs 1000 for every fall, and halves in ten minutes', () => {
    const once = course([0, UP], [1, DOWN])
    expect(once?.penalty).toEqual({ value: 1_000, at: NOW + 1 })
    expect(course([0, UP], [1, DOWN], [2, UP], [10 * MINUTE + 1, DOWN])?.penalty?.value).toBe(1_500)
  })

  it('holds a server down from the third fall within some minutes, until the penalty is 2000', () => {
    const twice = course([0, UP], [1, DOWN], [2, UP], [3, DOWN], [4, UP])
    expect(twice).toMatchObject({ up: true })
    const thrice = [DOWN, UP, DOWN, UP, DOWN, UP].reduce<ServerVerdict | undefined>(
      (held, tally, i) => judgeServer(held, tally, at(i * 1_000)),
      course([-1, UP]),
    )
    expect(thrice).toMatchObject({ up: false, cause: 'flapping' })
    // 3000 is 2000 after ten minutes times the binary logarithm of 1.5.
    const free = 4_000 + 10 * MINUTE * Math.log2(1.5)
    expect(judgeServer(thrice, UP, at(free - 20_000))).toMatchObject({ up: false, cause: 'flapping' })
    expect(judgeServer(thrice, UP, at(free + 20_000))).toMatchObject({ up: true, ramp: 10 })
  })

  it('a fall while it is held costs as well', () => {
    const flaps = (count: number) =>
      Array.from({ length: 2 * count }, (_, i) => [i, i % 2 === 0 ? DOWN : UP] as const).reduce<
        ServerVerdict | undefined
      >((held, [i, tally]) => judgeServer(held, tally, at(i)), course([-1, UP]))
    expect(flaps(5)?.penalty?.value).toBeGreaterThan(4_900)
    expect(flaps(50)?.penalty?.value).toBeLessThanOrEqual(8_000)
    // Nor for longer where a plan says more.
    expect(penaltyAt({ value: 1e6, at: millis(NOW) }, millis(NOW))).toBe(8_000)
  })

  it('is forgotten in the end', () => {
    expect(course([0, UP], [1, DOWN], [2, UP], [40 * MINUTE, UP])).not.toHaveProperty('penalty')
  })
})

describe('a verdict, whatever is said when', () => {
  const tallies = fc.constantFrom<Tally | null>(UP, DOWN, TIE, null)
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 * MINUTE }), tallies), { maxLength: 40 })

  it('never turns against what the majority says, and never jumps into its slow start', () => {
    fc.assert(
      fc.property(steps, said => {
        let held: ServerVerdict | undefined
        let now = 0
        for (const [pause, tally] of said) {
          now += pause
          const next = judgeServer(held, tally, at(now))
          if (next?.up === true && tally !== null) expect(tally).not.toBe(DOWN)
          if (held !== undefined && next !== undefined && held.up !== next.up) {
            expect(tally).not.toBeNull()
            expect(tally).not.toBe(next.up ? DOWN : UP)
            if (next.up) expect(next.ramp).toBe(10)
          }
          if (held?.ramp !== undefined && next?.up === true) expect(shareOf(next)).toBeGreaterThanOrEqual(shareOf(held))
          held = next
        }
      }),
      { seed: 20251121, numRuns: 500 },
    )
  })

  it('is the same however often it is judged in between: the plan alone remembers', () => {
    fc.assert(
      fc.property(steps, said => {
        let [once, twice]: (ServerVerdict | undefined)[] = []
        let now = 0
        for (const [pause, tally] of said) {
          now += pause
          once = judgeServer(once, tally, at(now))
          twice = judgeServer(judgeServer(twice, tally, at(now)), tally, at(now))
          twice = twice === undefined ? undefined : (JSON.parse(JSON.stringify(twice)) as ServerVerdict)
          expect(twice).toEqual(once)
        }
      }),
      { seed: 20251122, numRuns: 500 },
    )
  })
})
