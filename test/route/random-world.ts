import { millis } from '../../src/base/brand.ts'
import { formatPrefix, mask32, type Prefix, parsePrefix } from '../../src/base/prefix.ts'
import type { Cluster } from '../../src/model/cluster.ts'
import type { Override } from '../../src/model/deployment.ts'
import { type LiveHalf, STATE_DEGRADED, STATE_DOWN, STATE_UP, WARMING_SHIFT } from '../../src/model/live-table.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import { POLICIES, type Service, type WhenAllDown } from '../../src/model/service.ts'
import type { Client } from '../../src/route/client.ts'
import { CITIES, type City, cluster, measurement, NOW, place, service, type WorldText } from './fixture.ts'

/** Draws from a seeded generator, with the small helpers that worlds are made of. */
export class Draw {
  readonly #next: () => number
  constructor(next: () => number) {
    this.#next = next
  }
  word(): number {
    return this.#next()
  }
  below(n: number): number {
    return this.#next() % n
  }
  chance(percent: number): boolean {
    return this.below(100) < percent
  }
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
  some<T>(list: readonly T[], percent: number): T[] {
    return list.filter(() => this.chance(percent))
  }
}

const CITY_NAMES = Object.keys(CITIES) as City[]
const CONTENTS = ['popular', 'live']
const TIERS = ['embedded', 'exchange', 'core'] as const

/** Corners of the address space where all prefixes of a world crowd, so that they nest and touch; special-purpose blocks among them. */
const CORNERS = ['0.0.0.0/8', '1.2.0.0/18', '10.1.0.0/20', '192.0.0.0/16', '203.0.112.0/20', '255.255.240.0/20']
const CORNERS6 = ['::/16', '2001:db8::/40', '2400:1000::/36', '2a00:1:2:8000::/50', 'fd00::/40', 'ffff:ffff:ffff::/48']

export function randomPrefix(draw: Draw): Prefix {
  const corner = parsePrefix(draw.one(draw.chance(55) ? CORNERS : CORNERS6))!
  const most = corner.family === 4 ? 24 : 56
  const length = corner.length + draw.below(Math.max(1, most - corner.length + 1))
  return within(draw, corner, draw.chance(3) ? draw.below(corner.length + 1) : Math.min(length, most))
}

/** A random prefix of that length, which shares `outer`'s bits as far as it is long. */
export function within(draw: Draw, outer: Prefix, length: number): Prefix {
  const mixed = (word: number, bits: number) => ((word & mask32(bits)) | (draw.word() & ~mask32(bits))) >>> 0
  return {
    family: outer.family,
    hi: (mixed(outer.hi, outer.length) & mask32(length)) >>> 0,
    lo: outer.family === 4 ? 0 : (mixed(outer.lo, outer.length - 32) & mask32(length - 32)) >>> 0,
    length,
  }
}

export function randomAddress(draw: Draw): Pick<Client, 'family' | 'hi' | 'lo'> {
  const anywhere: Prefix = { family: draw.chance(50) ? 4 : 6, hi: 0, lo: 0, length: 0 }
  const near = draw.chance(90) ? parsePrefix(draw.one(draw.chance(50) ? CORNERS : CORNERS6))! : anywhere
  return within(draw, near, near.family === 4 ? 32 : 64)
}

export function randomClient(draw: Draw): Client {
  const { family, hi, lo } = randomAddress(draw)
  const ecs = randomAddress(draw)
  if (draw.chance(10)) return { ecsFamily: 0, ecsHi: 0, ecsLo: 0, family, hi, lo }
  return { ecsFamily: ecs.family, ecsHi: ecs.hi, ecsLo: ecs.lo, family, hi, lo }
}

export function randomWorld(draw: Draw): WorldText {
  const clusters = Array.from({ length: 1 + draw.below(9) }, (_, i) => randomCluster(draw, `c${i}`))
  const places = CITY_NAMES.map(city =>
    place(city, { radiusKm: draw.one([0, 0, 20, 1000]), centroid: draw.chance(20) }),
  )
  const numbered = (most: number, count: number) =>
    Object.fromEntries(Array.from({ length: count }, () => [formatPrefix(randomPrefix(draw)), 1 + draw.below(most)]))
  return {
    clusters,
    services: Array.from({ length: 1 + draw.below(4) }, (_, i) => randomService(draw, `s${i}`, clusters)),
    places,
    city: numbered(places.length, draw.below(40)),
    asn: numbered(5, draw.below(20)),
    overrides: Array.from({ length: draw.below(5) }, () => randomOverride(draw, clusters)),
    measurements: Array.from({ length: draw.below(40) }, () => randomMeasurement(draw, clusters)),
  }
}

function randomCluster(draw: Draw, id: string): Cluster {
  const made = cluster(id, draw.one(CITY_NAMES), { tier: draw.one(TIERS), count: 1 + draw.below(5) })
  const { country: _, ...nowhere } = made.location
  return {
    ...made,
    location: draw.chance(10) ? nowhere : made.location,
    asns: draw.chance(50) ? [1 + draw.below(5)] : [],
    serves: draw.chance(25) ? [randomPrefix(draw), randomPrefix(draw)] : [],
    biasMs: draw.chance(20) ? draw.below(60) - 30 : 0,
    ...(draw.chance(30) ? { content: draw.some(CONTENTS, 50) } : {}),
    servers: made.servers.map(({ id: server, ipv4, ipv6 }) => ({
      id: server,
      weight: 1 + draw.below(4),
      ...(draw.chance(90) && ipv4 !== undefined ? { ipv4 } : { ipv6: ipv6! }),
      ...(draw.chance(60) && ipv6 !== undefined ? { ipv6 } : {}),
    })),
  }
}

function randomService(draw: Draw, id: string, clusters: readonly Cluster[]): Service {
  const ids = clusters.map(c => c.id)
  const wishes: WhenAllDown[] = [
    { kind: 'all' },
    { kind: 'last-good' },
    { kind: 'backup', cluster: draw.one(ids) },
    { kind: 'static', address: draw.one(['198.51.100.7', '2001:db8::7']) },
    { kind: 'servfail' },
  ]
  const listed = draw.some(ids, 80)
  return service(id, listed.length > 0 ? listed : ids, {
    policy: draw.one(POLICIES),
    answers: 1 + draw.below(4),
    weights: Object.fromEntries(draw.some(ids, 50).map(c => [c, draw.below(4)])),
    order: draw.some(ids, 60),
    whenAllDown: draw.one(wishes),
    ...(draw.chance(40) ? { content: draw.one(CONTENTS) } : {}),
    ...(draw.chance(20) ? { only: { countries: draw.some(['KR', 'JP', 'GB', 'US'], 60) } } : {}),
  })
}

function randomOverride(draw: Draw, clusters: readonly Cluster[]): Override {
  return {
    prefix: randomPrefix(draw),
    ...(draw.chance(50) ? { place: CITIES[draw.one(CITY_NAMES)] } : {}),
    ...(draw.chance(40) ? { asn: 1 + draw.below(5) } : {}),
    ...(draw.chance(40)
      ? {
          clusters: draw.some(
            clusters.map(c => c.id),
            60,
          ),
        }
      : {}),
  }
}

function randomMeasurement(draw: Draw, clusters: readonly Cluster[]): Measurement {
  return measurement(formatPrefix(randomPrefix(draw)), draw.one(clusters).id, 1 + draw.below(300), {
    rttVarMs: draw.below(20),
    loss: draw.chance(20) ? draw.below(100) / 200 : 0,
    samples: 1 + draw.below(100),
    measuredAt: millis(NOW - draw.below(60) * 60_000),
  })
}

/**
 * Some clusters down, degraded (by one family or all), drained, shedding, in their slow start, without a family; some servers out or in their slow
 * start; few that serve a name; some services that fail open.
 */
export function randomLive(draw: Draw, live: LiveHalf): void {
  for (let c = 0; c < live.state.length; c++) {
    live.state[c] = draw.chance(70) ? STATE_UP : draw.one([STATE_DEGRADED, STATE_DOWN])
    live.drain[c] = draw.chance(75) ? 0 : draw.below(257)
    live.level[c] = draw.chance(60) ? 0 : draw.below(257)
    live.families[c] = draw.chance(80) ? live.families[c]! : draw.below(4)
    live.weak[c] = draw.chance(85) ? 0 : draw.below(4)
    live.warm[c] = draw.chance(80) ? 0 : draw.below(0x10000)
    live.fell[c] = draw.chance(50) ? 0 : 1_000_000 + draw.below(600)
  }
  for (let s = 0; s < live.servers.length; s++) {
    if (draw.chance(20)) live.servers[s] = draw.below(4)
    if (draw.chance(30)) live.servers[s]! |= live.servers[s]! << WARMING_SHIFT
    live.ramp[s] = draw.below(0x10000)
    live.lately[s] = draw.below(4)
  }
  for (let s = 0; s < live.open.length; s++) live.open[s] = draw.chance(85) ? 0 : draw.below(4)
  for (let i = 0; i < live.serving.length; i++) live.serving[i] = draw.chance(60) ? draw.below(6) : 0
}
