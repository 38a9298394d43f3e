import { expect, test } from 'vitest'
import { binOf, REGRET_BINS, regretOf, ShedRanks } from '../../../src/plan/shed-ranks.ts'

test('a bin is as wide as a hundredth of its regret', () => {
  for (const ms of [0, 0.5, 3, 17, 250, 9000]) {
    const lower = regretOf(binOf(ms))
    expect(lower).toBeLessThanOrEqual(ms)
    expect(ms - lower).toBeLessThanOrEqual(0.01 * (ms + 1))
    expect(binOf(lower)).toBe(binOf(ms))
  }
})

test('the regret of a rank is that of the blocks which have it', () => {
  const ranks = new ShedRanks(2)
  const regrets = Array.from({ length: 4000 }, (_, i) => (i % 400) / 4)
  for (const [i, ms] of regrets.entries()) ranks.count(1, i % 3, ms > 90, binOf(ms), 1 + (i % 5))
  ranks.settle()
  const table = ranks.regrets()
  expect(table).toHaveLength(2 * 256)
  expect(table.subarray(0, 256).every(ms => ms === 0)).toBe(true)
  for (const [i, ms] of regrets.entries()) {
    const rank = ranks.rank(1, 12345, i % 3, ms > 90, binOf(ms), i)
    // A rank of the narrowest band spans 3 ms here.
    expect(Math.abs(table[256 + rank]! - ms)).toBeLessThanOrEqual(4)
  }
  expect(REGRET_BINS).toBeGreaterThan(binOf(9000))
})
