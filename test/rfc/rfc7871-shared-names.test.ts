import { beforeAll, describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { containsPrefix, formatPrefix, type Prefix } from '../../src/base/prefix.ts'
import { DRAIN_ALL, FAMILY_V6, STATE_DEGRADED, STATE_DOWN } from '../../src/model/live-table.ts'
import type { Service, Target } from '../../src/model/service.ts'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { type ParsedMessage, rdataText } from '../fixture/message.ts'
import { cluster, place, randomOf, service } from '../route/fixture.ts'
import { Draw, randomLive, randomPrefix, randomWorld, within } from '../route/random-world.ts'
import { asked, LEAF, scopeOf, shorten, subnet, tailored } from './client-subnet.ts'
import { openTailored, type TailoredWorld } from './tailored-world.ts'

const OURS: Target = { cname: 'web.cdn.example.', weight: 3, countries: ['KR', 'JP'] }
const OTHER: Target = { cname: 'netcinema.othercdn.net.', weight: 1 }
const THIRD: Target = { cname: 'netcinema.thirdcdn.org.', weight: 1 }

/** 126.0.0.0/8 is in Tokyo, 81.2.0.0/16 and 2a00:1::/32 in London. */
function world(targets: readonly Target[] = [OURS, OTHER], more: Partial<Service> = {}): TailoredWorld {
  return openTailored(
    {
      clusters: [cluster('near', 'tokyo'), cluster('isp', 'seoul', { tier: 'embedded', asns: [4766] })],
      services: [
        service('web', ['near', 'isp'], { targets, ttl: { cname: 600, address: 30 }, ...more }),
        service('isponly', ['isp']),
      ],
      places: [place('tokyo'), place('london')],
      city: { '126.0.0.0/8': 1, '81.2.0.0/16': 2, '2a00:1::/32': 2 },
    },
    {
      zones: [
        '$ORIGIN netcinema.com.\n$TTL 300\n@ SOA ns1 host 1 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.1\nwww CNAME www-web.cdn.example.\n',
      ],
    },
  )
}

const ask = (of: TailoredWorld, client: string, type: number = RrType.A, name = 'www-web.cdn.example') =>
  of.ask({ name, type, edns: { options: [subnet(client)] } })

/** The name that the one CNAME of a reply leads to; fails when there is anything else in it. */
function targetOf(reply: ParsedMessage): string {
  expect(reply.answer.map(({ type }) => type)).toEqual([RrType.CNAME])
  return nameOf(reply)
}

const nameOf = (reply: ParsedMessage): string => rdataText(reply, reply.answer[0]!)

describe('a content hostname shared between CDNs', () => {
  it('has one CNAME, whatever type is asked for, with the TTL of CNAMEs; the chain stops there', () => {
    const each = world([OTHER])
    for (const type of [RrType.A, RrType.AAAA, RrType.HTTPS, RrType.CNAME, RrType.TXT, RrType.ANY, 65280])
      for (const transport of [Transport.Udp, Transport.Tcp]) {
        const reply = each.ask({ name: 'www-web.cdn.example', type, edns: {} }, { transport })
        expect([reply.rcode, reply.aa, reply.authority]).toEqual([Rcode.NOERROR, true, []])
        expect(reply.answer[0]?.ttl).toBe(600)
        expect(targetOf(reply)).toBe(OTHER.cname)
      }
  })

  it('that leads to a name of ours goes out alone too: that name has a scope of its own', () => {
    const reply = ask(world([{ cname: 'web.cdn.example.', weight: 1 }]), '126.1.2.0/24')
    expect(targetOf(reply)).toBe('web.cdn.example.')
  })

  it('RFC 4035 section 2.5: RRSIG and NSEC are not redirected', () => {
    for (const type of [RrType.RRSIG, RrType.NSEC]) {
      const reply = ask(world(), '126.1.2.0/24', type)
      expect([reply.answer, reply.authority.map(each => each.type)]).toEqual([[], [RrType.SOA]])
      expect(scopeOf(reply)).toBe(0)
    }
  })

  it('section 7.2.1: a static CNAME that leads to it goes out alone, with scope 0', () => {
    const reply = ask(world(), '126.1.2.0/24', RrType.A, 'www.netcinema.com')
    expect(targetOf(reply)).toBe('www-web.cdn.example.')
    expect(scopeOf(reply)).toBe(0)
  })

  it('an empty datagram cannot hold it: TC', () => {
    const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(50)}.net.`
    const each = world([{ cname: long, weight: 1 }])
    expect(targetOf(each.ask({ name: 'www-web.cdn.example', type: 1 }))).toBe(long)
  })

  it('counts the target', () => {
    const each = world([OTHER, { ...THIRD, weight: 0 }])
    for (let i = 0; i < 5; i++) ask(each, '126.1.2.0/24')
    const { targets, targetsOther, pairs } = each.read()
    expect([targets, targetsOther, pairs]).toEqual([[{ service: 0, target: 0, count: 5 }], 0, []])
  })
})

describe('by country', () => {
  const abroad = world([
    { ...OURS, weight: 1 },
    { ...OTHER, countries: ['GB'] },
    { ...THIRD, weight: 1e-9 },
  ])

  it('a target is for the clients of its countries, others get the rest', () => {
    expect(targetOf(ask(abroad, '126.1.2.0/24'))).toBe(OURS.cname)
    expect(targetOf(ask(abroad, '81.2.3.0/24'))).toBe(OTHER.cname)
    expect(targetOf(ask(abroad, '2a00:1:2::/48'))).toBe(OTHER.cname)
  })

  it('where the country is unknown only targets without countries serve', () => {
    expect(targetOf(ask(abroad, '5.6.7.0/24'))).toBe(THIRD.cname)
    expect(targetOf(abroad.ask({ name: 'www-web.cdn.example', type: 1, edns: {} }))).toBe(THIRD.cname)
  })

  it("one name weighs what it does for the client's country, else what it does for everybody", () => {
    const each = world([
      { ...OURS, weight: 0, countries: ['GB'] },
      { ...OURS, weight: 1e9, countries: ['JP'] },
      { cname: OURS.cname, weight: 1e-9 },
      OTHER,
    ])
    expect(targetOf(ask(each, '126.1.2.0/24'))).toBe(OURS.cname)
    expect(targetOf(ask(each, '81.2.3.0/24'))).toBe(OTHER.cname)
    expect(targetOf(ask(each, '5.6.7.0/24'))).toBe(OTHER.cname)
    expect(each.read().targets).toEqual([
      { service: 0, target: 1, count: 1 },
      { service: 0, target: 3, count: 2 },
    ])
    // In Britain nothing is left to be shared; where the country is unknown the cell was hashed.
    expect(scopeOf(ask(each, '81.2.3.0/24'))).toBe(16)
    expect(scopeOf(ask(each, '5.6.7.0/24'))).toBe(20)
  })

  it('an entry that nobody gets cuts nothing', () => {
    const each = world([{ cname: 'never.othercdn.net.', weight: 0, countries: ['GB'] }, OTHER])
    expect(scopeOf(ask(each, '81.2.3.0/24'))).toBeLessThanOrEqual(8)
  })

  it('where one target alone is left the scope is as wide as the country', () => {
    const reply = ask(abroad, '5.6.7.0/24')
    expect(targetOf(reply)).toBe(THIRD.cname)
    expect(scopeOf(reply)).toBeLessThan(10)
    const one = world([OTHER])
    for (const client of ['126.1.2.0/24', '5.6.7.0/24']) expect(scopeOf(ask(one, client))).toBeLessThanOrEqual(8)
  })

  it('where several share the scope is that of the cell that was hashed', () => {
    expect(scopeOf(ask(world(), '126.1.2.0/24'))).toBe(20)
    expect(scopeOf(ask(world([OTHER, THIRD]), '2a00:1:2::/48'))).toBe(40)
  })

  it('an ECS address that locates nobody is left out of it: the resolver decides, and the scope covers the block', () => {
    const reply = abroad.ask(
      { name: 'www-web.cdn.example', type: 1, edns: { options: [subnet('192.168.1.0/24')] } },
      { from: '81.2.3.4' },
    )
    expect([targetOf(reply), scopeOf(reply)]).toEqual([OTHER.cname, 16])
    expect(abroad.read().scalars.ecsUnroutable).toBe(1)
  })
})

/** Blocks of 1.0.0.0 to 79.252.16.0, each in a cell of its own. */
const CELLS = Array.from({ length: 5_000 }, (_, i) => `${1 + (i >> 6)}.${(i & 63) * 4}.16.0/24`)

/** The target of every cell. */
function drawn(targets: readonly Target[]): string[] {
  const each = world(targets)
  return CELLS.map(cell => nameOf(ask(each, cell)))
}

describe('by weight', () => {
  const three: readonly Target[] = [
    { cname: 'web.cdn.example.', weight: 2 },
    { cname: OTHER.cname, weight: 1 },
    { cname: THIRD.cname, weight: 1 },
  ]
  const before = drawn(three)
  const shareOf = (all: readonly string[], cname: string) => all.filter(each => each === cname).length / all.length

  it('shares are as the weights say', () => {
    expect(Math.abs(shareOf(before, 'web.cdn.example.') - 0.5)).toBeLessThan(0.03)
    expect(Math.abs(shareOf(before, OTHER.cname) - 0.25)).toBeLessThan(0.03)
  })

  it('a higher weight moves only what it gains, from all others in proportion', () => {
    const after = drawn([three[0]!, { ...three[1]!, weight: 2 }, three[2]!])
    const moved = before.flatMap((from, i) => (from === after[i] ? [] : [{ from, to: after[i]! }]))
    expect(moved.every(({ to }) => to === OTHER.cname)).toBe(true)
    // 2:1:1 becomes 2:2:1, so that one target grows from 25 % to 40 %.
    expect(Math.abs(moved.length / before.length - 0.15)).toBeLessThan(0.03)
    const ours = moved.filter(({ from }) => from === 'web.cdn.example.').length / moved.length
    expect(Math.abs(ours - 2 / 3)).toBeLessThan(0.05)
  })

  it('a target that goes leaves the others where they were; weight 0 is the same as none; the order of the list says nothing', () => {
    const gone = drawn([three[0]!, three[2]!])
    before.forEach((from, i) => {
      if (from !== OTHER.cname) expect(gone[i]).toBe(from)
    })
    expect(drawn([three[0]!, { ...three[1]!, weight: 0 }, three[2]!])).toEqual(gone)
    expect(drawn([three[2]!, three[1]!, three[0]!])).toEqual(before)
  })
})

describe('a name of ours whose service cannot serve is passed over', () => {
  const clients = CELLS.slice(0, 60)
  const choices = (of: TailoredWorld) => clients.map(client => targetOf(ask(of, client)))
  const both: readonly Target[] = [{ cname: 'web.cdn.example.', weight: 1 }, OTHER]

  it.each([
    ['down', (of: TailoredWorld) => of.live(half => half.state.fill(STATE_DOWN))],
    ['drained', (of: TailoredWorld) => of.live(half => half.drain.fill(DRAIN_ALL))],
    ['without an address', (of: TailoredWorld) => of.live(half => half.families.fill(0))],
    [
      'but for a cluster that serves one network alone',
      (of: TailoredWorld) => of.live(half => half.state.set([STATE_DOWN, 0])),
    ],
  ])('%s: its clients get the next one, and nobody else moves', (_, change) => {
    const each = world(both)
    const before = choices(each)
    expect(new Set(before).size).toBe(2)
    change(each)
    expect(new Set(choices(each))).toEqual(new Set([OTHER.cname]))
    each.live()
    expect(choices(each)).toEqual(before)
  })

  it.each([
    ['degraded', (of: TailoredWorld) => of.live(half => half.state.fill(STATE_DEGRADED))],
    ['shedding', (of: TailoredWorld) => of.live(half => half.level.fill(256))],
    ['half drained', (of: TailoredWorld) => of.live(half => half.drain.fill(128))],
    ['on IPv6 alone', (of: TailoredWorld) => of.live(half => half.families.fill(FAMILY_V6))],
  ])('%s is no reason', (_, change) => {
    const each = world(both)
    const before = choices(each)
    change(each)
    expect(choices(each)).toEqual(before)
  })

  it('where nothing else is left it stays: the answer is never empty', () => {
    const each = world([{ cname: 'web.cdn.example.', weight: 1 }])
    each.live(half => half.state.fill(STATE_DOWN))
    expect(targetOf(ask(each, '126.1.2.0/24'))).toBe('web.cdn.example.')
  })

  it('a service with no other clusters than those of one network goes by these', () => {
    const each = world([
      { cname: 'isponly.cdn.example.', weight: 1 },
      { ...OTHER, weight: 1e-9 },
    ])
    expect(targetOf(ask(each, '126.1.2.0/24'))).toBe('isponly.cdn.example.')
    each.live(half => half.state.set([0, STATE_DOWN]))
    expect(targetOf(ask(each, '126.1.2.0/24'))).toBe(OTHER.cname)
  })
})

const SEED = 78_710_722
const WORLDS = 12
const COUNTRIES = ['KR', 'JP', 'GB', 'FR', 'US']

/** Targets for every service of a world: some for some countries, some names of ours. */
function randomTargets(draw: Draw, services: readonly Service[]): Target[] {
  const names = ['a.other.net.', 'b.other.net.', 'c.other.net.', ...services.map(({ cdnName }) => cdnName)]
  const some = draw.some(names, 60).map(
    (cname): Target => ({
      cname,
      weight: draw.below(4),
      ...(draw.chance(50) ? { countries: [draw.one(COUNTRIES), draw.one(COUNTRIES)] } : {}),
    }),
  )
  const abroad = some
    .filter(() => draw.chance(30))
    .map(({ cname }): Target => ({ cname, weight: draw.below(4), countries: ['US'] }))
  const once = abroad.filter(
    ({ cname }) => !some.some(other => other.cname === cname && other.countries?.includes('US')),
  )
  return [...some, ...once, { cname: 'everybody.other.net.', weight: 1 + draw.below(3) }]
}

describe(`RFC 7871 section 7.2.1: the scope of a tailored CNAME is true; ${WORLDS} random deployments, seed ${SEED}`, () => {
  const worlds: { seed: number; world: TailoredWorld; draw: Draw }[] = []

  beforeAll(() => {
    const seeds = randomOf(SEED)
    for (let i = 0; i < WORLDS; i++) {
      const seed = seeds()
      const draw = new Draw(randomOf(seed))
      const text = randomWorld(draw)
      const services = text.services!.map(each => ({ ...each, targets: randomTargets(draw, text.services!) }))
      const made = openTailored({ ...text, services })
      made.live(half => randomLive(draw, half))
      worlds.push({ seed, world: made, draw })
    }
  })

  it('every client inside the returned scope gets the identical reply', () => {
    let wide = 0
    let narrow = 0
    const targets = new Set<string>()
    for (const { seed, world: each, draw } of worlds)
      for (let i = 0; i < 100; i++) {
        const name = `www-${draw.one(each.services).id}.cdn.example`
        const near = randomPrefix(draw)
        const most = near.family === 4 ? 32 : 64
        const client = within(draw, near, most)
        const from = draw.one(['9.9.9.9', '10.0.0.1', '2a00:1::1'])
        const reply = asked(each, name, RrType.A, client, from)
        const scope = scopeOf(reply)
        targets.add(targetOf(reply))
        expect(scope).toBeLessThanOrEqual(LEAF[client.family])
        if (scope > 0 && scope < 20) wide++
        if (scope >= 20) narrow++
        const block = { ...client, length: scope }
        for (let j = 0; j < 6; j++) {
          const told = scope + draw.below(most - scope + 1)
          if (told === 0) continue
          const other = asked(each, name, RrType.A, within(draw, block, told), from)
          const where = `seed ${seed}: ${name} ${formatPrefix(client)} and ${j} inside /${scope}`
          expect(tailored(other), where).toBe(tailored(reply))
        }
      }
    expect(wide).toBeGreaterThan(100)
    expect(narrow).toBeGreaterThan(100)
    expect(targets.size).toBeGreaterThan(5)
  })

  it('no two scopes of a name overlap', () => {
    for (const { seed, world: each, draw } of worlds)
      for (const { id } of each.services) {
        const blocks = new Map<string, Prefix>()
        for (let i = 0; i < 60; i++) {
          const near = randomPrefix(draw)
          const client = within(draw, near, near.family === 4 ? 32 : 64)
          const block = shorten(client, scopeOf(asked(each, `www-${id}.cdn.example`, RrType.A, client)))
          blocks.set(formatPrefix(block), block)
        }
        const all = [...blocks.values()].filter(({ length }) => length > 0)
        for (const one of all)
          for (const other of all)
            if (one !== other && containsPrefix(one, other))
              expect.fail(`seed ${seed}: ${formatPrefix(one)} and ${formatPrefix(other)} of ${id}`)
      }
  })

  it('whether the name exists and what type it has never depends on the client', () => {
    for (const { world: each, draw } of worlds)
      for (const { id } of each.services)
        for (let i = 0; i < 20; i++) {
          const reply = asked(each, `www-${id}.cdn.example`, draw.one([1, 28, 65, 5]), randomPrefix(draw))
          expect([reply.rcode, reply.answer.map(({ type }) => type)]).toEqual([0, [RrType.CNAME]])
        }
  })
})
