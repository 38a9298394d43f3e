import fc from 'fast-check'
import { Reader, type Response } from 'maxmind'
import { describe, expect, it } from 'vitest'
import { cidrs } from '../../geo-data/cidrs.ts'
import { type MmdbValue, uint16, uint32, uint64 } from '../../geo-data/mmdb-data.ts'
import { MmdbWriter } from '../../geo-data/mmdb-writer.ts'
import { formatAddress, parseAddress } from '../../src/base/ip.ts'
import { firstAddress, parsePrefix, prefixOf } from '../../src/base/prefix.ts'
import { type RangeTable, rangesOfPrefixes } from '../../src/base/range-table.ts'

const SEED = 20260101

const writer = (ipVersion: 4 | 6 = 6, recordSize?: 24 | 28 | 32) =>
  new MmdbWriter({
    ipVersion,
    type: 'test',
    built: 1767225600,
    description: 'a test',
    ...(recordSize && { recordSize }),
  })

/** maxmind is the independent opinion. */
const read = (from: MmdbWriter) => new Reader<Response>(Buffer.from(from.bytes()))

function insert(into: MmdbWriter, text: string, value: MmdbValue): void {
  const prefix = parsePrefix(text)!
  into.insert(firstAddress(prefix), prefix.length, into.record(value))
}

describe('a written file', () => {
  it('gives maxmind its metadata', () => {
    const made = writer()
    insert(made, '1.0.0.0/8', { a: 'b' })
    expect(read(made).metadata).toMatchObject({
      binaryFormatMajorVersion: 2,
      buildEpoch: new Date('2026-01-01T00:00:00Z'),
      databaseType: 'test',
      description: { en: 'a test' },
      ipVersion: 6,
      languages: [],
      nodeCount: made.nodeCount,
      recordSize: 24,
    })
  })

  it('gives maxmind every value that was put in', () => {
    const leaf = fc.oneof(
      fc.string({ maxLength: 400 }).map(text => [text, text] as const),
      fc.double({ noNaN: true }).map(number => [number, number] as const),
      fc.boolean().map(flag => [flag, flag] as const),
      fc.integer({ min: 0, max: 0xffff }).map(number => [uint16(number), number] as const),
      fc.integer({ min: 0, max: 0xffffffff }).map(number => [uint32(number), number] as const),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).map(number => [uint64(number), BigInt(number)] as const),
    )
    type Pair = readonly [MmdbValue, unknown]
    const { value } = fc.letrec<{ value: Pair; map: Pair; list: Pair }>(tie => ({
      map: fc
        .dictionary(
          fc.string({ minLength: 1, maxLength: 40 }).filter(key => key !== '__proto__'),
          tie('value'),
          { maxKeys: 40, noNullPrototype: true },
        )
        .map(parts => [mapped(parts, 0) as MmdbValue, mapped(parts, 1)] as const),
      list: fc
        .array(tie('value'), { maxLength: 5 })
        .map(parts => [parts.map(part => part[0]), parts.map(part => part[1])] as const),
      value: fc.oneof({ maxDepth: 3 }, leaf, tie('map'), tie('list')),
    }))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 6 }), pairs => {
        const made = writer(4)
        pairs.forEach(([given], i) => {
          insert(made, `10.0.${i}.0/24`, { given })
        })
        const reader = read(made)
        pairs.forEach(([, expected], i) => {
          expect(reader.get(`10.0.${i}.1`)).toEqual({ given: expected })
        })
      }),
      { seed: SEED, numRuns: 300 },
    )
  })

  it('stores equal records, texts and maps once', () => {
    const size = (count: number) => {
      const made = writer(4)
      for (let i = 0; i < count; i++)
        insert(made, `10.0.${i}.0/24`, { country: { iso_code: 'KR', name: 'Korea' }, n: i % 2 })
      return made.bytes().length - made.nodeCount * 6
    }
    expect(size(100)).toBe(size(2))
  })

  it('keeps its pointers right in a data section of a megabyte', () => {
    const made = writer(4)
    const text = (i: number) => `${i}`.padStart(1000, 'x')
    for (let i = 0; i < 1000; i++)
      insert(made, `10.${i >> 8}.${i & 255}.0/24`, { first: text(i), again: text(999 - i) })
    const reader = read(made)
    for (const i of [0, 1, 2, 499, 500, 998, 999]) {
      expect(reader.get(`10.${i >> 8}.${i & 255}.7`)).toEqual({ first: text(i), again: text(999 - i) })
    }
  })

  it.each([24, 28, 32] as const)('leads maxmind to the longest match with records of %i bits', recordSize => {
    const made = writer(6, recordSize)
    insert(made, '0.0.0.0/1', 'half')
    insert(made, '1.0.0.0/8', 'eight')
    insert(made, '1.2.3.4/32', 'one')
    insert(made, '2001:db8::/32', 'six')
    made.aliasOfV4(parseAddress('2002::')!, 16)
    const reader = read(made)
    expect(reader.getWithPrefixLength('1.2.3.4')).toEqual(['one', 32])
    expect(reader.getWithPrefixLength('1.2.3.5')).toEqual(['eight', 32])
    expect(reader.get('9.9.9.9')).toBe('half')
    expect(reader.get('200.0.0.1')).toBeNull()
    expect(reader.getWithPrefixLength('2001:db8:1::1')).toEqual(['six', 32])
    expect(reader.getWithPrefixLength('2002:102:304::1')).toEqual(['one', 48])
    expect(reader.get('2003::1')).toBeNull()
  })

  it('refuses a network after one that it contains', () => {
    const made = writer(4)
    insert(made, '1.2.3.0/24', 'in')
    expect(() => insert(made, '1.2.0.0/16', 'out')).toThrow('after one that it contains')
    expect(() => insert(made, '0.0.0.0/0', 'all')).toThrow('two halves')
  })

  it('filled from ranges, says what the ranges say', () => {
    const prefix = fc.oneof(
      fc
        .tuple(fc.nat(255), fc.nat(3), fc.nat(255), fc.integer({ min: 1, max: 24 }))
        .map(([a, b, c, length]) => prefixOf(Uint8Array.of(a, b, c, 0), length)),
      fc
        .tuple(fc.constantFrom(0x20, 0x28, 0xff), fc.nat(255), fc.nat(3), fc.integer({ min: 3, max: 56 }))
        .map(([a, b, c, length]) => prefixOf(Uint8Array.of(a, b, c, c, b, c, b, 0, 0, 0, 0, 0, 0, 0, 0, 0), length)),
    )
    const entries = fc.array(fc.record({ prefix, value: fc.integer({ min: 1, max: 5 }) }), {
      minLength: 1,
      maxLength: 25,
    })
    fc.assert(
      fc.property(entries, list => {
        const table = rangesOfPrefixes(list)
        const made = writer()
        made.fill(table, value => made.record({ value: uint32(value) }))
        const reader = read(made)
        for (const [address, value] of edges(table)) {
          expect((reader.get(address) as unknown as { value: number } | null)?.value ?? 0, address).toBe(value)
        }
      }),
      { seed: SEED, numRuns: 200 },
    )
  })
})

describe('ranges as prefixes', () => {
  it('cover a range exactly, with the fewest prefixes', () => {
    const bounds = fc
      .tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.nat(5000))
      .map(([first, more]) => [first, Math.min(0xffffffff, first + more)] as const)
    const four = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
    fc.assert(
      fc.property(bounds, ([first, last]) => {
        let at = first
        const parts = cidrs(four(first), four(last))
        for (const { address, length } of parts) {
          expect(address).toEqual(four(at))
          at += 2 ** (32 - length)
        }
        expect(at - 1).toBe(last)
        // Two neighbours of one size could only be one prefix if the first were the lower half.
        parts.forEach(({ address, length }, i) => {
          const next = parts[i + 1]
          if (next?.length === length) expect((address[(length - 1) >> 3]! >> (7 - ((length - 1) & 7))) & 1).toBe(1)
        })
      }),
      { seed: SEED },
    )
  })

  it.each([
    ['0.0.0.0', '255.255.255.255', ['0.0.0.0/0']],
    ['1.0.0.1', '1.0.0.4', ['1.0.0.1/32', '1.0.0.2/31', '1.0.0.4/32']],
    ['255.255.255.255', '255.255.255.255', ['255.255.255.255/32']],
    ['2001:db8::', '2001:db8:2:ffff:ffff:ffff:ffff:ffff', ['2001:db8::/47', '2001:db8:2::/48']],
    ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ['::/0']],
  ])('%s to %s', (first, last, prefixes) => {
    const found = cidrs(parseAddress(first)!, parseAddress(last)!)
    expect(found.map(({ address, length }) => `${formatAddress(address)}/${length}`)).toEqual(prefixes)
  })
})

function mapped(parts: Readonly<Record<string, readonly [MmdbValue, unknown]>>, side: 0 | 1): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).map(([key, pair]) => [key, pair[side]]))
}

/** The first address of every range, and one before the next. */
function* edges({ v4, v6 }: RangeTable): Generator<[string, number]> {
  const four = (key: number, last: number) => formatAddress(Uint8Array.of(key >>> 16, key >>> 8, key, last))
  for (let i = 0; i < v4.starts.length; i++) {
    yield [four(v4.starts[i]!, 0), v4.values[i]!]
    yield [four((v4.starts[i + 1] ?? 2 ** 24) - 1, 255), v4.values[i]!]
  }
  for (let i = 0; i < v6.hi.length; i++) {
    const first = firstAddress({ family: 6, hi: v6.hi[i]!, lo: v6.lo[i]! * 256, length: 56 })
    if (v6.hi[i] !== 0) yield [formatAddress(first), v6.values[i]!]
  }
}
