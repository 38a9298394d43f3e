import { prefixOf } from '../../src/base/prefix.ts'
import { RangeBuilder } from '../../src/base/range-table.ts'
import type { Cluster } from '../../src/model/cluster.ts'
import type { Place } from '../../src/model/place.ts'
import { DEFAULT_SCENARIO } from '../../src/model/scenario.ts'
import type { Service } from '../../src/model/service.ts'
import { EPOCH, Fleet } from '../../src/simulate/fleet.ts'
import { countedDemand, type DemandEntry, type Population, populate } from '../../src/simulate/population.ts'
import { gauss, type Random, seeded } from '../../src/simulate/random.ts'
import { Resolvers } from '../../src/simulate/resolvers.ts'
import { compileTables, type Sources, type Tables } from '../../src/simulate/tables.ts'

export interface WorldOptions {
  readonly seed: number
  readonly clusters: number
  readonly blocks: number
  /** Total demand / total capacity. */
  readonly utilisation: number
  /** The planner knows the demand of each block, or counts leaves. */
  readonly demandKnown: boolean
  readonly ttl: number
}

/** An invented CDN on 10,000 x 5,000 km around the equator, compiled by the product. Loads are in rps; only their proportions matter. */
export interface World {
  readonly sources: Sources
  readonly tables: Tables
  readonly population: Population
  readonly capacity: Float64Array
  /** Cluster that each block has first. */
  readonly first: Int16Array
}

interface City {
  readonly lat: number
  readonly lon: number
  readonly size: number
}

const KM_PER_DEGREE = 111.2
const ISPS = 6
const ASN = 64_500
/** Client blocks lie from 11.0.0.0 on, below 100.64.0.0/10, which is special. */
const FIRST_LEAF = 11 << 16
const LEAVES = 88 << 16

export function inventWorld(options: WorldOptions): World {
  const random = seeded(options.seed)
  const cities = Array.from({ length: 60 }, (_, i) => ({
    lat: (random() - 0.5) * 45,
    lon: (random() - 0.5) * 90,
    size: 1 / (i + 1) ** 0.7,
  }))
  const clusters = placeClusters(cities, options.clusters, random)
  const people = placeBlocks(cities, options.blocks, random)
  const sources: Sources = {
    deployment: {
      zones: [],
      clusters,
      services: [service(clusters, options.ttl)],
      geo: { city: [], asn: [], overrides: [] },
    },
    ...people.ranges,
    measurements: [],
    counted: options.demandKnown ? countedDemand(people.demand) : [],
  }
  const tables = compileTables(sources, EPOCH)
  const { population } = populate(tables.world, people.demand, [])
  const first = firstChoices(sources, tables, population)
  const capacity = giveCapacity(first, population.demand, clusters, options.utilisation, random)
  const sized = clusters.map((cluster, c) => ({ ...cluster, capacity: { unit: 'rps' as const, value: capacity[c]! } }))
  return {
    sources: { ...sources, deployment: { ...sources.deployment, clusters: sized } },
    tables,
    population,
    capacity,
    first,
  }
}

/** One in ten is a core cluster, one in three an exchange, the rest are embedded in one ISP each. */
function placeClusters(cities: readonly City[], count: number, random: Random): Cluster[] {
  const cores = Math.max(3, Math.round(count * 0.1))
  const exchanges = Math.round(count * 0.35)
  return Array.from({ length: count }, (_, i): Cluster => {
    const tier = i < cores ? 'core' : i < cores + exchanges ? 'exchange' : 'embedded'
    const city = tier === 'embedded' ? pickCity(cities, random) : cities[(i * 2) % cities.length]!
    const location = near(city, 30, random)
    const isp = Math.floor(random() * random() * ISPS)
    return {
      id: `${tier}-${i}`,
      tier,
      location,
      asns: tier === 'embedded' ? [ASN + isp] : [],
      serves: [],
      capacity: { unit: 'rps', value: 1 },
      target: 0.75,
      biasMs: 0,
      servers: [{ id: `${tier}-${i}-1`, ipv4: `198.18.${i}.1`, weight: 1 }],
    }
  })
}

function service(clusters: readonly Cluster[], ttl: number): Service {
  return {
    id: 'video',
    hostnames: [],
    cdnName: 'video.cdn.example.',
    policy: 'rtt-spill',
    clusters: clusters.map(({ id }) => id),
    weights: {},
    order: [],
    answers: 1,
    ttl: { cname: 300, address: ttl },
    whenAllDown: { kind: 'all' },
  }
}

/** Blocks around cities, each with its own place and ISP, side by side in the address space; their demand is Pareto, alpha 1.2. */
function placeBlocks(cities: readonly City[], count: number, random: Random) {
  const places: Place[] = [{ lat: 0, lon: 0, radiusKm: 0, centroid: false, from: '' }]
  const city = new RangeBuilder()
  const asn = new RangeBuilder()
  city.push4(0, 0)
  asn.push4(0, 0)
  const demand: DemandEntry[] = []
  const size = Math.floor(LEAVES / count)
  for (let b = 0; b < count; b++) {
    const leaf = FIRST_LEAF + b * size
    places.push({ ...near(pickCity(cities, random), 150, random), radiusKm: 0, centroid: false, from: 'invented' })
    city.push4(leaf, b + 1)
    asn.push4(leaf, ASN + Math.floor(random() * random() * ISPS))
    const prefix = prefixOf(Uint8Array.of(leaf >>> 16, leaf >>> 8, leaf, 0), 24)
    demand.push({ prefix, service: 0, amount: Math.min(25, (1 - random()) ** (-1 / 1.2)) })
  }
  city.push4(FIRST_LEAF + count * size, 0)
  asn.push4(FIRST_LEAF + count * size, 0)
  return { ranges: { cityRanges: city.finish(), asnRanges: asn.finish(), places }, demand }
}

function pickCity(cities: readonly City[], random: Random): City {
  let left = random() * cities.reduce((sum, city) => sum + city.size, 0)
  for (const city of cities) {
    left -= city.size
    if (left <= 0) return city
  }
  return cities[0]!
}

function near({ lat, lon }: City, km: number, random: Random): { lat: number; lon: number } {
  return {
    lat: lat + (km * gauss(random)) / KM_PER_DEGREE,
    lon: lon + (km * gauss(random)) / KM_PER_DEGREE,
  }
}

function firstChoices({ deployment }: Sources, tables: Tables, population: Population): Int16Array {
  const resolvers = new Resolvers(population, { share: 0, ttls: 1 }, 1)
  const { unshed } = new Fleet(deployment.clusters, DEFAULT_SCENARIO, seeded(1))
  return Int16Array.from({ length: population.count }, (_, b) => resolvers.choice(b, tables.route, unshed.current()))
}

/** Capacity follows the usual demand of the home blocks, unevenly, and is scaled to the wanted total. Core clusters are large. */
function giveCapacity(
  first: Int16Array,
  demand: Float64Array,
  clusters: readonly Cluster[],
  utilisation: number,
  random: Random,
): Float64Array {
  const home = new Float64Array(clusters.length)
  let total = 0
  demand.forEach((amount, b) => {
    home[first[b]!]! += amount
    total += amount
  })
  const raw = home.map((load, c) => {
    const least = (total / clusters.length) * (clusters[c]!.tier === 'core' ? 1 : 0.25)
    return Math.max(load, least) * (0.85 + 0.3 * random())
  })
  const sum = raw.reduce((a, b) => a + b, 0)
  return raw.map(share => (share / sum) * (total / utilisation))
}
