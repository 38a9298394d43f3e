import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ledger } from '../../src/metrics/ledger.ts'

test('a reading that grows is counted by its growth', () => {
  const ledger = new Ledger()
  expect([10, 25, 25].map(reading => ledger.step('a', reading))).toEqual([10, 15, 0])
})

test('a reading that falls is a source that began again: all of it is new', () => {
  const ledger = new Ledger()
  expect([25, 3, 9].map(reading => ledger.step('a', reading))).toEqual([25, 3, 6])
})

test('keys are apart', () => {
  const ledger = new Ledger()
  ledger.step('a', 100)
  expect(ledger.step('b', 7)).toBe(7)
})

test('what is no count moves nothing and is not remembered', () => {
  const ledger = new Ledger()
  ledger.step('a', 5)
  expect([Number.NaN, Number.POSITIVE_INFINITY, -1].map(reading => ledger.step('a', reading))).toEqual([0, 0, 0])
  expect(ledger.step('a', 6)).toBe(1)
})

test('for any life of a worker the steps add up to what its lives counted, and none is negative', () => {
  const life = fc.array(fc.nat(50), { maxLength: 10 })
  fc.assert(
    fc.property(fc.array(life, { maxLength: 6 }), lives => {
      const ledger = new Ledger()
      let seen = 0
      let truth = 0
      for (const increments of lives) {
        let reading = 0
        // The first look at a new life comes before it has passed the last reading of the old one: the only case that can be told.
        const first = ledger.step('w', 0)
        expect(first).toBe(0)
        for (const increment of increments) {
          reading += increment
          truth += increment
          const step = ledger.step('w', reading)
          expect(step).toBeGreaterThanOrEqual(0)
          seen += step
        }
      }
      expect(seen).toBe(truth)
    }),
    { seed: 20250602 },
  )
})
