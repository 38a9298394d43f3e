import { distanceKm, type Point } from '../../../src/base/earth.ts'
import { formatPrefix, type Prefix } from '../../../src/base/prefix.ts'
import { COUNTRIES } from '../../../src/geo/countries.ts'
import type { Cluster } from '../../../src/model/cluster.ts'
import type { MeshRtt } from '../../../src/model/estimates.ts'
import type { Measurement } from '../../../src/model/measurement.ts'
import type { Place } from '../../../src/model/place.ts'
import { regionOf } from '../../../src/route/region.ts'
import { priorMs } from '../../../src/route/score/prior.ts'
import { cluster, measurement, randomOf } from '../../route/fixture.ts'

/**
 * An invented Internet whose round-trip times one knows. Between two regions paths are as straight as the prior says; on top of that two countries have
 * a detour in common (who peers with whom), two metros another (triangle violations), and each country and each metro an access delay.
 */
export interface Internet {
  readonly places: readonly Place[]
  /** A /24 per place. */
  readonly prefixes: readonly Prefix[]
  readonly clusters: readonly Cluster[]
  readonly mesh: readonly MeshRtt[]
  /** True RTT of place p and cluster c, ms. */
  rttMs(p: number, c: number): number
}

const PER_COUNTRY = 3
/** Standard deviations of ln: detours of two countries, how slow a country is, and what metros add to either. */
const COUNTRY_SPREAD = 0.2
const ACCESS_SPREAD = 0.25
const METRO_SPREAD = 0.2

export function inventInternet(seed: number, clusterCount: number): Internet {
  const draw = new Gaussian(seed)
  const codes = Object.keys(COUNTRIES).sort()
  const places = codes.flatMap(country =>
    Array.from({ length: PER_COUNTRY }, (_, k) => placeIn(country, k === 0 ? 0 : 2, draw)),
  )
  const slow = new Map(codes.map(code => [code, Math.exp(ACCESS_SPREAD * draw.next())]))
  const slower = places.map(() => Math.exp(METRO_SPREAD * draw.next()))
  const around = smoothField(draw)
  const detour = (a: Place, b: Place) => Math.exp(COUNTRY_SPREAD * around(a, b))
  const twist = pairwise((a, b) => Math.exp(METRO_SPREAD * gaussOf(seed, `m ${a} ${b}`)))
  const sites = Array.from({ length: clusterCount }, () => draw.below(places.length))
  const between = (a: number, b: number): number => {
    const [from, to] = [places[a]!, places[b]!]
    const km = distanceKm(from, to)
    const regions = [from, to].map(({ country, continent }) => regionOf(country, continent))
    const usual = priorMs(km, regions[0]!, regions[1]!, from.country === to.country) + 20
    const path = usual * detour(from, to) * twist(`${a}`, `${b}`)
    return Math.max(km / 88 + 1, path * slow.get(from.country!)! * slow.get(to.country!)! * slower[a]! - 20)
  }
  const rtts = new Float64Array(places.length * clusterCount)
  const clusters = sites.map((site, c) => {
    const { lat, lon, country } = places[site]!
    return { ...cluster(`c${c}`, 'seoul'), location: { lat, lon, country: country! } }
  })
  const mesh = sites.flatMap((a, i) =>
    sites.flatMap((b, j) => (i === j ? [] : [{ from: `c${i}`, to: `c${j}`, rttMs: between(b, a) }])),
  )
  return {
    places,
    prefixes: places.map((_, p) => ({ family: 4, hi: (0x14000000 + p * 256) >>> 0, lo: 0, length: 24 })),
    clusters,
    mesh,
    rttMs: (p, c) => (rtts[p * clusterCount + c] ||= between(p, sites[c]!)),
  }
}

/** The place of the k-th block: around the country's middle. */
function placeIn(country: string, spread: number, draw: Gaussian): Place {
  const { lat, lon, continent } = COUNTRIES[country]!
  const moved = (degrees: number, most: number) =>
    Math.max(-most, Math.min(most, Math.round((degrees + spread * draw.next()) * 10) / 10))
  return {
    lat: moved(lat, 89),
    lon: moved(lon, 179),
    country,
    continent,
    radiusKm: 0,
    centroid: false,
    from: 'city.mmdb',
  }
}

/** Rows of these places to these clusters, as exact as probes are: 3 %. */
export function measured(
  internet: Internet,
  pairs: readonly (readonly [place: number, cluster: number])[],
): Measurement[] {
  return pairs.map(([p, c]) => {
    const noise = 1 + 0.03 * gaussOf(p, `${c}`)
    return measurement(formatPrefix(internet.prefixes[p]!), `c${c}`, Math.max(1, internet.rttMs(p, c) * noise))
  })
}

/** How alike the detours of neighbours are: they fade over so many waves round the earth. */
const WAVES = 8
const FEATURES = 24

/** A random function of two places that is symmetric, and nearly the same for neighbours: sums of waves (Rahimi and Recht 2007). */
function smoothField(draw: Gaussian): (a: Point, b: Point) => number {
  const wave = () => [WAVES * draw.next(), WAVES * draw.next(), WAVES * draw.next(), Math.PI * draw.next()] as const
  const waves = Array.from({ length: FEATURES }, () => [wave(), wave()] as const)
  const at = ({ lat, lon }: Point, [x, y, z, phase]: ReturnType<typeof wave>) => {
    const [north, east] = [(lat * Math.PI) / 180, (lon * Math.PI) / 180]
    return Math.cos(
      x * Math.cos(north) * Math.cos(east) + y * Math.cos(north) * Math.sin(east) + z * Math.sin(north) + phase,
    )
  }
  return (a, b) =>
    waves.reduce((sum, [u, v]) => sum + at(a, u) * at(b, v) + at(b, u) * at(a, v), 0) * Math.sqrt(2 / FEATURES)
}

/** Seeded normal deviates. */
export class Gaussian {
  readonly #next: () => number
  constructor(seed: number) {
    this.#next = randomOf(seed)
  }
  below(n: number): number {
    return this.#next() % n
  }
  next(): number {
    const u = (this.#next() + 1) / 2 ** 32
    return Math.sqrt(-2 * Math.log(u)) * Math.cos((2 * Math.PI * this.#next()) / 2 ** 32)
  }
  /** Of 0 .. n - 1, `count` different ones. */
  some(n: number, count: number): number[] {
    const all = Array.from({ length: n }, (_, i) => i)
    for (let i = 0; i < count; i++) {
      const j = i + this.below(n - i)
      ;[all[i], all[j]] = [all[j]!, all[i]!]
    }
    return all.slice(0, count)
  }
}

function gaussOf(seed: number, text: string): number {
  let hash = seed | 0
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x5bd1e995) ^ (hash >>> 13)
  return new Gaussian(hash).next()
}

/** The same both ways, and remembered. */
function pairwise(of: (a: string, b: string) => number): (a: string, b: string) => number {
  const known = new Map<string, number>()
  return (a, b) => {
    const key = a < b ? `${a}|${b}` : `${b}|${a}`
    let value = known.get(key)
    if (value === undefined) {
      value = a < b ? of(a, b) : of(b, a)
      known.set(key, value)
    }
    return value
  }
}
