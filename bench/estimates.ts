/**
 * Claim: what nobody measured is estimated in the background for 10 to 36 microseconds a place: below a second for all places of a city database.
 *
 * usage: npm run bench -- estimates   (no sockets, no other server; about a minute; reads geo-data/*.mmdb)
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { millis } from '../src/base/brand.ts'
import { distanceKm } from '../src/base/earth.ts'
import type { Prefix } from '../src/base/prefix.ts'
import { type Geo, openGeo } from '../src/geo/geo.ts'
import type { Cluster } from '../src/model/cluster.ts'
import type { Measurement } from '../src/model/measurement.ts'
import type { Service } from '../src/model/service.ts'
import { NO_SURVEY } from '../src/model/survey.ts'
import { compileMaps } from '../src/plan/compile-map.ts'
import { interpolateCells } from '../src/plan/estimate/interpolate.ts'
import { type MapInput, openWorld } from '../src/plan/world.ts'
import { randomOf } from '../test/route/fixture.ts'
import { kingcdn } from './harness/contenders/kingcdn.ts'
import { publish, table, whole } from './harness/report.ts'
import { median } from './harness/rounds.ts'

const CLUSTERS = 24
const TURNS = 5
/** Measured /24s. */
const MEASURED = [0, 1_000, 20_000]
const NOW = millis(1_700_000_000_000)

interface Figures {
  readonly seconds: number
  readonly residentMiB: number
  readonly cells: number
  readonly ranges: number
}

// What a compile leaves behind belongs to the next one's figures: each has a process of its own.
const wanted = process.env.MEASURED
if (wanted === undefined) report()
else process.stdout.write(JSON.stringify(await ground(Number(wanted))))

function report(): void {
  const grounds = [-1, ...MEASURED].map(count => ({ count, figures: inProcess(count) }))
  const perPlace = MEASURED.map(count => inProcess(count, 'PLACES'))
  const bare = grounds[0]!.figures
  publish({
    claim: 'estimates',
    title: 'What estimates cost',
    body: `The repository's city database, ${CLUSTERS} clusters, one service, every cluster's RTTs to the others, and RTTs of random /24s to all clusters.

CPU time throughout. The ground of the maps, compiled once a survey (every five minutes while measurements come in), in a process of its own:

${table(
  ['measured /24s', 'measured places', 'seconds', 'more', 'resident MiB', 'ranges'],
  grounds.map(({ count, figures: { seconds, residentMiB, cells, ranges } }) => [
    count < 0 ? 'none, and no mesh' : whole(count),
    whole(cells),
    seconds.toFixed(1),
    count < 0 ? '-' : (seconds - bare.seconds).toFixed(1),
    whole(residentMiB),
    whole(ranges),
  ]),
)}

The interpolation alone, all places, median of ${TURNS} turns:

${table(
  ['rows', 'places', 'ms', 'us a place'],
  perPlace.map(({ seconds, cells, ranges }) => [
    whole(ranges),
    whole(cells),
    whole(seconds * 1000),
    ((seconds * 1e6) / cells).toFixed(1),
  ]),
)}`,
    versions: [`KingCDN ${kingcdn.version()}`],
  })
}

function inProcess(count: number, what = 'GROUND'): Figures {
  const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', import.meta.filename], {
    env: { ...process.env, MEASURED: String(count), WHAT: what },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`${what} ${count}: exit code ${status}`)
  return JSON.parse(String(stdout)) as Figures
}

/** Compiles a world with `count` measured blocks; -1: without the mesh too. */
async function ground(count: number): Promise<Figures> {
  const folder = join(import.meta.dirname, '../geo-data')
  const { geo } = await openGeo({ city: [join(folder, 'city.mmdb')], asn: [join(folder, 'asn.mmdb')], overrides: [] })
  const input = inputOf(geo, count)
  if (process.env.WHAT === 'PLACES') return interpolation(input)
  const before = process.cpuUsage()
  const { stats, unmeasured } = compileMaps(input)
  const seconds = secondsSince(before)
  const residentMiB = process.memoryUsage.rss() / 2 ** 20
  return { seconds, residentMiB, cells: unmeasured.estimates.rows.cells, ranges: stats.ranges4 + stats.ranges6 }
}

/** Here `cells` are the places, and `ranges` the rows. */
function interpolation(input: MapInput): Figures {
  const { rows, finder, cells } = openWorld(input).estimates
  const turns = Array.from({ length: TURNS }, () => {
    const before = process.cpuUsage()
    interpolateCells(rows, finder, cells)
    return secondsSince(before)
  })
  return { seconds: median(turns), residentMiB: 0, cells: cells.count, ranges: rows.count }
}

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

function inputOf(geo: Geo, count: number): MapInput {
  const cityRanges = geo.cityRanges()
  const random = randomOf(7)
  const clusters = Array.from({ length: CLUSTERS }, (_, c) => clusterAt(geo, c, random()))
  const measurements = count > 0 ? measure(geo, cityRanges.v4, clusters, count, random) : []
  const rtt = (a: Cluster, b: Cluster) => 15 + distanceKm(a.location, b.location) / 70
  const mesh = clusters.flatMap(a =>
    clusters.filter(b => a !== b).map(b => ({ from: a.id, to: b.id, rttMs: rtt(a, b) })),
  )
  return {
    deployment: {
      zones: [],
      clusters,
      services: [vod(clusters)],
      geo: { city: [], asn: [], overrides: [] },
      estimates: { mesh: count < 0 ? [] : mesh, countryPairs: [] },
    },
    cityRanges,
    places: geo.places,
    asnRanges: geo.asnRanges(),
    measurements: [],
    asOf: NOW,
    survey: { ...NO_SURVEY, number: 1, asOf: NOW, evidence: '1' },
    surveyed: { measurements, networkOf: prefix => ({ ...prefix, length: 20, hi: (prefix.hi & 0xfffff000) >>> 0 }) },
    held: [],
    demand: [],
    stable: { services: {}, clusters: {} },
    generation: 1,
  }
}

function clusterAt(geo: Geo, c: number, draw: number): Cluster {
  const { lat, lon, country } = geo.places[1 + (draw % (geo.places.length - 1))]!
  return {
    id: `c${c}`,
    tier: c % 4 === 0 ? 'core' : 'exchange',
    location: { lat, lon, ...(country === undefined ? {} : { country }) },
    asns: [],
    serves: [],
    capacity: { unit: 'rps', value: 1000 },
    target: 0.75,
    biasMs: 0,
    servers: [{ id: `c${c}-1`, ipv4: `192.0.2.${c + 1}`, weight: 1 }],
  }
}

function vod(clusters: readonly Cluster[]): Service {
  return {
    id: 'vod',
    hostnames: [],
    cdnName: 'vod.cdn.example.',
    policy: 'rtt-spill',
    clusters: clusters.map(({ id }) => id),
    weights: {},
    order: [],
    answers: 2,
    ttl: { cname: 300, address: 30 },
    whenAllDown: { kind: 'all' },
  }
}

/** Located /24s, each of them measured from everywhere. */
function measure(
  geo: Geo,
  { starts, values }: ReturnType<Geo['cityRanges']>['v4'],
  clusters: readonly Cluster[],
  count: number,
  random: () => number,
): Measurement[] {
  const blocks: { prefix: Prefix; place: number }[] = []
  while (blocks.length < count) {
    const i = random() % starts.length
    if (values[i] === 0) continue
    blocks.push({ prefix: { family: 4, hi: (starts[i]! << 8) >>> 0, lo: 0, length: 24 }, place: values[i]! })
  }
  return blocks.flatMap(({ prefix, place }) => {
    const slow = 1 + (random() % 100) / 100
    return clusters.map(({ id, location }) => ({
      ...{ prefix, cluster: id, rttVarMs: 1, loss: 0, samples: 10, measuredAt: NOW, source: 'probe' as const },
      rttMs: 12 + (distanceKm(geo.places[place]!, location) / 80) * slow,
    }))
  })
}
