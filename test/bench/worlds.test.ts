import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { start } from '../../bench/harness/start.ts'
import { BLOCK_COUNT, clientBlock, FIRST_OCTET } from '../../bench/worlds/blocks.ts'
import { writeCityDatabase } from '../../bench/worlds/city-database.ts'
import { gdnsdOfWorld } from '../../bench/worlds/gdnsd.ts'
import { kingcdnOfWorld } from '../../bench/worlds/kingcdn.ts'
import { knotOfWorld } from '../../bench/worlds/knot.ts'
import { nearestClusters, writeMeasurements } from '../../bench/worlds/measurements.ts'
import { blockPlace, PLACE_SPOTS } from '../../bench/worlds/places.ts'
import { writeMixedQueries, writeRoutedQueries } from '../../bench/worlds/queries.ts'
import { importRtt } from '../../bench/worlds/running-kingcdn.ts'
import { sites } from '../../bench/worlds/sites.ts'
import { clusterId, MEASURED_CLUSTERS, NAME_SERVER, serverAddress } from '../../bench/worlds/world.ts'
import { readRttCsv } from '../../src/cli/rtt-csv.ts'
import { openDatabase } from '../../src/geo/database.ts'
import { placeOf } from '../../src/geo/record.ts'
import { dig } from '../fixture/dig.ts'
import { missing } from '../fixture/tools.ts'

/** Small, but with more clusters than metros, so that some metros have two. */
const SIZE = { clusters: 30, services: 12, prefixes: 400, records: 50 }

let folder = ''
let city = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'worlds-'))
  city = join(folder, 'city.mmdb')
  writeCityDatabase(city)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('client blocks', () => {
  it('are all different and all of the space', () => {
    const seen = new Uint8Array(BLOCK_COUNT)
    for (let i = 0; i < BLOCK_COUNT; i++) {
      const [a, b, c] = clientBlock(i)
      seen[((a - FIRST_OCTET) << 16) | (b << 8) | c]!++
    }
    expect(seen.indexOf(0)).toBe(-1)
  })

  it('the first thousand lie in all parts of it', () => {
    const first = new Set(Array.from({ length: 1000 }, (_, i) => clientBlock(i)[0]))
    expect(first.size).toBe(64)
  })

  it('lie where the city database has them', async () => {
    const verdict = await openDatabase(city)
    if (verdict.kind === 'bad') throw new Error(verdict.reason)
    for (let i = 0; i < 500; i++) {
      const block = clientBlock(i)
      const found = verdict.database.lookup(Uint8Array.of(...block, 7))
      const { lat, lon, country } = PLACE_SPOTS[blockPlace(block)]!
      const place = placeOf(found!.record, '')!
      expect(place).toMatchObject({ country, centroid: false })
      expect(Math.abs(place.lat - lat) + Math.abs(place.lon - lon)).toBeLessThan(0.11)
    }
  })
})

describe('measurements', () => {
  const at = 1_800_000_000
  const write = (name: string, seed: number): string => {
    const file = join(folder, name)
    writeMeasurements(file, SIZE, { at, seed })
    return file
  }

  it('are what `kingcdn rtt import` takes, to the nearest clusters, and no faster than light', async () => {
    const ids = new Set(Array.from({ length: SIZE.clusters }, (_, i) => clusterId(i)))
    const near = nearestClusters(SIZE.clusters)
    let rows = 0
    for await (const line of readRttCsv(createReadStream(write('rtt.csv', 17)), ids, at * 1000)) {
      if ('fault' in line) throw new Error(line.fault)
      const { prefix, cluster, rttMs } = line.row
      const block = clientBlock(Math.floor(rows++ / MEASURED_CLUSTERS))
      expect(prefix).toMatchObject({ length: 24, hi: ((block[0] << 24) | (block[1] << 16) | (block[2] << 8)) >>> 0 })
      const { km } = near(blockPlace(block)).find(each => clusterId(each.cluster) === cluster)!
      expect(rttMs).toBeGreaterThan(km / 100)
    }
    expect(rows).toBe(SIZE.prefixes * MEASURED_CLUSTERS)
  })

  it('are the same for the same seed, and others for another', () => {
    const [first, again, other] = [write('1', 17), write('2', 17), write('3', 18)].map(file => readFileSync(file))
    expect(first!.equals(again!)).toBe(true)
    expect(first!.equals(other!)).toBe(false)
  })

  it('the clusters of a small world stand where those of a large one do', () => {
    expect(sites(1000).slice(0, 10)).toEqual(sites(10))
  })
})

describe('queries', () => {
  /** Name and client block, where there is one, of each message. */
  const read = (file: string): { name: string; block: string | null }[] => {
    const bytes = readFileSync(file)
    const out = []
    for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at)) {
      const message = bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at))
      let end = 12
      const labels: string[] = []
      for (; message[end] !== 0; end += 1 + message[end]!)
        labels.push(message.toString('latin1', end + 1, end + 1 + message[end]!))
      const subnet = message.length > end + 5 + 11 ? [...message.subarray(-3)].join('.') : null
      out.push({ name: labels.join('.'), block: subnet })
    }
    return out
  }

  it('of services name them all, with a block each, every other one measured', () => {
    const file = join(folder, 'routed')
    writeRoutedQueries(file, SIZE)
    const queries = read(file)
    const measured = new Set(Array.from({ length: SIZE.prefixes }, (_, i) => clientBlock(i).join('.')))
    expect(new Set(queries.map(({ name }) => name)).size).toBe(SIZE.services)
    expect(queries.filter((_, i) => i % 2 === 0).every(({ block }) => measured.has(block!))).toBe(true)
    expect(queries.filter(({ block }) => measured.has(block!)).length).toBeLessThan(queries.length * 0.51)
  })

  it('that are mixed are half services, for a server that routes, else records alone', () => {
    const share = (routed: boolean): number => {
      const file = join(folder, 'mixed')
      writeMixedQueries(file, SIZE, routed)
      const queries = read(file)
      return queries.filter(({ name }) => name.startsWith('s')).length / queries.length
    }
    expect([share(true), share(false)]).toEqual([0.5, 0])
  })
})

describe.skipIf(missing('dig'))('a world is served', () => {
  /** Clusters of which a client of each of some blocks gets the two servers. */
  async function clustersFor(port: number, service: string, blocks: readonly number[]): Promise<number[]> {
    const all = Array.from({ length: SIZE.clusters }, (_, c) =>
      [serverAddress(c, 1), serverAddress(c, 2)].sort().join(),
    )
    const replies = blocks.map(i =>
      dig(port, [`${service}.cdn.example`, 'A', `+subnet=${clientBlock(i).join('.')}.0/24`]),
    )
    return (await Promise.all(replies)).map(({ answer }) =>
      all.indexOf(
        answer
          .map(line => line.split(' ').at(-1)!)
          .sort()
          .join(),
      ),
    )
  }
  const BLOCKS = Array.from({ length: 20 }, (_, i) => i)
  const job = () => ({ size: SIZE, city })

  it('by KingCDN: a measured client goes to one of the clusters that it was measured to', async () => {
    const server = await start(kingcdnOfWorld, job(), { question: NAME_SERVER })
    const file = join(folder, 'now.csv')
    writeMeasurements(file, SIZE, { at: Math.floor(Date.now() / 1000), seed: 17 })
    await importRtt(server, file, SIZE.prefixes * MEASURED_CLUSTERS)
    const near = nearestClusters(SIZE.clusters)
    const chosen = await clustersFor(server.site.port, 's1', BLOCKS)
    const known = BLOCKS.map(i => near(blockPlace(clientBlock(i))).map(({ cluster }) => cluster))
    expect(chosen.filter((cluster, i) => known[i]!.includes(cluster)).length).toBeGreaterThan(BLOCKS.length * 0.8)
    await server.stop()
  }, 60_000)

  it.skipIf(gdnsdOfWorld.lacks().length > 0)('by gdnsd: its nets decide for measured clients', async () => {
    const server = await start(gdnsdOfWorld, job(), { question: NAME_SERVER })
    const near = nearestClusters(SIZE.clusters)
    const nearest = BLOCKS.map(i => near(blockPlace(clientBlock(i)))[0]!.cluster)
    expect(await clustersFor(server.site.port, 's11', BLOCKS)).toEqual(nearest)
    await server.stop()
  })

  it.skipIf(knotOfWorld.lacks().length > 0)('by Knot: the client’s country decides', async () => {
    const server = await start(knotOfWorld, job(), { question: NAME_SERVER })
    const countries = (await clustersFor(server.site.port, 's11', BLOCKS)).map(c => sites(SIZE.clusters)[c]!.country)
    expect(countries).toEqual(BLOCKS.map(i => PLACE_SPOTS[blockPlace(clientBlock(i))]!.country))
    await server.stop()
  })
})
