import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AddressBytes, formatAddress } from '../../src/base/ip.ts'
import {
  comparePrefix,
  containsPrefix,
  firstAddress,
  formatPrefix,
  mask32,
  type Prefix,
  parsePrefix,
  prefixOf,
} from '../../src/base/prefix.ts'

const SEED = 20260101

const prefix: fc.Arbitrary<Prefix> = fc
  .oneof(
    fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 32 })),
    fc.tuple(
      // Some end in the second word.
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes => bytes.fill(0x20, 0, 1)),
      fc.integer({ min: 0, max: 64 }),
    ),
  )
  .map(([address, length]) => prefixOf(address, length))

/** The first `length` bits as text: the slow and obvious way. */
const bits = (address: AddressBytes, length: number) =>
  [...address]
    .map(octet => octet.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, length)

describe('prefixes', () => {
  it('survive being written and read', () => {
    fc.assert(
      fc.property(prefix, given => {
        expect(parsePrefix(formatPrefix(given))).toEqual(given)
      }),
      { seed: SEED, numRuns: 2000 },
    )
  })

  it('contain what begins with their bits, and nothing else', () => {
    const pair = fc
      .tuple(prefix, prefix, fc.boolean())
      .map(([a, b, related]) =>
        related ? ([a, prefixOf(firstAddress(a), Math.min(a.length, b.length))] as const) : ([a, b] as const),
      )
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const expected =
          a.family === b.family &&
          a.length >= b.length &&
          bits(firstAddress(a), b.length) === bits(firstAddress(b), b.length)
        expect(containsPrefix(b, a)).toBe(expected)
      }),
      { seed: SEED, numRuns: 2000 },
    )
  })

  it('sort so that a container comes before what it contains', () => {
    fc.assert(
      fc.property(prefix, prefix, (a, b) => {
        expect(Math.sign(comparePrefix(a, b))).toBe(-Math.sign(comparePrefix(b, a)) + 0)
        if (containsPrefix(a, b)) expect(comparePrefix(a, b)).toBeLessThanOrEqual(0)
      }),
      { seed: SEED, numRuns: 1000 },
    )
  })

  it('are leaves when only an address is given', () => {
    expect(formatPrefix(parsePrefix('192.0.2.7')!)).toBe('192.0.2.0/24')
    expect(formatPrefix(parsePrefix('2001:db8:1:2ff::7')!)).toBe('2001:db8:1:200::/56')
  })

  it.each([
    '192.0.2.1/24',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/024',
    '192.0.2.0/-1',
    '192.0.2.0/24/24',
    '2001:db8::1/64',
    '2001:db8::/65',
    '2001:db8::/128',
    '/24',
    '',
  ])('rejects %j', text => {
    expect(parsePrefix(text)).toBeNull()
  })

  it('counts the length of an IPv4-mapped prefix from the beginning of the IPv6 address', () => {
    expect(formatPrefix(parsePrefix('::ffff:192.0.2.0/120')!)).toBe('192.0.2.0/24')
    expect(parsePrefix('::ffff:192.0.0.0/24')).toBeNull()
    expect(formatPrefix(parsePrefix('::ffff:192.0.2.7')!)).toBe('192.0.2.0/24')
  })

  it('masks keep as many leading bits as asked', () => {
    for (let length = -1; length <= 33; length++) {
      const ones = Math.min(32, Math.max(0, length))
      expect(mask32(length)).toBe(Number.parseInt('1'.repeat(ones).padEnd(32, '0'), 2))
    }
  })

  it('firstAddress has as many octets as its family', () => {
    expect(formatAddress(firstAddress(parsePrefix('10.0.0.0/8')!))).toBe('10.0.0.0')
    expect(formatAddress(firstAddress(parsePrefix('2001:db8:0:ff00::/56')!))).toBe('2001:db8:0:ff00::')
  })
})
