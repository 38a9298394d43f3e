import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LeafSums } from '../../src/base/leaf-sums.ts'

const contents = (sums: LeafSums): Map<string, number> => {
  const found = new Map<string, number>()
  sums.forEach((family, hi, lo, sum) => {
    found.set(`${family} ${hi} ${lo}`, sum)
  })
  return found
}

describe('sums by leaf', () => {
  it('are those of a plain map, however many there are', () => {
    const address = fc.tuple(fc.constantFrom(4 as const, 6 as const), fc.nat(40), fc.nat(3), fc.nat(255), fc.nat(100))
    fc.assert(
      fc.property(fc.array(address, { maxLength: 400 }), given => {
        const sums = new LeafSums(4)
        const expected = new Map<string, number>()
        for (const [family, net, sub, host, value] of given) {
          const hi = (0xfffff000 + net * 256 + (family === 4 ? host : 0)) >>> 0
          const lo = (sub << 30) + host
          sums.add(family, hi, lo, value)
          const key = family === 4 ? `4 ${(hi & 0xffffff00) >>> 0} 0` : `6 ${hi} ${((sub << 30) & 0xffffff00) >>> 0}`
          expected.set(key, (expected.get(key) ?? 0) + value)
        }
        expect(contents(sums)).toEqual(expected)
        expect(sums.size).toBe(expected.size)
      }),
      { seed: 11 },
    )
  })

  it('keep the greatest, and no more than asked where many are equal', () => {
    const sums = new LeafSums()
    for (let i = 0; i < 100; i++) sums.add(4, i << 8, 0, i < 90 ? 5 : i)
    sums.keep(20, 1)
    const kept = [...contents(sums).values()].sort((a, b) => b - a)
    expect(kept).toEqual([99, 98, 97, 96, 95, 94, 93, 92, 91, 90, ...new Array(10).fill(5)])
    sums.keep(50, 6)
    expect(sums.size).toBe(10)
  })

  it('are scaled', () => {
    const sums = new LeafSums()
    sums.add(6, 0x20010db8, 0x100, 8)
    sums.scale(0.25)
    expect(contents(sums)).toEqual(new Map([[`6 ${0x20010db8} ${0x100}`, 2]]))
  })
})
