import { beforeAll, describe, expect, it } from 'vitest'
import { containsPrefix, formatPrefix, type Prefix, parsePrefix } from '../../src/base/prefix.ts'
import { FAMILY_V4, FAMILY_V6, type LiveHalf, WARMING_SHIFT } from '../../src/model/live-table.ts'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import type { ParsedMessage } from '../fixture/message.ts'
import { cluster, place, randomOf, service, type WorldText } from '../route/fixture.ts'
import { Draw, randomLive, randomPrefix, randomWorld, within } from '../route/random-world.ts'
import { answersOf, asked, LEAF, scopeOf, shorten, tailored } from './client-subnet.ts'
import { openTailored, type TailoredWorld } from './tailored-world.ts'

const SEED = 78_710_721
const WORLDS = 25
const MOST = { 4: 32, 6: 64 } as const

describe(`RFC 7871 section 7.2.1: the scope is true; ${WORLDS} random deployments, seed ${SEED}`, () => {
  let worlds: { seed: number; text: WorldText; world: TailoredWorld; draw: Draw }[] = []

  beforeAll(() => {
    const seeds = randomOf(SEED)
    worlds = Array.from({ length: WORLDS }, () => {
      const seed = seeds()
      const draw = new Draw(randomOf(seed))
      const text = randomWorld(draw)
      const world = openTailored(text)
      world.live(half => randomLive(draw, half))
      return { seed, text, world, draw }
    })
  })

  it('every client inside the returned scope gets the identical reply, to A and to AAAA', () => {
    let wide = 0
    let narrow = 0
    for (const { seed, world, draw } of worlds) {
      for (let i = 0; i < 120; i++) {
        const name = `${draw.one(world.services).id}.cdn.example`
        const type = draw.one([RrType.A, RrType.AAAA])
        const near = randomPrefix(draw)
        const client = within(draw, near, MOST[near.family])
        const from = draw.one(['9.9.9.9', '10.0.0.1', '2a00:1::1'])
        const reply = asked(world, name, type, client, from)
        const scope = scopeOf(reply)
        expect(scope).toBeLessThanOrEqual(LEAF[client.family])
        if (scope > 0 && scope < 20) wide++
        if (scope >= LEAF[client.family] - 4) narrow++
        const block = { ...client, length: scope }
        for (let j = 0; j < 6; j++) {
          // Neither the address nor how much of it is told matters inside the scope.
          const told = scope + draw.below(MOST[client.family] - scope + 1)
          if (told === 0) continue
          const other = asked(world, name, type, within(draw, block, told), from)
          const where = `seed ${seed}: ${name} ${formatPrefix(client)} and ${j} inside /${scope}`
          expect(tailored(other), where).toBe(tailored(reply))
        }
      }
    }
    // The property would hold trivially if every scope were a leaf, or every scope 0.
    expect(wide).toBeGreaterThan(300)
    expect(narrow).toBeGreaterThan(300)
  })

  it('no two scopes of a name overlap: section 7.2.1, "MUST NOT overlap prefixes"', () => {
    for (const { seed, world, draw } of worlds) {
      for (const { id } of world.services) {
        const blocks = new Map<string, Prefix>()
        for (let i = 0; i < 300; i++) {
          const near = randomPrefix(draw)
          const client = within(draw, near, MOST[near.family])
          const scope = scopeOf(asked(world, `${id}.cdn.example`, RrType.A, client))
          const block = shorten(client, scope)
          // Scope 0 is that of a name without the type: nothing of it is tailored.
          if (scope > 0) blocks.set(formatPrefix(block), block)
        }
        const all = [...blocks.values()]
        for (const one of all)
          for (const other of all)
            if (one !== other && containsPrefix(one, other))
              expect.fail(`seed ${seed}: ${formatPrefix(one)} and ${formatPrefix(other)} of ${id}`)
      }
    }
  })

  it('whether a name exists, and which types it has, never depends on the client (section 7.4)', () => {
    const types = [RrType.A, RrType.AAAA, RrType.TXT, RrType.HTTPS, RrType.ANY]
    let denied = 0
    for (const { world, draw } of worlds) {
      const clients = Array.from({ length: 25 }, () => randomPrefix(draw)).filter(({ length }) => length > 0)
      world.services.forEach(({ id }, number) => {
        for (const type of types) {
          const routed = world.types[number]!.includes(type)
          const replies = clients.map(client => asked(world, `${id}.cdn.example`, type, client))
          replies.push(world.ask({ name: `${id}.cdn.example`, type }))
          // SERVFAIL is no statement about what exists: nothing may serve that client now.
          const shapes = new Set(replies.filter(({ rcode }) => !routed || rcode !== Rcode.SERVFAIL).map(shape))
          expect(shapes.size, `${id} ${type}: ${[...shapes].join(' | ')}`).toBeLessThanOrEqual(1)
          if (routed && shapes.size > 0) expect(JSON.parse([...shapes][0]!)).toEqual([0, true, [type], []])
          if (!routed && type !== RrType.ANY) denied++
        }
        for (const type of types) {
          const nowhere = new Set(clients.map(client => tailored(asked(world, `not-${id}.cdn.example`, type, client))))
          expect(nowhere.size).toBe(1)
          expect([...nowhere][0]).toMatch(/^\[3,true,false,\[\],\["cdn\.example\. 60 6 .*\],\[\],0\]$/)
        }
      })
    }
    expect(denied).toBeGreaterThan(100)
  })

  /** RCODE, AA, the types of the answer, the authority section: what must be the same for everyone. */
  function shape(message: ParsedMessage): string {
    const types = [...new Set(message.answer.map(({ type }) => type))]
    return JSON.stringify([message.rcode, message.aa, types, message.authority.map(({ name, type }) => [name, type])])
  }

  it('all zones behave the same (section 12.1): the same service under two zones gives the same answer and scope', () => {
    for (const { world, draw } of worlds)
      for (let i = 0; i < 40; i++) {
        const { id } = draw.one(world.services)
        const prefix = randomPrefix(draw)
        if (prefix.length === 0) continue
        const [one, other] = ['cdn.example', 'cdn.test'].map(zone => asked(world, `${id}.${zone}`, RrType.A, prefix))
        expect([answersOf(other!), scopeOf(other!)]).toEqual([answersOf(one!), scopeOf(one!)])
      }
  })
})

describe('RFC 7871 section 7.2.1: A and AAAA of one name and client come from one decision', () => {
  const clusters = (['seoul', 'tokyo', 'london', 'dallas'] as const).map(city => cluster(city, city, { count: 4 }))
  const ids = clusters.map(({ id }) => id)
  const world = openTailored({
    clusters,
    services: (['rtt-spill', 'geo', 'weighted', 'failover'] as const).map((policy, i) =>
      service(`s${i}`, ids, { policy, answers: 2, order: ids, weights: Object.fromEntries(ids.map(id => [id, 1])) }),
    ),
    places: [place('seoul'), place('tokyo'), place('london')],
    city: { '1.0.0.0/9': 1, '1.128.0.0/10': 2, '1.192.0.0/11': 3, '2400::/14': 1, '2404::/15': 2 },
  })
  /** What holds for one family holds for the other. */
  function sameByFamily(half: LiveHalf): void {
    const both = (bits: number): number => (bits !== 0 ? FAMILY_V4 | FAMILY_V6 : 0)
    half.families.fill(FAMILY_V4 | FAMILY_V6)
    half.servers.forEach((bits, s) => {
      half.servers[s] = both(1) | (both(bits >> WARMING_SHIFT) << WARMING_SHIFT)
    })
    for (const column of [half.weak, half.lately, half.open]) column.set(column.map(both))
    for (const column of [half.warm, half.ramp]) column.set(column.map(share => (share & 0xff) * 0x101))
  }
  const serverOf = (address: string) =>
    clusters.flatMap(({ servers }) => servers).find(({ ipv4, ipv6 }) => ipv4 === address || ipv6 === address)!.id

  it.each([
    ['everything is well', (_: Draw) => {}],
    [
      'clusters are shed, drained, degraded and down',
      (draw: Draw) =>
        world.live(half => {
          randomLive(draw, half)
          sameByFamily(half)
        }),
    ],
  ])('same servers and the same scope while %s', (_, prepare) => {
    const draw = new Draw(randomOf(SEED))
    const chosen = new Set<string>()
    for (let i = 0; i < 1500; i++) {
      if (i % 50 === 0) prepare(draw)
      const near = parsePrefix(draw.one(['1.0.0.0/8', '2400::/12', '77.0.0.0/8', '10.0.0.0/8']))!
      const client = within(draw, near, LEAF[near.family])
      const name = `${draw.one(world.services).id}.cdn.example`
      const v4 = asked(world, name, RrType.A, client)
      const v6 = asked(world, name, RrType.AAAA, client)
      expect(answersOf(v6).map(serverOf).sort()).toEqual(answersOf(v4).map(serverOf).sort())
      expect(scopeOf(v6)).toBe(scopeOf(v4))
      for (const address of answersOf(v4)) chosen.add(serverOf(address))
    }
    expect(chosen.size).toBeGreaterThan(8)
  })
})
