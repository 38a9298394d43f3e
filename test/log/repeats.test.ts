import { expect, test } from 'vitest'
import { Repeats } from '../../src/log/repeats.ts'

let now = 0
const repeats = (most: number) => new Repeats<'warn' | 'error'>(most, () => now)

test('of one kind so many are written in a minute, and then how many more there were', () => {
  const log = repeats(2)
  const admitted = ['a 1', 'a 2', 'a 3', 'a 4'].map(message => log.admit('error', message))
  expect(admitted).toEqual([true, true, false, false])
  expect(log.takeLeftOut()).toEqual([])
  now += 60_000
  expect(log.takeLeftOut()).toEqual([{ level: 'error', count: 2, message: 'a 4' }])
  expect(log.admit('error', 'a 5')).toBe(true)
})

test('a kind is what is left without numbers, addresses, names with digits and quotes; levels are apart', () => {
  const log = repeats(1)
  expect(log.admit('warn', 'query from 192.0.2.1:53 for "a" failed')).toBe(true)
  expect(log.admit('warn', 'query from [2001:db8::1]:54 for "b c" failed')).toBe(false)
  expect(log.admit('error', 'query from 192.0.2.1:53 for "a" failed')).toBe(true)
  expect(log.admit('warn', 'query from nowhere failed')).toBe(true)
})

test('what was left out of the present minute is told at the end, too', () => {
  const log = repeats(1)
  log.admit('warn', 'a')
  log.admit('warn', 'a')
  expect(log.takeLeftOut(true)).toEqual([{ level: 'warn', count: 1, message: 'a' }])
})

test('a flood of kinds stays in bounded memory: those beyond a thousand count as one, and none is forgotten', () => {
  const log = repeats(1)
  let written = 0
  for (let i = 0; i < 5_000; i++) {
    const word = [...String(i)].map(digit => 'abcdefghij'[Number(digit)]).join('')
    if (log.admit('error', word)) written++
  }
  expect(written).toBe(1_001)
  expect(log.takeLeftOut(true).reduce((sum, { count }) => sum + count, 0)).toBe(5_000 - written)
})

test('0 is no limit', () => {
  const log = repeats(0)
  for (let i = 0; i < 100; i++) expect(log.admit('warn', 'a')).toBe(true)
})
