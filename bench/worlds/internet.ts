import { distanceKm, type Point } from '../../src/base/earth.ts'
import type { Cluster } from '../../src/model/cluster.ts'
import type { Place } from '../../src/model/place.ts'
import { METROS, type Metro } from './metros.ts'

/**
 * An invented Internet whose round-trip times one knows.
 *
 * A metro has providers; a provider meets the rest of the world at a few hubs, and not always at near ones. A packet goes from the client over one of
 * its provider's hubs to the cluster, each leg with a detour of its own:
 *
 *   rtt = access + min over hubs h of (km(client, h) * 1.3 + km(h, cluster) * detour(h, cluster)) / 100 + 1 ms
 *
 * So a cluster next door may be reached over another continent, and a path over a third place may be shorter than the direct one: the triangle
 * inequality does not hold. A cluster inside the provider is reached without a hub. Geo data is wrong as geo data is: see {@link Client.told}.
 */
export interface Internet {
  readonly clusters: readonly Cluster[]
  readonly clients: readonly Client[]
  /** True round-trip time of every cluster to every client, ms: `rtt[client][cluster]`. */
  readonly rtt: readonly Float64Array[]
  /** Between clusters. */
  readonly mesh: readonly Float64Array[]
  /** Share of triples (client, cluster, cluster) where the way over the first cluster to the second is shorter than the direct one. */
  readonly violations: number
}

/** A /24. */
export interface Client {
  /** Top 24 bits of its addresses. */
  readonly leaf: number
  readonly asn: number
  /** What the geo database says of it, which need not be where it is. */
  readonly told: Place
  readonly demand: number
}

interface Provider {
  readonly asn: number
  readonly metro: Metro
  readonly hubs: readonly Point[]
  readonly accessMs: number
}

export const CORE = ['nyc', 'lax', 'fra', 'sin']
export const EXCHANGES = ['mia', 'chi', 'sao', 'lon', 'par', 'sto', 'ist', 'jnb', 'bom', 'hkg', 'tyo', 'syd']
export const EMBEDDED = ['bog', 'bue', 'mad', 'mow', 'cai', 'los', 'del', 'jkt']

const PROVIDERS_PER_METRO = 3
/** Neighbouring /24s of one provider; of four of them the geo database says the same. */
const RUN = 16
const TOLD_TOGETHER = 4
/** Of all runs: told to be in the provider's other metro, in the middle of the country, and somewhere else altogether. */
const WRONG_CITY = 0.12
const CENTROID = 0.08
const WRONG_COUNTRY = 0.06
/** Of all providers outside NA and EU: they meet the world far away only. */
const FAR_HUB_ONLY = 0.3
const FAR_HUBS: Readonly<Record<string, readonly string[]>> = {
  ...{ SA: ['mia', 'nyc'], AF: ['lon', 'mrs', 'lis'], AS: ['sin', 'lax', 'fra', 'mrs'], OC: ['lax', 'sin'] },
}
const FIRST_LEAF = 11 << 16

/** `blocks`: about so many clients. The same for the same seed. */
export function makeInternet(seed: number, blocks: number): Internet {
  const random = uniform(seed)
  const providers = METROS.flatMap((metro, m) => providersOf(metro, m, random))
  const clusters = makeClusters(providers)
  const detours = new Map<string, number>()
  const detour = (hub: Point, cluster: Point): number => {
    const key = `${hub.lat},${hub.lon},${cluster.lat},${cluster.lon}`
    const known = detours.get(key)
    if (known !== undefined) return known
    const drawn = 1.15 + 0.25 * Math.exp(0.9 * normal(random))
    detours.set(key, drawn)
    return drawn
  }
  const runs = spread(providers, Math.round(blocks / RUN), random)
  const clients: Client[] = []
  const rtt: Float64Array[] = []
  runs.forEach((provider, r) => {
    let told = tell(provider, random)
    for (let i = 0; i < RUN; i++) {
      if (i % TOLD_TOGETHER === 0 && i > 0 && random() < 0.3) told = tell(provider, random)
      const at = beside(point(provider.metro), random)
      const access = provider.accessMs * Math.exp(0.35 * normal(random))
      clients.push({ leaf: FIRST_LEAF + r * RUN + i, asn: provider.asn, told, demand: pareto(random) })
      rtt.push(Float64Array.from(clusters, cluster => access + path(at, provider, cluster, detour)))
    }
  })
  const mesh = clusters.map(a =>
    Float64Array.from(clusters, b =>
      a === b ? 0 : 1 + (distanceKm(a.location, b.location) * detour(a.location, b.location)) / 100,
    ),
  )
  return { clusters, clients, rtt, mesh, violations: violationsOf(rtt, mesh, random) }
}

const point = ([, lat, lon]: Metro): Point => ({ lat, lon })

function providersOf(metro: Metro, m: number, random: () => number): Provider[] {
  const [id, , , , continent] = metro
  const near = [...METROS]
    .filter(other => other[4] === continent && other[0] !== id)
    .sort((a, b) => distanceKm(point(a), point(metro)) - distanceKm(point(b), point(metro)))
  const far = FAR_HUBS[continent]
  return Array.from({ length: PROVIDERS_PER_METRO }, (_, i) => {
    const tromboned = far !== undefined && random() < FAR_HUB_ONLY
    const hubs = tromboned
      ? [metroOf(far[Math.floor(random() * far.length)]!)]
      : [metro, ...near.filter(() => random() < 0.35).slice(0, 3)]
    return {
      ...{ asn: 64_512 + m * PROVIDERS_PER_METRO + i, metro, hubs: hubs.map(point) },
      accessMs: 4 + 12 * random() ** 2,
    }
  })
}

const metroOf = (id: string): Metro => METROS.find(metro => metro[0] === id)!

function makeClusters(providers: readonly Provider[]): Cluster[] {
  const make = (id: string, tier: Cluster['tier']): Cluster => {
    const [, lat, lon, country] = metroOf(id)
    const asns = tier === 'embedded' ? [providers.find(({ metro }) => metro[0] === id)!.asn] : []
    return {
      ...{ id: `${id}-${tier}`, tier, location: { lat, lon, country }, asns, serves: [], biasMs: 0, target: 0.75 },
      capacity: { unit: 'rps', value: 1e9 },
      servers: [{ id: `${id}-${tier}-1`, ipv4: '192.0.2.1', weight: 1 }],
    }
  }
  return [
    ...CORE.map(id => make(id, 'core')),
    ...EXCHANGES.map(id => make(id, 'exchange')),
    ...EMBEDDED.map(id => make(id, 'embedded')),
  ]
}

/** Providers in proportion to the people of their metro, in the order of their numbers: a run each. */
function spread(providers: readonly Provider[], runs: number, random: () => number): Provider[] {
  const total = providers.reduce((sum, { metro }) => sum + metro[5], 0)
  return providers.flatMap(provider => {
    const exact = (runs * provider.metro[5]) / total
    return new Array<Provider>(Math.floor(exact) + (random() < exact % 1 ? 1 : 0)).fill(provider)
  })
}

function tell({ metro }: Provider, random: () => number): Place {
  const [, lat, lon, country, continent] = metro
  const from = 'city.mmdb'
  const drawn = random()
  if (drawn < WRONG_COUNTRY) return placeAt(METROS[Math.floor(random() * METROS.length)]!, random)
  if (drawn < WRONG_COUNTRY + CENTROID) {
    const inside = METROS.filter(other => other[3] === country)
    const mean = (k: 1 | 2): number => inside.reduce((sum, other) => sum + other[k], 0) / inside.length
    return { lat: mean(1), lon: mean(2), country, continent, radiusKm: 0, centroid: true, from }
  }
  if (drawn < WRONG_COUNTRY + CENTROID + WRONG_CITY) {
    const inside = METROS.filter(other => other[3] === country)
    return placeAt(inside[Math.floor(random() * inside.length)]!, random)
  }
  return { ...halfDegrees(beside({ lat, lon }, random)), country, continent, radiusKm: 20, centroid: false, from }
}

function placeAt(metro: Metro, random: () => number): Place {
  const [, , , country, continent] = metro
  const at = halfDegrees(beside(point(metro), random))
  return { ...at, country, continent, radiusKm: 20, centroid: false, from: 'city.mmdb' }
}

const halfDegrees = ({ lat, lon }: Point): Point => ({ lat: Math.round(lat * 2) / 2, lon: Math.round(lon * 2) / 2 })

/** Within about 60 km. */
const beside = ({ lat, lon }: Point, random: () => number): Point => ({
  lat: lat + 0.5 * (2 * random() - 1),
  lon: lon + 0.5 * (2 * random() - 1),
})

function path(
  at: Point,
  { asn, hubs }: Provider,
  { location, asns }: Cluster,
  detour: (a: Point, b: Point) => number,
): number {
  if (asns.includes(asn)) return 1 + (distanceKm(at, location) * 1.3) / 100
  return (
    1 +
    Math.min(...hubs.map(hub => (distanceKm(at, hub) * 1.3 + distanceKm(hub, location) * detour(hub, location)) / 100))
  )
}

function violationsOf(rtt: readonly Float64Array[], mesh: readonly Float64Array[], random: () => number): number {
  let violated = 0
  const samples = 200_000
  for (let i = 0; i < samples; i++) {
    const row = rtt[Math.floor(random() * rtt.length)]!
    const a = Math.floor(random() * mesh.length)
    const b = Math.floor(random() * mesh.length)
    if (a !== b && row[a]! + mesh[a]![b]! < row[b]!) violated++
  }
  return violated / samples
}

/** Mulberry32: uniform in 0..1. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Box and Muller 1958. */
export const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** Heavy-tailed, mean about 3, at most 200. */
const pareto = (random: () => number): number => Math.min(200, (1 - random()) ** (-1 / 1.3))
