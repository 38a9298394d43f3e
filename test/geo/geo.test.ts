import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatAddress, high32, low32, parseAddress } from '../../src/base/ip.ts'
import { firstAddress, parsePrefix } from '../../src/base/prefix.ts'
import { type RangeTable, valueAt } from '../../src/base/range-table.ts'
import { type Geo, openGeo } from '../../src/geo/geo.ts'
import { FIXTURE_FOLDER } from '../fixture/make-mmdb.ts'
import { CITIES, NETWORKS, OPERATORS } from '../fixture/mmdb-world.ts'

const SCHEMAS = {
  GeoIP2: { city: ['geoip2-city.mmdb'], asn: ['geoip2-asn.mmdb'] },
  'DB-IP': { city: ['dbip-city.mmdb'], asn: ['geoip2-asn.mmdb'] },
  'flat, one file per family': { city: ['flat-city-ipv4.mmdb', 'flat-city-ipv6.mmdb'], asn: ['flat-asn.mmdb'] },
}

async function open(files: { city?: readonly string[]; asn?: readonly string[] }): Promise<Geo> {
  const at = (names: readonly string[] = []) => names.map(name => join(FIXTURE_FOLDER, name))
  const { geo, problems } = await openGeo({ city: at(files.city), asn: at(files.asn), overrides: [] })
  expect(problems).toEqual([])
  return geo
}

const tenth = (degrees: number) => Math.round(degrees * 10) / 10
const placeAt = (geo: Geo, address: string) => geo.locate(parseAddress(address)!)
const leafValue = (table: RangeTable, address: string): number => {
  const bytes = parseAddress(address)!
  return valueAt(table, bytes.length === 4 ? 4 : 6, high32(bytes), low32(bytes))
}

/** The last line that contains it decides, as the fixtures were written. */
function lastContaining<T extends readonly [string, ...unknown[]]>(
  lines: readonly T[],
  address: string,
): T | undefined {
  const bits = (bytes: Uint8Array) => [...bytes].map(octet => octet.toString(2).padStart(8, '0')).join('')
  const text = bits(parseAddress(address)!)
  return lines.findLast(([line]) => {
    const prefix = parsePrefix(line)!
    return (
      parseAddress(address)!.length === firstAddress(prefix).length &&
      text.startsWith(bits(firstAddress(prefix)).slice(0, prefix.length))
    )
  })
}

const ADDRESSES = NETWORKS.map(([prefix]) => formatAddress(firstAddress(parsePrefix(prefix)!)))
const IN_DIVIDED_LEAVES = /^1\.2\.6[45]\.|^2a01:c000:1:1[0-9a-f]{2}:/

describe.each(Object.entries(SCHEMAS))('%s', (_, files) => {
  it('locates every network of the fixture', async () => {
    const geo = await open(files)
    for (const address of ADDRESSES) {
      const [prefix, name] = lastContaining(NETWORKS, address)!
      const city = CITIES[name]
      expect(placeAt(geo, address), address).toMatchObject({
        place: {
          country: city.country,
          continent: city.continent,
          lat: tenth(city.lat),
          lon: tenth(city.lon),
          centroid: false,
        },
      })
      expect(placeAt(geo, address)!.length).toBeGreaterThanOrEqual(parsePrefix(prefix)!.length)
    }
    expect(geo.faults).toBe(0)
  })

  it('names the autonomous system of every network of the fixture', async () => {
    const geo = await open(files)
    for (const [prefix] of OPERATORS) {
      const address = formatAddress(firstAddress(parsePrefix(prefix)!))
      const [line, asn, organisation] = lastContaining(OPERATORS, address)!
      expect(geo.asn(parseAddress(address)!)).toMatchObject({ asn, organisation })
      expect(geo.asn(parseAddress(address)!)!.length).toBeGreaterThanOrEqual(parsePrefix(line)!.length)
    }
  })

  it('knows nothing of what is in no network', async () => {
    const geo = await open(files)
    for (const address of ['10.0.0.1', '203.0.113.9', '0.0.0.0', '255.255.255.255', '2001:db8::1', '::1', 'ffff::']) {
      expect(placeAt(geo, address), address).toBeNull()
      expect(geo.asn(parseAddress(address)!), address).toBeNull()
    }
  })

  it('says in ranges what it says of single addresses', async () => {
    const geo = await open(files)
    const cities = geo.cityRanges()
    const networks = geo.asnRanges()
    for (const address of [
      ...ADDRESSES.filter(address => !IN_DIVIDED_LEAVES.test(address)),
      '10.0.0.1',
      '2001:db8::1',
      '1.2.1.255',
      '1.2.4.0',
      '168.126.62.255',
      '168.126.64.0',
    ]) {
      expect(geo.places[leafValue(cities, address)], address).toEqual(placeAt(geo, address)?.place ?? geo.places[0])
      expect(leafValue(networks, address), address).toBe(geo.asn(parseAddress(address)!)?.asn ?? 0)
    }
  })

  it('gives a leaf the place of most of its addresses, and the first of equals', async () => {
    const geo = await open(files)
    const table = geo.cityRanges()
    const busan = { lat: tenth(CITIES.busan.lat), lon: tenth(CITIES.busan.lon) }
    const seoul = { lat: tenth(CITIES.seoul.lat), lon: tenth(CITIES.seoul.lon) }
    expect(placeAt(geo, '1.2.64.1')?.place).toMatchObject(seoul)
    expect(geo.places[leafValue(table, '1.2.64.1')]).toMatchObject(busan)
    expect(geo.places[leafValue(table, '1.2.65.200')]).toMatchObject(seoul)
    expect(placeAt(geo, '2a01:c000:1:101::')?.place.country).toBe('FR')
    expect(geo.places[leafValue(table, '2a01:c000:1:101::')]!.country).toBe('ES')
    expect(geo.places[leafValue(table, '2a01:c000:1:200::')]!.country).toBe('FR')
  })

  it('does not take IPv4 in IPv6 clothes for IPv6 data', async () => {
    const table = (await open(files)).cityRanges()
    const ends = [...table.v6.hi].map((hi, i) => [hi, table.v6.values[i]!] as const).filter(([, value]) => value > 0)
    expect(ends.filter(([hi]) => hi < 0x20010000 || hi >>> 16 === 0x2002)).toEqual([])
    // As many ranges as the fixture has IPv6 networks, give or take the nested ones and neighbours.
    expect(ends.length).toBeLessThan(24)
  })

  it('sketches: every block says a place that is in it', async () => {
    const geo = await open(files)
    const sketch = geo.cityRanges({ v4: 16, v6: 32 })
    expect([...sketch.v4.starts].every(start => start % 256 === 0)).toBe(true)
    expect([...sketch.v6.lo].every(lo => lo === 0)).toBe(true)
    expect(geo.places[leafValue(sketch, '168.126.63.1')]!.country).toBe('KR')
    expect(geo.places[leafValue(sketch, '81.130.1.1')]!.country).toBe('GB')
    expect(geo.places[leafValue(sketch, '2001:e60::1')]!.country).toBe('KR')
    expect(leafValue(sketch, '10.0.0.1')).toBe(0)
  })
})

describe('GeoIP2 records that say less than a city', () => {
  const at = async (address: string) => placeAt(await open(SCHEMAS.GeoIP2), address)?.place

  it('a country without coordinates has its default point', async () => {
    expect(await at('5.1.0.1')).toMatchObject({
      country: 'GR',
      continent: 'EU',
      centroid: true,
      from: 'country default',
      radiusKm: 0,
    })
  })
  it('a country with coordinates but no city is a centroid', async () => {
    expect(await at('5.2.0.1')).toEqual({
      lat: 51.3,
      lon: 9.5,
      country: 'DE',
      continent: 'EU',
      radiusKm: 200,
      centroid: true,
      from: 'geoip2-city.mmdb',
    })
  })
  it('a city with a radius of 1000 km is a centroid', async () => {
    expect(await at('5.3.0.1')).toMatchObject({ country: 'ES', radiusKm: 1000, centroid: true })
  })
  it('a continent alone has its default point', async () => {
    expect(await at('5.4.0.1')).toMatchObject({ continent: 'EU', centroid: true, from: 'continent default' })
    expect(await at('5.4.0.1')).not.toHaveProperty('country')
  })
  it('the registered country stands in for a missing one', async () => {
    expect(await at('5.5.0.1')).toMatchObject({ country: 'AU', centroid: true, from: 'country default' })
  })
  it('a record that names no place is no place', async () => {
    expect(await at('5.6.0.1')).toBeUndefined()
  })
})

describe('several files', () => {
  it('the first that knows an address answers', async () => {
    const geo = await open({ city: ['flat-city-ipv4.mmdb', 'geoip2-city.mmdb'] })
    expect(placeAt(geo, '168.126.63.1')?.place.from).toBe('flat-city-ipv4.mmdb')
    expect(placeAt(geo, '5.2.0.1')?.place.from).toBe('geoip2-city.mmdb')
    expect(placeAt(geo, '2001:e60::1')?.place.from).toBe('geoip2-city.mmdb')
    const table = geo.cityRanges()
    expect(geo.places[leafValue(table, '168.126.63.1')]!.from).toBe('flat-city-ipv4.mmdb')
    expect(geo.places[leafValue(table, '5.2.0.1')]!.from).toBe('geoip2-city.mmdb')
  })

  it('none at all is a geography that knows nothing', async () => {
    const geo = await open({})
    expect(placeAt(geo, '8.8.8.8')).toBeNull()
    expect(geo.asn(parseAddress('8.8.8.8')!)).toBeNull()
    expect([...geo.cityRanges().v4.values, ...geo.asnRanges().v6.values]).toEqual([0, 0])
    expect(geo.hash).toMatch(/^[0-9a-f]{16}$/)
  })

  it('tells what is open', async () => {
    const geo = await open(SCHEMAS.GeoIP2)
    expect(geo.files.city.map(({ name, type, built }) => ({ name, type, built }))).toEqual([
      { name: 'geoip2-city.mmdb', type: 'GeoLite2-City', built: Date.UTC(2026, 0, 1) },
    ])
  })
})

describe('the hash', () => {
  it('is the same for the same files and another for others', async () => {
    const hash = async (city: string[], asn: string[] = []) => (await open({ city, asn })).hash
    expect(await hash(['geoip2-city.mmdb'])).toBe(await hash(['geoip2-city.mmdb']))
    const all = [
      await hash(['geoip2-city.mmdb']),
      await hash(['dbip-city.mmdb']),
      await hash(['flat-city-ipv4.mmdb', 'flat-city-ipv6.mmdb']),
      await hash(['flat-city-ipv6.mmdb', 'flat-city-ipv4.mmdb']),
      await hash(['geoip2-city.mmdb'], ['geoip2-asn.mmdb']),
      await hash([]),
    ]
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('families', () => {
  it('an IPv4 database answers nothing for IPv6, and the other way round', async () => {
    const v4 = await open({ city: ['flat-city-ipv4.mmdb'] })
    const v6 = await open({ city: ['flat-city-ipv6.mmdb'] })
    // The first octets of these IPv6 addresses are those of IPv4 networks in the file.
    for (const address of ['a87e:3f01::1', '151:bb00::', '::168.126.63.1', '2002:a87e:3f01::1', '64:ff9b::a87e:3f01']) {
      expect(placeAt(v4, address), address).toBeNull()
      expect(placeAt(v6, address), address).toBeNull()
    }
    for (const address of ['168.126.63.1', '32.1.14.96', '0.0.0.0']) expect(placeAt(v6, address), address).toBeNull()
    expect([...v4.cityRanges().v6.values]).toEqual([0])
    expect([...v6.cityRanges().v4.values]).toEqual([0])
  })
})
