import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { uint32 } from '../../geo-data/mmdb-data.ts'
import { MmdbWriter } from '../../geo-data/mmdb-writer.ts'
import { type AddressBytes, parseAddress } from '../../src/base/ip.ts'
import { firstAddress, type Prefix, parsePrefix, prefixOf } from '../../src/base/prefix.ts'
import { type RangeTable, valueAt } from '../../src/base/range-table.ts'
import { type Database, parseDatabase } from '../../src/geo/database.ts'
import { type Depths, walkRanges } from '../../src/geo/walk.ts'

const SEED = 20260101

type RecordSize = 24 | 28 | 32
type Line = readonly [prefix: Prefix, value: number]

/** Crowded, so that networks nest; some finer than a leaf. Length 0 has no slot in a tree. */
const line4 = fc
  .tuple(
    fc.constantFrom(0, 1, 127, 255),
    fc.constantFrom(0, 255),
    fc.nat(3),
    fc.nat(255),
    fc.integer({ min: 1, max: 32 }),
  )
  .map(([a, b, c, d, length]) => prefixOf(Uint8Array.of(a, b, c, d), length))
const line6 = fc
  .tuple(
    fc.constantFrom(0x20, 0x24, 0xff),
    fc.constantFrom(0, 1, 3),
    fc.constantFrom(0, 0xff),
    fc.nat(255),
    fc.integer({ min: 3, max: 64 }),
  )
  .map(([a, b, c, d, length]) => prefixOf(Uint8Array.of(a, b, 0, c, b, 0, d & 3, d, 0, 0, 0, 0, 0, 0, 0, 0), length))
const world = fc.array(fc.tuple(fc.oneof(line4, line6), fc.integer({ min: 1, max: 6 })), { maxLength: 30 })

function build(lines: readonly Line[], recordSize: RecordSize, alias = false): Database {
  const writer = new MmdbWriter({ ipVersion: 6, type: 'test', built: 0, description: '', recordSize })
  const ordered = [...lines].sort(([a], [b]) => a.length - b.length)
  for (const [prefix, value] of ordered) {
    writer.insert(firstAddress(prefix), prefix.length, writer.record({ asn: uint32(value) }))
  }
  if (alias) {
    writer.aliasOfV4(parseAddress('::fffe:0:0')!.fill(255, 10, 12), 96)
    writer.aliasOfV4(parseAddress('2002::')!, 16)
  }
  const verdict = parseDatabase('test.mmdb', Buffer.from(writer.bytes()))
  if (verdict.kind === 'bad') throw new Error(verdict.reason)
  return verdict.database
}

function walk(database: Database, depths?: Depths): RangeTable {
  const decode = (record: number, address: () => string) => (database.decode(record, address()) as { asn: number }).asn
  return walkRanges(database.tree, decode, depths).ranges
}

const lookup = (database: Database, address: AddressBytes): number =>
  (database.lookup(address)?.record as { asn: number } | undefined)?.asn ?? 0

/** What most of the 256 addresses of a /24, or of the 256 /64 of a /56, say; the first of equals. */
function majority(database: Database, leaf: AddressBytes): number {
  const counts = new Map<number, number>()
  const address = leaf.slice()
  for (let last = 0; last < 256; last++) {
    address[address.length === 4 ? 3 : 7] = last
    const value = lookup(database, address)
    if (value > 0) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0]
}

const at = (table: RangeTable, leaf: Prefix) => valueAt(table, leaf.family, leaf.hi, leaf.lo)

describe('a walk', () => {
  it.each([24, 28, 32] as const)(
    'finds at every leaf what most of its addresses say (records of %i bits)',
    recordSize => {
      const probes = fc.array(fc.oneof(line4, line6), { minLength: 4, maxLength: 4 })
      fc.assert(
        fc.property(world, probes, fc.boolean(), (lines, extra, alias) => {
          fc.pre(lines.length > 0)
          const database = build(lines, recordSize, alias)
          const table = walk(database)
          for (const prefix of [...lines.map(([prefix]) => prefix), ...extra]) {
            const leaf = prefixOf(firstAddress(prefix), prefix.family === 4 ? 24 : 56)
            expect(at(table, leaf)).toBe(majority(database, firstAddress(leaf)))
          }
        }),
        { seed: SEED, numRuns: 60 },
      )
    },
  )

  it('agrees with point lookups just before, at and just after every range', () => {
    fc.assert(
      fc.property(world, lines => {
        const database = build(
          lines.filter(([prefix]) => prefix.length <= 24),
          24,
          true,
        )
        const { v4, v6 } = walk(database)
        v4.starts.forEach((start, i) => {
          expect(lookup(database, Uint8Array.of(start >>> 16, start >>> 8, start, 77))).toBe(v4.values[i])
          if (i === 0) return
          const before = start - 1
          expect(lookup(database, Uint8Array.of(before >>> 16, before >>> 8, before, 77))).toBe(v4.values[i - 1])
        })
        v6.hi.forEach((hi, i) => {
          const address = firstAddress({ family: 6, hi, lo: v6.lo[i]! * 256, length: 56 })
          expect(lookup(database, address)).toBe(v6.values[i])
        })
      }),
      { seed: SEED, numRuns: 200 },
    )
  })

  it('lets what is known in a leaf speak for it, however little that is', () => {
    const database = build(
      [
        [parsePrefix('1.2.3.0/25')!, 6],
        [parsePrefix('1.2.3.128/26')!, 6],
        [parsePrefix('1.2.3.240/32')!, 1],
      ],
      24,
    )
    const withoutSix = walkRanges(database.tree, (record, address) => {
      const { asn } = database.decode(record, address()) as { asn: number }
      return asn === 6 ? 0 : asn
    })
    expect(at(withoutSix.ranges, parsePrefix('1.2.3.0/24')!)).toBe(1)
  })

  it('does not take aliases of the IPv4 tree for IPv6 data', () => {
    const lines: Line[] = [
      [parsePrefix('1.0.0.0/8')!, 1],
      [parsePrefix('2003::/16')!, 2],
    ]
    const { v6 } = walk(build(lines, 24, true))
    expect([...v6.values]).toEqual([0, 2, 0])
    expect([...v6.hi]).toEqual([0, 0x20030000, 0x20040000])
  })

  it('lets data that cover an alias prefix hold for it, in ranges and in lookups', () => {
    const database = build([[parsePrefix('2000::/3')!, 3]], 24)
    expect(at(walk(database), parsePrefix('2002:808:808::/48')!)).toBe(3)
    expect(lookup(database, parseAddress('2002:808:808::1')!)).toBe(3)
  })

  it('capped: every block has a value that occurs in it, and blocks are as coarse as asked', () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 4, max: 23 }), fc.integer({ min: 20, max: 55 }), (lines, v4, v6) => {
        fc.pre(lines.length > 0)
        const database = build(lines, 28, true)
        const table = walk(database, { v4, v6 })
        for (const start of table.v4.starts) expect(start % 2 ** (24 - v4)).toBe(0)
        for (const [prefix] of lines) {
          const block = prefixOf(firstAddress(prefix), Math.min(prefix.length, prefix.family === 4 ? v4 : v6))
          const inside = new Set(lines.filter(([other]) => overlaps(other, block)).map(([, value]) => value))
          expect(inside.has(at(table, block))).toBe(true)
        }
      }),
      { seed: SEED, numRuns: 200 },
    )
  })

  it('ends in a tree that leads in circles, and says so', () => {
    const writer = new MmdbWriter({ ipVersion: 4, type: 'test', built: 0, description: '', recordSize: 24 })
    writer.insert(Uint8Array.of(1, 2, 3, 0), 24, writer.record({ asn: uint32(1) }))
    const bytes = Buffer.from(writer.bytes())
    bytes.fill(0, 0, 6)
    const verdict = parseDatabase('circular.mmdb', bytes)
    if (verdict.kind === 'bad') throw new Error(verdict.reason)
    const { circular, ranges } = walkRanges(verdict.database.tree, () => 1)
    expect(circular).toBe(true)
    expect(ranges.v4.starts[0]).toBe(0)
    expect(verdict.database.lookup(Uint8Array.of(1, 2, 3, 4))).toBeNull()
  })
})

function overlaps(a: Prefix, b: Prefix): boolean {
  const length = Math.min(a.length, b.length)
  const cut = (prefix: Prefix) => prefixOf(firstAddress(prefix), length)
  return a.family === b.family && cut(a).hi === cut(b).hi && cut(a).lo === cut(b).lo
}
