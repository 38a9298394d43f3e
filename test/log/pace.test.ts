import { expect, test } from 'vitest'
import { Pace } from '../../src/log/pace.ts'

/** Waits of a log whose fullest ring fills by so much of itself in a second. */
function waits(pace: Pace, perSecond: number, looks: number): number[] {
  const all = [pace.next(0)]
  while (all.length < looks) all.push(pace.next(Math.min(1, (perSecond * all.at(-1)!) / 1000)))
  return all
}

test('rings that stay empty are looked into five times a second', () => {
  expect(waits(new Pace(), 0, 7)).toEqual([20, 40, 80, 160, 200, 200, 200])
})

test('rings that fill are looked into when an eighth has been filled', () => {
  expect(waits(new Pace(), 2.5, 8).at(-1)).toBeCloseTo(50)
  expect(waits(new Pace(), 0.1, 8).at(-1)).toBe(200)
})

test('however fast they fill, it is a hundred times a second', () => {
  expect(waits(new Pace(), 100, 20).at(-1)).toBe(10)
})

test('a ring found full is looked into again soon', () => {
  const pace = new Pace()
  waits(pace, 0, 10)
  expect(pace.next(1)).toBe(25)
  expect(pace.next(1)).toBe(10)
})
