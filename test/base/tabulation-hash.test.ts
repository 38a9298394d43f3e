import { expect, test } from 'vitest'
import { mix32 } from '../../src/base/hash.ts'
import { TabulationHash } from '../../src/base/tabulation-hash.ts'

const hash = new TabulationHash(Uint32Array.of(1, 2, 3, 4))

test('the same key gives the same hash, another key another one', () => {
  expect(new TabulationHash(Uint32Array.of(1, 2, 3, 4)).of(5, 6, 7)).toBe(hash.of(5, 6, 7))
  const others = [0, 1, 2, 3].map(i => {
    const key = Uint32Array.of(1, 2, 3, 4)
    key[i]! ^= 0x80000000
    return new TabulationHash(key).of(5, 6, 7)
  })
  expect(new Set([...others, hash.of(5, 6, 7)]).size).toBe(5)
})

test('every octet of every word counts, signed or not', () => {
  const seen = new Set([hash.of(0, 0, 0)])
  for (let word = 0; word < 3; word++) {
    for (let shift = 0; shift < 32; shift += 8) {
      for (const octet of [1, 128, 255]) {
        const words = [0, 0, 0]
        words[word] = octet << shift
        seen.add(hash.of(words[0]!, words[1]!, words[2]!))
      }
    }
  }
  expect(seen.size).toBe(37)
  expect(hash.of(-256, -1, 0x80000000)).toBe(hash.of(0xffffff00, 0xffffffff, -0x80000000))
})

test('regular inputs spread like random ones over the slots of a table', () => {
  const slots = 1 << 12
  const inputs: [string, (i: number) => readonly [number, number, number]][] = [
    ['neighbouring blocks', i => [i << 8, 4, 9]],
    ['blocks of IPv6', i => [0x20010db8, (i << 8) | 6, 9]],
    ['names', i => [0xc0000200, 4, i]],
    ['random blocks', i => [mix32(i) & 0xffffff00, 4, 9]],
  ]
  for (const [name, input] of inputs) {
    const load = new Uint16Array(slots)
    for (let i = 0; i < 8 * slots; i++) load[hash.of(...input(i)) & (slots - 1)]!++
    // Of 4096 Poisson variables with mean 8 the greatest is above 30 less than once in 10^6 draws.
    expect(Math.max(...load), name).toBeLessThan(31)
    expect(load.filter(count => count === 0).length, name).toBeLessThan(slots / 100)
  }
})
