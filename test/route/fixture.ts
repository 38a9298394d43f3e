import { Arena, ArenaWriter } from '../../src/base/arena.ts'
import { millis } from '../../src/base/brand.ts'
import { type Family, high32, low32, parseAddress } from '../../src/base/ip.ts'
import { parsePrefix } from '../../src/base/prefix.ts'
import { rangesOfPrefixes } from '../../src/base/range-table.ts'
import type { Cluster } from '../../src/model/cluster.ts'
import { REASONS } from '../../src/model/counters.ts'
import type { Override } from '../../src/model/deployment.ts'
import { type LiveHalf, LiveTable, liveTableBytes } from '../../src/model/live-table.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import type { Place } from '../../src/model/place.ts'
import type { Service } from '../../src/model/service.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'
import { type CompiledMaps, compileMaps } from '../../src/plan/compile-map.ts'
import { fillLive } from '../../src/plan/live.ts'
import type { MapInput } from '../../src/plan/world.ts'
import { type Client, newRouting, type Routing } from '../../src/route/client.ts'
import { orderGroups } from '../../src/route/order-groups.ts'
import { route } from '../../src/route/route.ts'
import { RouteTables } from '../../src/route/tables.ts'

export const NOW = millis(1_700_000_000_000)

export const CITIES = {
  seoul: { lat: 37.57, lon: 126.98, country: 'KR', continent: 'AS' },
  busan: { lat: 35.18, lon: 129.08, country: 'KR', continent: 'AS' },
  tokyo: { lat: 35.68, lon: 139.69, country: 'JP', continent: 'AS' },
  london: { lat: 51.51, lon: -0.13, country: 'GB', continent: 'EU' },
  paris: { lat: 48.86, lon: 2.35, country: 'FR', continent: 'EU' },
  newyork: { lat: 40.71, lon: -74.01, country: 'US', continent: 'NA' },
  dallas: { lat: 32.78, lon: -96.8, country: 'US', continent: 'NA' },
} as const
export type City = keyof typeof CITIES

export function place(city: City, more: Partial<Place> = {}): Place {
  return { ...CITIES[city], radiusKm: 0, centroid: false, from: 'city.mmdb', ...more }
}

/** A cluster with `servers` dual-stack servers. */
export function cluster(id: string, city: City, more: Partial<Cluster> & { count?: number } = {}): Cluster {
  const { count = 2, ...rest } = more
  const { lat, lon, country } = CITIES[city]
  const octet = (Math.abs([...id].reduce((h, c) => (h * 31 + c.charCodeAt(0)) | 0, 7)) % 250) + 1
  return {
    id,
    tier: 'exchange',
    location: { lat, lon, country },
    asns: [],
    serves: [],
    capacity: { unit: 'rps', value: 1000 },
    target: 0.75,
    biasMs: 0,
    servers: Array.from({ length: count }, (_, i) => ({
      id: `${id}-${i + 1}`,
      ipv4: `192.0.${octet}.${i + 1}`,
      ipv6: `2001:db8:${octet.toString(16)}::${(i + 1).toString(16)}`,
      weight: 1,
    })),
    ...rest,
  }
}

export function service(id: string, clusters: readonly string[], more: Partial<Service> = {}): Service {
  return {
    id,
    hostnames: [],
    cdnName: `${id}.cdn.example.`,
    policy: 'rtt-spill',
    clusters,
    weights: {},
    order: [],
    answers: 1,
    ttl: { cname: 300, address: 30 },
    whenAllDown: { kind: 'all' },
    ...more,
  }
}

export function measurement(
  prefix: string,
  clusterId: string,
  rttMs: number,
  more: Partial<Measurement> = {},
): Measurement {
  return {
    prefix: parsePrefix(prefix)!,
    cluster: clusterId,
    rttMs,
    rttVarMs: 1,
    loss: 0,
    samples: 100,
    measuredAt: NOW,
    source: 'import',
    ...more,
  }
}

export interface WorldText {
  readonly clusters: readonly Cluster[]
  readonly services?: readonly Service[]
  readonly places?: readonly Place[]
  /** prefix -> index of the place, from 1. */
  readonly city?: Readonly<Record<string, number>>
  readonly asn?: Readonly<Record<string, number>>
  readonly overrides?: readonly Override[]
  readonly measurements?: readonly Measurement[]
}

export function mapInput(text: WorldText): MapInput {
  const ranges = (values: Readonly<Record<string, number>> = {}) =>
    rangesOfPrefixes(Object.entries(values).map(([prefix, value]) => ({ prefix: parsePrefix(prefix)!, value })))
  return {
    deployment: {
      zones: [],
      clusters: text.clusters,
      services: text.services ?? [
        service(
          'vod',
          text.clusters.map(({ id }) => id),
        ),
      ],
      geo: { city: [], asn: [], overrides: text.overrides ?? [] },
    },
    cityRanges: ranges(text.city),
    places: [place('seoul'), ...(text.places ?? [])],
    asnRanges: ranges(text.asn),
    measurements: text.measurements ?? [],
    survey: NO_SURVEY,
    held: [],
    demand: [],
    asOf: NOW,
    stable: { services: {}, clusters: {} },
    generation: 7,
  }
}

export interface Compiled extends CompiledMaps {
  readonly arena: Arena
  readonly tables: RouteTables
  readonly live: LiveHalf
}

export function compile(text: WorldText): Compiled {
  return compileInput(mapInput(text))
}

export function compileInput(input: MapInput): Compiled {
  const compiled = compileMaps(input)
  const writer = new ArenaWriter()
  compiled.write(writer)
  const buffer = new SharedArrayBuffer(writer.byteLength)
  writer.writeTo(buffer)
  const verdict = Arena.open(buffer, true)
  if (verdict.kind !== 'ok') throw new Error(verdict.reason)
  return {
    ...compiled,
    arena: verdict.arena,
    tables: RouteTables.open(verdict.arena),
    live: freshLive(input.deployment.clusters, input.deployment.services),
  }
}

/** Every cluster up, nothing drained or shed. */
export function freshLive(clusters: readonly Cluster[], services: readonly Service[]): LiveHalf {
  const servers = clusters.reduce((sum, { servers: list }) => sum + list.length, 0)
  const groups = orderGroups(services)
  const shape = [clusters.length, servers, groups.length, services.length] as const
  const table = LiveTable.create(new SharedArrayBuffer(liveTableBytes(...shape)), ...shape)
  table.publish(half => fillLive(half, { clusters, services, groups }, null))
  return table.current()
}

/** A client with an ECS address and a resolver somewhere else; null = no ECS. */
export function clientOf(ecs: string | null, resolver = '9.9.9.9'): Client {
  const own = parseAddress(resolver)!
  const block = ecs === null ? null : parseAddress(ecs)!
  return {
    ecsFamily: block === null ? 0 : block.length === 4 ? 4 : 6,
    ecsHi: block === null ? 0 : high32(block),
    ecsLo: block === null ? 0 : low32(block),
    family: own.length === 4 ? 4 : 6,
    hi: high32(own),
    lo: low32(own),
  }
}

export interface Answer {
  readonly cluster: string | null
  readonly servers: readonly string[]
  readonly scope: number
  readonly source: number
  readonly reason: string
  readonly addresses: string
  readonly count: number
}

export function ask(
  { tables, live }: Pick<Compiled, 'tables' | 'live'>,
  client: Client,
  family: Family = 4,
  serviceNumber = 0,
): Answer {
  const out: Routing = newRouting()
  route(tables, live, serviceNumber, family, client, out)
  return {
    cluster: out.cluster < 0 ? null : tables.clusterIds[out.cluster]!,
    servers: [...out.servers.subarray(0, out.count)].map(s => tables.serverIds[s] ?? 'static'),
    scope: out.scope,
    source: out.source,
    reason: REASONS[out.reason]!,
    addresses: [...out.addresses.subarray(0, out.count * (family === 4 ? 4 : 16))].join('.'),
    count: out.count,
  }
}

/** Seeded generator of 32-bit numbers (mulberry32): the same world on every machine. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
}
