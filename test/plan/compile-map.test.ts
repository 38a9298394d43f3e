import { describe, expect, it } from 'vitest'
import { ArenaWriter } from '../../src/base/arena.ts'
import { formatPrefix, type Prefix, parsePrefix } from '../../src/base/prefix.ts'
import { valueAt } from '../../src/base/range-table.ts'
import type { Service } from '../../src/model/service.ts'
import { compileMaps } from '../../src/plan/compile-map.ts'
import { sweep } from '../../src/plan/sweep.ts'
import { openWorld, PROFILE_WIDTH, profileAt } from '../../src/plan/world.ts'
import { HASH_BUCKETS, HASHED, NO_CLUSTER, SLOTS } from '../../src/route/tables.ts'
import { ask, clientOf, cluster, compile, mapInput, measurement, place, randomOf, service } from '../route/fixture.ts'
import { Draw, randomAddress, randomWorld } from '../route/random-world.ts'

const CLUSTERS = [cluster('icn', 'seoul'), cluster('nrt', 'tokyo'), cluster('lhr', 'london', { tier: 'core' })]

describe('sweep', () => {
  it('gives every address the profile that asking each source would give', () => {
    const draw = new Draw(randomOf(4))
    for (let i = 0; i < 60; i++) {
      const world = openWorld(mapInput(randomWorld(draw)))
      const swept = sweep(world)
      const table = {
        v4: { starts: swept.starts4, values: swept.profile4 },
        v6: { hi: swept.hi6, lo: swept.lo6, values: swept.profile6 },
      }
      for (let j = 0; j < 100; j++) {
        const { family, hi, lo } = randomAddress(draw)
        const number = valueAt(table, family, hi, lo)
        const words = Array.from({ length: PROFILE_WIDTH }, (_, column) => swept.profiles.word(number, column))
        expect(words).toEqual([...profileAt(world, family, hi, lo)])
      }
    }
  })
})

describe('a compile after new measurements', () => {
  it('that starts from the swept space of the one before gives the same bytes as one from nothing', () => {
    const draw = new Draw(randomOf(9))
    for (let i = 0; i < 8; i++) {
      const input = mapInput(randomWorld(draw))
      const before = compileMaps({ ...input, measurements: [] })
      const bytes = [compileMaps(input), compileMaps(input, before.unmeasured)].map(maps => {
        const writer = new ArenaWriter()
        maps.write(writer)
        const buffer = new ArrayBuffer(writer.byteLength)
        writer.writeTo(buffer)
        return new Uint32Array(buffer)
      })
      expect(bytes[0]!.length).toBe(bytes[1]!.length)
      expect(bytes[0]!.findIndex((word, at) => word !== bytes[1]![at])).toBe(-1)
    }
  })
})

describe('map groups', () => {
  it('services equal in policy, clusters, content, constraints and weights share one map', () => {
    const ids = ['icn', 'nrt', 'lhr']
    const world = compile({
      clusters: CLUSTERS,
      services: [
        service('a', ids),
        service('b', ids, { answers: 4, ttl: { cname: 60, address: 20 } }),
        service('c', ids, { content: 'popular' }),
        service('d', ids, { policy: 'geo' }),
        service('e', ids, { only: { countries: ['KR'] } }),
        service('f', ['icn', 'nrt']),
        service('g', ids, { weights: { icn: 2 } }),
      ],
    })
    const maps = ids.concat('', '', '', '').map((_, s) => world.tables.mapIndex(s))
    expect(maps).toEqual([0, 0, 0, 1, 2, 3, 4])
    expect(world.tables.serviceTtl(1)).toBe(20)
    expect(world.tables.answers(1)).toBe(4)
  })

  it('weighted gives one address per reply: shares of answers are what it is about', () => {
    const world = compile({ clusters: CLUSTERS, services: [service('a', ['icn'], { policy: 'weighted', answers: 3 })] })
    expect(world.tables.answers(0)).toBe(1)
  })

  it('stable numbers go through', () => {
    const input = mapInput({ clusters: CLUSTERS })
    const world = compile({ clusters: CLUSTERS })
    expect(world.tables.stableCluster(2)).toBe(2)
    expect(compileMaps({ ...input, stable: { services: { vod: 9 }, clusters: { lhr: 40 } } }).stats.maps).toBe(1)
  })
})

describe('blocks of which nothing is known', () => {
  it('go by the same hash in all maps: their buckets stand once, and apart only where weights differ', () => {
    const ids = ['icn', 'nrt', 'lhr']
    const buckets = (...services: readonly Service[]) =>
      compile({ clusters: CLUSTERS, services }).tables.buckets.length / HASH_BUCKETS
    expect(buckets(service('a', ids))).toBe(2)
    expect(buckets(service('a', ids), service('b', ids, { policy: 'geo' }), service('c', ids, { policy: 'rtt' }))).toBe(
      2,
    )
    expect(buckets(service('a', ids), service('b', ids, { policy: 'geo', weights: { icn: 3 } }))).toBe(4)
  })
})

describe('ranges', () => {
  const base = { clusters: CLUSTERS, places: [place('seoul'), place('busan'), place('london')] }

  it('merge over sources: two places with the same order, or a measurement that changes nothing, are one range', () => {
    const world = compile({
      ...base,
      city: { '1.2.0.0/21': 1, '1.2.4.0/22': 2 },
      measurements: [measurement('1.2.3.0/24', 'icn', 9)],
    })
    expect(ask(world, clientOf('1.2.0.1')).scope).toBe(21)
    expect(ask(world, clientOf('1.2.3.1')).scope).toBe(21)
    expect(ask(world, clientOf('1.2.7.1')).scope).toBe(21)
  })

  it('a negative match counts: the hole in a prefix narrows the scope around it', () => {
    const world = compile({ ...base, city: { '1.2.0.0/20': 1, '1.2.3.0/24': 3 } })
    const scopes = ['1.2.0.1', '1.2.2.1', '1.2.3.1', '1.2.4.1', '1.2.8.1'].map(a => ask(world, clientOf(a)).scope)
    expect(scopes).toEqual([23, 24, 24, 22, 21])
  })

  it('are cut in aligned halves where one carries more than 1 % of its first cluster', () => {
    const world = compile({ ...base, city: { '1.0.0.0/8': 1 } })
    const map = world.tables.maps[0]!
    const rows = [...map.starts4].flatMap((start, i) => (start >= 0x010000 && start < 0x020000 ? [[start, i]] : []))
    // A /8 alone: 128 pieces of a /15 each.
    expect(rows.length).toBe(128)
    expect(rows.every(([start]) => start! % 512 === 0)).toBe(true)
    expect(ask(world, clientOf('1.77.3.4')).scope).toBe(15)
  })

  it('of IPv6 are cut too', () => {
    const world = compile({ ...base, city: { '2a00::/16': 1 } })
    const scope = ask(world, clientOf('2a00:1::')).scope
    expect(scope).toBeGreaterThan(20)
    expect(scope).toBeLessThan(26)
  })

  it('cover the whole space from zero on', () => {
    const { tables } = compile(base)
    expect(tables.maps[0]!.starts4[0]).toBe(0)
    expect(tables.maps[0]!.hi6[0]).toBe(0)
    expect(tables.maps[0]!.rows4.some(row => row >= HASHED)).toBe(true)
  })
})

describe('shed ranks', () => {
  // Blocks along the line from Seoul to Tokyo: the nearer to Tokyo, the less they lose by going there.
  const steps = 40
  const places = Array.from({ length: steps }, (_, i) =>
    place('seoul', { lat: 37.57 - (i * 0.8) / steps, lon: 126.98 + (i * 6) / steps }),
  )
  const city = Object.fromEntries(places.map((_, i) => [`${20 + i}.0.0.0/8`, i + 1]))
  const world = compile({ clusters: CLUSTERS.slice(0, 2), places, city, services: [service('s', ['icn', 'nrt'])] })

  const rankOf = (address: string, slot: number): number => {
    const { tables } = world
    const prefix = parsePrefix(`${address}/32`)!
    const map = tables.maps[0]!
    let at = map.starts4.length - 1
    while (map.starts4[at]! > prefix.hi >>> 8) at--
    return tables.rows.rank(map.rows4[at]!, slot)
  }

  it('are quantiles of regret: who loses least goes first', () => {
    const ranks = places.map((_, i) => rankOf(`${20 + i}.0.0.1`, 0))
    // Neighbours whose regrets differ by less than a percent may swap.
    for (let i = 4; i < steps; i++) expect(ranks[i]!).toBeLessThan(ranks[i - 4]!)
    expect(Math.max(...ranks)).toBeGreaterThan(240)
  })

  it('of the last slot are 255: it always takes', () => {
    expect(rankOf('23.3.0.1', 1)).toBe(255)
  })

  it("put a cluster's own ISP last", () => {
    const inside = compile({
      clusters: [
        cluster('icn', 'seoul', { tier: 'embedded', asns: [1], serves: [parsePrefix('0.0.0.0/1')!] }),
        CLUSTERS[1]!,
      ],
      places,
      city,
      asn: { '59.0.0.0/8': 1 },
    })
    const { tables } = inside
    const map = tables.maps[0]!
    const own = [...map.starts4].indexOf(59 << 16)
    const others = [...map.rows4].filter((_, i) => map.starts4[i]! >= 20 << 16 && map.starts4[i]! < 59 << 16)
    const rank = tables.rows.rank(map.rows4[own]!, 0)
    for (const row of others) expect(tables.rows.rank(row, 0)).toBeLessThan(rank)
  })
})

describe('demand rows', () => {
  it('add up the leaves of every row over all maps, and leave out what has no client', () => {
    const world = compile({
      clusters: CLUSTERS,
      places: [place('seoul'), place('london')],
      city: { '0.0.0.0/1': 1, '128.0.0.0/1': 2, '::/0': 1 },
      services: [service('a', ['icn', 'nrt', 'lhr']), service('b', ['icn', 'lhr'])],
    })
    const { slots, ranks, weight } = world.demand
    expect(slots.length).toBe(weight.length * SLOTS)
    expect(ranks.length).toBe(weight.length * SLOTS)
    const byFirst = new Float64Array(3)
    weight.forEach((w, row) => {
      byFirst[slots[row * SLOTS]!]! += w
    })
    const special = (n: number) => n * 65536
    // IPv4 halves without their special-purpose /8s, two maps, plus IPv6 which the first place has.
    expect(byFirst[2]! / 2).toBeGreaterThan(special(92))
    expect(byFirst[2]! / 2).toBeLessThan(special(96))
    expect(byFirst[0]! / 2).toBeGreaterThan(special(123))
    expect(slots.every(c => c === NO_CLUSTER || c < 3)).toBe(true)
    const keys = new Set(
      [...weight].map((_, row) => `${slots.subarray(row * 4, row * 4 + 4)} ${ranks.subarray(row * 4, row * 4 + 4)}`),
    )
    expect(keys.size).toBe(weight.length)
  })
})

describe('types of a service', () => {
  const v4only = (id: string, more = {}) => {
    const made = cluster(id, 'seoul', more)
    return { ...made, servers: made.servers.map(({ id: s, ipv4, weight }) => ({ id: s, ipv4: ipv4!, weight })) }
  }
  const types = (clusters: Parameters<typeof compile>[0]['clusters'], more = {}) =>
    compile({
      clusters,
      services: [
        service(
          's',
          clusters.map(c => c.id),
          more,
        ),
      ],
    }).types[0]

  it('are those for which any cluster open to everyone has an address', () => {
    expect(types([v4only('a'), cluster('b', 'tokyo')])).toEqual([1, 28])
    expect(types([v4only('a')])).toEqual([1])
    expect(types([v4only('a'), cluster('kt', 'seoul', { tier: 'embedded', asns: [1] })])).toEqual([1])
    expect(types([cluster('kt', 'seoul', { tier: 'embedded', asns: [1] })])).toEqual([1, 28])
  })

  it('fall back on backup and static where no cluster may serve at all', () => {
    const only = { only: { countries: ['BR'] } }
    expect(types([cluster('a', 'seoul')], only)).toEqual([])
    expect(
      types([cluster('a', 'seoul')], { ...only, whenAllDown: { kind: 'static', address: '2001:db8::1' } }),
    ).toEqual([28])
    expect(types([cluster('a', 'seoul')], { ...only, whenAllDown: { kind: 'backup', cluster: 'a' } })).toEqual([])
  })
})

describe('announced prefixes', () => {
  it('nest: an inner announcement to one cluster does not hide the outer to another', () => {
    const serves = (...texts: string[]): Prefix[] => texts.map(text => parsePrefix(text)!)
    const world = compile({
      clusters: [
        cluster('outer', 'london', { serves: serves('1.2.0.0/16') }),
        cluster('inner', 'seoul', { serves: serves('1.2.3.0/24') }),
        cluster('open', 'tokyo'),
      ],
      services: [service('s', ['outer', 'inner', 'open'], { policy: 'failover', order: ['outer', 'inner', 'open'] })],
    })
    expect(ask(world, clientOf('1.2.3.4')).cluster).toBe('outer')
    world.live.state[0] = 2
    expect(ask(world, clientOf('1.2.3.4')).cluster).toBe('inner')
    expect(ask(world, clientOf('1.2.4.4')).cluster).toBe('open')
    expect(formatPrefix(world.world.sites.clusters[0]!.serves[0]!)).toBe('1.2.0.0/16')
  })
})
