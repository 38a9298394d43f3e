import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CityResponse, Reader } from 'maxmind'
import { afterAll, describe, expect, it } from 'vitest'
import {
  clientBlocks,
  countrySites,
  SERVICES,
  SITES,
  writeCityDatabase,
  writeGeoQueries,
} from '../../bench/harness/geo-world.ts'

const COUNT = 1_000
const folder = mkdtempSync(join(tmpdir(), 'kingcdn-bench-'))
const database = join(folder, 'city.mmdb')
writeCityDatabase(database)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the geo world of the benches', () => {
  it('every client block is somewhere near a site, and the sites all have clients', () => {
    const reader = new Reader<CityResponse>(readFileSync(database))
    const near = clientBlocks(COUNT, 12345).map(block => {
      const { location, country } = reader.get(`${block.join('.')}.1`)!
      return SITES.findIndex(
        ({ lat, lon, country: code }) =>
          code === country?.iso_code &&
          Math.abs(lat - location!.latitude!) <= 2 &&
          Math.abs(lon - location!.longitude!) <= 2,
      )
    })
    expect(near).not.toContain(-1)
    expect(new Set(near).size).toBe(SITES.length)
  })

  it('blocks are the same at every call, and different for another seed', () => {
    expect(clientBlocks(COUNT, 1)).toEqual(clientBlocks(COUNT, 1))
    expect(clientBlocks(COUNT, 1)).not.toEqual(clientBlocks(COUNT, 2))
  })

  it('the query file holds one framed query for each block, with the block as its ECS', () => {
    const file = join(folder, 'queries.bin')
    const blocks = clientBlocks(COUNT, 3)
    writeGeoQueries(file, blocks)
    const octets = readFileSync(file)
    let at = 0
    for (const [i, block] of blocks.entries()) {
      const message = octets.subarray(at + 2, at + 2 + octets.readUInt16BE(at))
      expect(message.readUInt16BE(0)).toBe(i)
      expect(message.toString('latin1')).toContain(SERVICES[i % SERVICES.length]!.split('.')[0])
      // Family 1, source prefix length 24, scope 0, three octets (RFC 7871 section 6), at the very end.
      expect([...message.subarray(-11)]).toEqual([0, 8, 0, 7, 0, 1, 24, 0, ...block])
      at += 2 + message.length
    }
    expect(at).toBe(octets.length)
  })

  it('servers that choose by country have one site in each', () => {
    const countries = countrySites(SITES).map(([{ country }]) => country)
    expect(new Set(countries).size).toBe(countries.length)
    expect(new Set(countries)).toEqual(new Set(SITES.map(({ country }) => country)))
  })
})
