import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import { HEALTH_CAUSES, type HealthCause } from '../../../src/model/health.ts'
import { hasQuorum, type Places, tally, type Voice } from '../../../src/plan/health/tally.ts'

/** A monitor that says this of every server; undefined: it does not know it. */
const monitor = (says: 'up' | HealthCause | undefined): Voice => {
  return (server, family) =>
    says === undefined
      ? undefined
      : { server, family, up: says === 'up', since: millis(1), cause: says === 'up' ? null : says }
}
const places = (...said: readonly (readonly ('up' | HealthCause | undefined)[])[]): Places =>
  said.map(monitors => monitors.map(monitor))

describe('the voices of the monitors', () => {
  it('are counted, and those that know nothing are not', () => {
    expect(tally(places(['up'], ['timeout'], ['timeout']), 's', 4)).toEqual({ up: 1, down: 2, cause: 'timeout' })
    expect(tally(places(['up'], [undefined]), 's', 4)).toEqual({ up: 1, down: 0, cause: null })
    expect(tally(places([undefined], [undefined]), 's', 4)).toBeNull()
    expect(tally([], 's', 4)).toBeNull()
  })

  it('of one place are one, and none when they are at odds', () => {
    expect(tally(places(['timeout', 'timeout', 'timeout'], ['up'], ['up']), 's', 4)).toMatchObject({ up: 2, down: 1 })
    expect(tally(places(['timeout', 'timeout', 'up'], ['up']), 's', 4)).toMatchObject({ up: 1, down: 1 })
    expect(tally(places(['timeout', 'up']), 's', 4)).toMatchObject({ up: 0, down: 0 })
  })

  it('name what most of them saw', () => {
    expect(tally(places(['body'], ['refused'], ['body']), 's', 4)?.cause).toBe('body')
    expect(tally(places(['body'], ['refused']), 's', 4)?.cause).toBe('refused')
    expect(tally(places(['body', 'up', 'up']), 's', 4)?.cause).toBeNull()
  })

  it('say the same in whatever order they came', () => {
    const said = fc.constantFrom<'up' | HealthCause | undefined>('up', 'up', undefined, ...HEALTH_CAUSES)
    const fleets = fc.array(fc.array(said, { maxLength: 4 }), { maxLength: 7 })
    fc.assert(
      fc.property(fleets, fc.integer(), (fleet, turn) => {
        const turned = fleet.map(list => [...list].reverse())
        const mixed = [
          ...turned.slice(Math.abs(turn) % (fleet.length + 1)),
          ...turned.slice(0, Math.abs(turn) % (fleet.length + 1)),
        ]
        expect(tally(places(...mixed), 's', 4)).toEqual(tally(places(...fleet), 's', 4))
      }),
      { seed: 20251121, numRuns: 500 },
    )
  })

  it('of a minority of places never make a majority', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 }), (honest, lying) => {
        fc.pre(lying < honest)
        const said = [
          ...Array.from({ length: honest }, () => ['up' as const]),
          ...Array.from({ length: lying }, () => ['timeout' as const]),
        ]
        const { up, down } = tally(places(...said), 's', 6)!
        expect(up).toBeGreaterThan(down)
      }),
      { seed: 20251123 },
    )
  })
})

it('half of the places that were heard of lately are a quorum, and nobody is none', () => {
  const cases = [
    [0, 0, false],
    [1, 1, true],
    [1, 2, true],
    [1, 3, false],
    [2, 3, true],
    [2, 5, false],
    [0, 1, false],
  ] as const
  for (const [fresh, known, enough] of cases) expect(hasQuorum(fresh, known)).toBe(enough)
})
