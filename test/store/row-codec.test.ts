import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { mask32, type Prefix } from '../../src/base/prefix.ts'
import { MEASUREMENT_LIFETIME_MS, type Measurement } from '../../src/model/measurement.ts'
import { isKeepable, MAX_CLOCK_LEAD_MS, packFigures, packRow, RowReader } from '../../src/store/row-codec.ts'
import { row } from '../fixture/store.ts'

const NOW = millis(1_764_000_000_000)
const SEED = { seed: 20_251_121, numRuns: 500 }
const word = fc.integer({ min: 0, max: 0xffffffff })
const thousandths = (most: number) => fc.integer({ min: 0, max: most * 1000 }).map(value => value / 1000)

const prefixes: fc.Arbitrary<Prefix> = fc.oneof(
  fc.tuple(word, fc.integer({ min: 0, max: 24 })).map(([hi, length]): Prefix => {
    return { family: 4, hi: (hi & mask32(length)) >>> 0, lo: 0, length }
  }),
  // Without the IPv4-mapped block, which stands for IPv4.
  fc.tuple(word, word, fc.integer({ min: 1, max: 56 })).map(([hi, lo, length]): Prefix => {
    const bits = { hi: ((hi | 0x20000000) & mask32(length)) >>> 0, lo: (lo & mask32(length - 32)) >>> 0 }
    return { family: 6, ...bits, length }
  }),
)
const rows: fc.Arbitrary<Measurement> = fc.record({
  prefix: prefixes,
  cluster: fc.stringMatching(/^[a-z0-9-]{1,63}$/),
  rttMs: thousandths(59_999).map(value => value + 0.001),
  rttVarMs: thousandths(60_000),
  loss: fc.integer({ min: 0, max: 1e6 }).map(value => value / 1e6),
  samples: fc.integer({ min: 1, max: 1e9 }),
  measuredAt: fc.integer({ min: NOW - MEASUREMENT_LIFETIME_MS, max: NOW + MAX_CLOCK_LEAD_MS }).map(millis),
  source: fc.constantFrom('import', 'probe', 'passive'),
})
const rounded = (each: Measurement): Measurement => ({ ...each, rttMs: Math.round(each.rttMs * 1000) / 1000 })

describe('rows as text', () => {
  it('every legal row is read back as it was written', () => {
    const reader = new RowReader()
    fc.assert(
      fc.property(rows, each => {
        expect(reader.read(packRow(each), NOW)).toEqual(rounded(each))
      }),
      SEED,
    )
  })

  it.each([
    '1764000000000 0x10 1 0 5 probe',
    '1764000000000 1e1 1 0 5 probe',
    '1764000000000 3  0 5 probe',
    '1764000000000 3 1 0 5 probe 7',
    '1764000000000 3 1 0 5',
    '+1764000000000 3 1 0 5 probe',
    '1764000000000 3 1 1.0.0 5 probe',
    '1764000000000 3 1 0 5 Probe',
  ])('%s is no figures', figures => {
    expect(new RowReader().read(`192.0.2.0/24 a ${figures}`, NOW)).toBeNull()
  })

  it('figures never take more than the 64 octets that Redis packs', () => {
    fc.assert(
      fc.property(rows, each => packFigures(each).length <= 64),
      SEED,
    )
  })

  it('no text makes the reader throw, and what it reads may be kept', () => {
    const reader = new RowReader()
    const garbled = fc.tuple(rows, fc.nat(), fc.string({ maxLength: 3 })).map(([each, at, noise]) => {
      const text = packRow(each)
      const cut = at % text.length
      return text.slice(0, cut) + noise + text.slice(cut + 1)
    })
    fc.assert(
      fc.property(fc.oneof(fc.string(), garbled), text => {
        const read = reader.read(text, NOW)
        expect(read === null || isKeepable(read, NOW)).toBe(true)
      }),
      SEED,
    )
  })

  it('a leaf is the finest prefix that is kept', () => {
    const kept = (prefix: string) => isKeepable(row(prefix, 'icn-kt', 5, { measuredAt: NOW }), NOW)
    expect(['192.0.2.0/24', '2001:db8::/56'].map(kept)).toEqual([true, true])
    expect(['192.0.2.0/25', '2001:db8::/57'].map(kept)).toEqual([false, false])
  })

  it('an RTT too small to be written is not turned into none', () => {
    const tiny = row('192.0.2.0/24', 'icn-kt', 0.0001, { measuredAt: NOW })
    expect(new RowReader().read(packRow(tiny), NOW)?.rttMs).toBe(0.001)
  })
})
