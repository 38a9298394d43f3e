import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MmdbWriter } from '../../geo-data/mmdb-writer.ts'
import { formatAddress, parseAddress } from '../../src/base/ip.ts'
import { firstAddress, parsePrefix } from '../../src/base/prefix.ts'
import { parseDatabase } from '../../src/geo/database.ts'
import { openGeo } from '../../src/geo/geo.ts'
import { FIXTURE_FOLDER } from '../fixture/make-mmdb.ts'
import { NETWORKS } from '../fixture/mmdb-world.ts'

const SEED = 20260101
const ADDRESSES = NETWORKS.map(([prefix]) => firstAddress(parsePrefix(prefix)!))
const good = (name: string) => readFileSync(join(FIXTURE_FOLDER, name))

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kingcdn-geo-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function written(name: string, bytes: Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, bytes)
  return file
}

const openCity = (...files: string[]) => openGeo({ city: files, asn: [], overrides: [] })
const fixture = (name: string) => join(FIXTURE_FOLDER, name)

/** Asks everything there is to ask. */
function exercise(geo: Awaited<ReturnType<typeof openGeo>>['geo']): void {
  for (const address of ADDRESSES) {
    geo.locate(address)
    geo.asn(address)
  }
  for (const table of [geo.cityRanges(), geo.cityRanges({ v4: 12, v6: 24 }), geo.asnRanges()]) {
    for (const id of table.v4.values) expect(Number.isInteger(id)).toBe(true)
  }
  for (const place of geo.places) {
    expect(Math.abs(place.lat)).toBeLessThanOrEqual(90)
    expect(Math.abs(place.lon)).toBeLessThanOrEqual(180)
  }
}

describe('a file that cannot be used is a problem that says what to do, and the rest works', () => {
  const cases: [what: string, make: () => string, message: RegExp][] = [
    ['missing', () => join(folder, 'nowhere.mmdb'), /no such file.*npm run geo-data/],
    ['a folder', () => folder, /folder; name the \.mmdb file/],
    ['empty', () => written('empty.mmdb', new Uint8Array()), /empty; fetch it again/],
    ['cut short', () => fixture('damaged-cut-short.mmdb'), /cut short.*fetch it again/],
    [
      'without its beginning',
      () => written('tail.mmdb', good('geoip2-city.mmdb').subarray(2000)),
      /damaged, fetch it again/,
    ],
    [
      'without the separator behind its tree',
      () => written('inseparable.mmdb', withoutSeparator(good('flat-city-ipv4.mmdb'))),
      /separator.*damaged/,
    ],
    ['compressed', () => written('city.mmdb.gz', gzipSync(good('geoip2-city.mmdb'))), /compressed; unpack it/],
    [
      'without a network',
      () => written('void.mmdb', new MmdbWriter({ ipVersion: 6, type: 'x', built: 0, description: '' }).bytes()),
      /holds no networks/,
    ],
    ['text', () => written('city.csv', Buffer.from('1.0.0.0,1.0.0.255,AU\n'.repeat(50))), /not a MaxMind DB file/],
    [
      'only a metadata marker',
      () => written('marker.mmdb', Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')),
      /metadata cannot be read/,
    ],
    [
      'an ASN database',
      () => fixture('geoip2-asn.mmdb'),
      /type "GeoLite2-ASN" without countries.*list it under geo\.asn/,
    ],
  ]

  it.each(cases)('%s', async (_, make, message) => {
    const file = make()
    const { geo, problems } = await openCity(file, fixture('dbip-city.mmdb'))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ severity: 'error', file, line: 0, column: 0 })
    expect(problems[0]!.message).toMatch(/^geo\.city: /)
    expect(problems[0]!.message).toMatch(message)
    expect(geo.locate(parseAddress('168.126.63.1')!)?.place.from).toBe('dbip-city.mmdb')
  })

  it('a city database where networks are expected', async () => {
    const file = fixture('geoip2-city.mmdb')
    const { geo, problems } = await openGeo({ city: [], asn: [file], overrides: [] })
    expect(problems.map(problem => problem.message)).toEqual([
      'geo.asn: a database of type "GeoLite2-City" without AS numbers; legal: ASN in the schema of GeoIP2, DB-IP or flat; it has places: list it under geo.city',
    ])
    expect(geo.files.asn).toEqual([])
  })

  it('an IPv6 tree that holds IPv4 networks alone is used', async () => {
    const writer = new MmdbWriter({ ipVersion: 6, type: 'x', built: 0, description: '' })
    writer.insert(Uint8Array.of(192, 0, 2, 0), 24, writer.record({ country: { iso_code: 'KR' } }))
    writer.aliasOfV4(new Uint8Array(16).fill(255, 10, 12), 96)
    const { geo, problems } = await openCity(written('four-in-six.mmdb', writer.bytes()))
    expect(problems).toEqual([])
    expect([...geo.cityRanges().v4.values]).toEqual([0, 1, 0])
  })

  it('every bad file has its own problem', async () => {
    const { problems } = await openGeo({
      city: [join(folder, 'a.mmdb'), fixture('damaged-cut-short.mmdb')],
      asn: [join(folder, 'b.mmdb')],
      overrides: [],
    })
    expect(problems).toHaveLength(3)
  })

  it('a file cut off at any length', async () => {
    const whole = good('flat-city-ipv6.mmdb')
    for (let length = 0; length < whole.length; length += 61) {
      const { problems } = await openCity(written('cut.mmdb', whole.subarray(0, length)))
      expect(problems, `${length} octets`).toHaveLength(1)
    }
  })

  it('random octets', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), fc.boolean(), async (noise, marked) => {
        const bytes = marked
          ? Buffer.concat([noise, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), noise.subarray(0, 200)])
          : noise
        const { geo, problems } = await openCity(written('noise.mmdb', bytes))
        expect(problems).toHaveLength(1)
        exercise(geo)
      }),
      { seed: SEED, numRuns: 100 },
    )
  })
})

describe('damage inside a file', () => {
  it('a corrupt record is unknown and counted once; its neighbours are not touched', async () => {
    const { geo, problems } = await openCity(fixture('damaged-record.mmdb'))
    expect(problems).toEqual([])
    expect(geo.locate(parseAddress('1.129.0.1')!)).toBeNull()
    expect(geo.locate(parseAddress('1.130.0.1')!)).toBeNull()
    expect(geo.faults).toBe(1)
    expect(geo.locate(parseAddress('168.126.63.1')!)?.place.country).toBe('KR')
    geo.cityRanges()
    geo.cityRanges()
    expect(geo.faults).toBe(1)
  })

  it('a record beyond the data is corrupt, though something lies there', async () => {
    const bytes = Buffer.from(good('flat-city-ipv4.mmdb'))
    const { tree } = opened(bytes)
    // The root's record for 128.0.0.0/1 now points at the metadata, which decode well.
    bytes.writeUIntBE(tree.shape.nodeCount + 16 + tree.shape.dataBytes + 14, 3, 3)
    const { geo } = await openCity(written('beyond.mmdb', bytes))
    expect(geo.locate(parseAddress('168.126.63.1')!)).toBeNull()
    expect(geo.faults).toBe(1)
    expect(geo.locate(parseAddress('81.129.0.1')!)?.place.country).toBe('GB')
  })

  it('a tree that leads in circles ends, and is counted once', async () => {
    const { geo, problems } = await openCity(fixture('damaged-circular.mmdb'))
    expect(problems).toEqual([])
    exercise(geo)
    exercise(geo)
    expect(geo.faults).toBe(1)
  })

  it.each(['geoip2-city.mmdb', 'dbip-city.mmdb', 'flat-city-ipv4.mmdb', 'flat-asn.mmdb'])(
    'flipped bits anywhere in %s: a problem or unknown places, never an exception',
    async name => {
      const whole = good(name)
      const flips = fc.array(fc.nat(whole.length * 8 - 1), { minLength: 1, maxLength: 8 })
      await fc.assert(
        fc.asyncProperty(flips, async bits => {
          const bytes = Buffer.from(whole)
          for (const bit of bits) bytes[bit >> 3]! ^= 1 << (bit & 7)
          const file = written('flipped.mmdb', bytes)
          const { geo } = await openGeo({ city: [file], asn: [file], overrides: [] })
          exercise(geo)
        }),
        { seed: SEED, numRuns: 150 },
      )
    },
  )

  it('what a damaged file still says is what the sound one says, for places it did not lose', async () => {
    const whole = good('geoip2-city.mmdb')
    const { geo: sound } = await openCity(fixture('geoip2-city.mmdb'))
    const bytes = Buffer.from(whole)
    // The last record of the data section; the metadata follow it.
    const end = bytes.lastIndexOf('MaxMind.com') - 3
    bytes.fill(0xff, end - 20, end)
    const { geo } = await openCity(written('end.mmdb', bytes))
    const answer = (of: typeof geo, address: Uint8Array) => ({ ...of.locate(address)?.place, from: '' })
    const changed = ADDRESSES.filter(
      address => JSON.stringify(answer(geo, address)) !== JSON.stringify(answer(sound, address)),
    )
    expect(changed.length).toBeGreaterThan(0)
    expect(changed.length, changed.map(formatAddress).join()).toBeLessThan(4)
  })
})

function opened(bytes: Buffer) {
  const verdict = parseDatabase('test.mmdb', bytes)
  if (verdict.kind === 'bad') throw new Error(verdict.reason)
  return verdict.database
}

function withoutSeparator(bytes: Buffer): Buffer {
  const { nodeCount, recordSize } = opened(bytes).tree.shape
  return Buffer.from(bytes).fill(1, (nodeCount * recordSize) / 4, (nodeCount * recordSize) / 4 + 16)
}
