import { beforeAll, describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { FAMILY_V6, STATE_DEGRADED, STATE_DOWN } from '../../src/model/live-table.ts'
import type { HttpsBinding, Service } from '../../src/model/service.ts'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import type { ParsedMessage } from '../fixture/message.ts'
import { cluster, place, randomOf, service, type WorldText } from '../route/fixture.ts'
import { Draw, randomLive, randomPrefix, randomWorld, within } from '../route/random-world.ts'
import { asked, scopeOf, subnet } from './client-subnet.ts'
import { openTailored, type TailoredWorld } from './tailored-world.ts'

const H2: HttpsBinding = { alpn: ['h2'], port: 443, noDefaultAlpn: false }
const SEOUL = '168.126.63.0/24'

interface Param {
  readonly key: number
  readonly value: readonly number[]
}

/** The one HTTPS record of a reply, taken apart; fails when it is not as section 2.2 has it. */
function bindingOf(message: ParsedMessage): { priority: number; target: string; params: Param[]; ttl: number } {
  expect(message.answer.map(({ type }) => type)).toEqual([RrType.HTTPS])
  const [{ rdata, ttl }] = message.answer as [ParsedMessage['answer'][number]]
  const params: Param[] = []
  for (let at = 3; at < rdata.length; ) {
    const length = (rdata[at + 2]! << 8) | rdata[at + 3]!
    params.push({ key: (rdata[at]! << 8) | rdata[at + 1]!, value: [...rdata.slice(at + 4, at + 4 + length)] })
    at += 4 + length
    expect(at).toBeLessThanOrEqual(rdata.length)
  }
  return { priority: (rdata[0]! << 8) | rdata[1]!, target: rdata[2] === 0 ? '.' : '?', params, ttl }
}

/** The value of a parameter in pieces of `octets`; null = it is not there. */
function hintOf(message: ParsedMessage, key: number, octets: number): string[] | null {
  const param = bindingOf(message).params.find(each => each.key === key)
  if (param === undefined) return null
  expect(param.value.length % octets).toBe(0)
  return Array.from({ length: param.value.length / octets }, (_, i) =>
    param.value.slice(i * octets, (i + 1) * octets).join(),
  )
}

const rdataOf = (message: ParsedMessage): string[] => message.answer.map(({ rdata }) => [...rdata].join())

/** Two clusters: `near` in Seoul and `far` in London, whose servers have addresses of both families unless `families` says which. */
function world(more: Partial<Service> = {}, families: Readonly<Record<string, 'ipv4' | 'ipv6'>> = {}): TailoredWorld {
  const made = (id: string, city: 'seoul' | 'london') => {
    const whole = cluster(id, city, { count: 3 })
    const left = families[id] === undefined ? null : families[id] === 'ipv4' ? 'ipv6' : 'ipv4'
    return {
      ...whole,
      servers: whole.servers.map(server =>
        Object.fromEntries(Object.entries(server).filter(([key]) => key !== left)),
      ) as unknown as typeof whole.servers,
    }
  }
  return openTailored({
    clusters: [made('near', 'seoul'), made('far', 'london')],
    services: [service('web', ['near', 'far'], { https: H2, answers: 2, ...more })],
    places: [place('seoul')],
    city: { [SEOUL]: 1 },
  })
}

const ask = (of: TailoredWorld, type: number, client = SEOUL) =>
  of.ask({ name: 'web.cdn.example', type, edns: { options: [subnet(client)] } })

describe('RFC 9460: HTTPS records of a service', () => {
  it('section 2.2: one record in ServiceMode, for the owner itself, keys ascending, none twice', () => {
    const reply = ask(world({ https: { alpn: ['h2', 'h3'], port: 8443, noDefaultAlpn: true } }), RrType.HTTPS)
    const { priority, target, params, ttl } = bindingOf(reply)
    expect([reply.rcode, reply.aa, reply.tc]).toEqual([Rcode.NOERROR, true, false])
    expect([priority, target, ttl]).toEqual([1, '.', 30])
    expect(params.map(({ key }) => key)).toEqual([1, 2, 3, 4, 6])
    expect(params[0]!.value).toEqual([2, 0x68, 0x32, 2, 0x68, 0x33])
    expect(params[1]!.value).toEqual([])
    expect(params[2]!.value).toEqual([8443 >> 8, 8443 & 255])
  })

  it('section 7.2: port 443, that of the scheme, goes unsaid', () => {
    expect(bindingOf(ask(world(), RrType.HTTPS)).params.map(({ key }) => key)).toEqual([1, 4, 6])
  })

  it('section 7.3: the hints are the addresses that the client gets, in their order, with the scope of the same row', () => {
    const each = world()
    for (const client of [SEOUL, '168.126.62.0/24', '2a00:1::/56']) {
      const reply = ask(each, RrType.HTTPS, client)
      const [a, aaaa] = [ask(each, RrType.A, client), ask(each, RrType.AAAA, client)]
      expect(a.answer).toHaveLength(2)
      expect(hintOf(reply, 4, 4)).toEqual(rdataOf(a))
      expect(hintOf(reply, 6, 16)).toEqual(rdataOf(aaaa))
      expect(scopeOf(reply)).toBe(scopeOf(a))
    }
  })

  it('without `https` HTTPS is no type of the name: NODATA', () => {
    const { https: _, ...plain } = service('web', ['near'])
    const bare = openTailored({ clusters: [cluster('near', 'seoul')], services: [plain] })
    const reply = ask(bare, RrType.HTTPS)
    expect([reply.rcode, reply.answer.length, reply.authority.map(({ type }) => type), scopeOf(reply)]).toEqual([
      Rcode.NOERROR,
      0,
      [RrType.SOA],
      0,
    ])
  })

  it('SVCB (64) is no type of the name, nor is anything below _443._https', () => {
    const each = world()
    expect(ask(each, RrType.SVCB).answer).toEqual([])
    const below = each.ask({ name: '_443._https.web.cdn.example', type: RrType.HTTPS })
    expect(below.rcode).toBe(Rcode.NXDOMAIN)
  })

  it('no ECS in, no ECS out', () => {
    const reply = world().ask({ name: 'web.cdn.example', type: RrType.HTTPS, edns: {} })
    expect(bindingOf(reply).params.map(({ key }) => key)).toEqual([1, 4, 6])
    expect(() => scopeOf(reply)).toThrow('no ECS option')
  })

  it('is counted as one decision, for the service and the cluster', () => {
    const each = world()
    ask(each, RrType.HTTPS)
    const { reasons, pairs, qtypes } = each.read()
    expect(reasons['first-choice']).toBe(1)
    expect(pairs).toEqual([{ service: 0, cluster: 0, count: 1 }])
    expect(qtypes.HTTPS).toBe(1)
  })

  it('what does not fit is truncated whole, over UDP alone', () => {
    const long = { alpn: Array.from({ length: 12 }, (_, i) => `protocol-number-${i}-of-the-service`.slice(0, 32)) }
    const each = world({ https: { ...long, port: 443, noDefaultAlpn: false }, answers: 3 })
    const query = { name: 'web.cdn.example', type: RrType.HTTPS }
    const cut = each.ask(query)
    expect([cut.tc, cut.answer.length, cut.rcode]).toEqual([true, 0, Rcode.NOERROR])
    expect(hintOf(each.ask({ ...query, edns: { payload: 1232 } }), 6, 16)).toHaveLength(3)
    for (const transport of [Transport.Tcp, Transport.Tls])
      expect(hintOf(each.ask(query, { transport }), 6, 16)).toHaveLength(3)
  })

  it('RFC 8482: ANY shows no HTTPS record, over no transport, since it would be for one client', () => {
    for (const transport of [Transport.Udp, Transport.Tcp])
      expect(
        world()
          .ask({ name: 'web.cdn.example', type: RrType.ANY }, { transport })
          .answer.map(({ type }) => type),
      ).toEqual([RrType.HINFO])
  })
})

describe('one decision for both families', () => {
  it('a first choice with IPv4 alone: its addresses, and no hint of IPv6, for which AAAA goes elsewhere', () => {
    const each = world({}, { near: 'ipv4' })
    const reply = ask(each, RrType.HTTPS)
    expect(hintOf(reply, 4, 4)).toEqual(rdataOf(ask(each, RrType.A)))
    expect(hintOf(reply, 6, 16)).toBeNull()
    expect(ask(each, RrType.AAAA).answer).not.toEqual([])
  })

  it('a first choice with IPv6 alone is the choice too, and IPv4 is left to A', () => {
    const each = world({}, { near: 'ipv6' })
    const reply = ask(each, RrType.HTTPS)
    expect(hintOf(reply, 4, 4)).toBeNull()
    expect(hintOf(reply, 6, 16)).toEqual(rdataOf(ask(each, RrType.AAAA)))
  })

  it('a family that fails comes out of the hints and back into them; the record stays', () => {
    const each = world()
    each.live(half => {
      half.families[0] = FAMILY_V6
      half.servers.fill(FAMILY_V6, 0, 3)
    })
    const reply = ask(each, RrType.HTTPS)
    expect([hintOf(reply, 4, 4), hintOf(reply, 6, 16)]).toEqual([null, rdataOf(ask(each, RrType.AAAA))])
    each.live()
    expect(hintOf(ask(each, RrType.HTTPS), 4, 4)).toEqual(rdataOf(ask(each, RrType.A)))
  })

  it('a service without IPv6 gives no hint of it, though a cluster has some', () => {
    const text: WorldText = {
      clusters: [
        cluster('isp', 'seoul', { tier: 'embedded', asns: [4766] }),
        { ...cluster('core', 'london'), servers: [{ id: 'core-1', ipv4: '192.0.2.9', weight: 1 }] },
      ],
      services: [service('web', ['isp', 'core'], { https: H2 })],
      places: [place('seoul')],
      city: { [SEOUL]: 1 },
      asn: { [SEOUL]: 4766 },
    }
    const each = openTailored(text)
    expect(each.types).toEqual([[RrType.A, RrType.HTTPS]])
    const reply = ask(each, RrType.HTTPS)
    expect(hintOf(reply, 4, 4)).toEqual(rdataOf(ask(each, RrType.A)))
    expect(hintOf(reply, 6, 16)).toBeNull()
  })
})

describe('when all is down', () => {
  const down = (of: TailoredWorld) => {
    of.live(half => half.state.fill(STATE_DOWN))
    return of
  }

  it('servfail: SERVFAIL, as for the addresses, with their scope', () => {
    const each = down(world({ whenAllDown: { kind: 'servfail' } }))
    const [https, a] = [ask(each, RrType.HTTPS), ask(each, RrType.A)]
    expect([https.rcode, https.answer, scopeOf(https)]).toEqual([Rcode.SERVFAIL, [], scopeOf(a)])
    expect(a.rcode).toBe(Rcode.SERVFAIL)
  })

  it('static: the address as the hint of its family, and none of the other', () => {
    const four = down(world({ whenAllDown: { kind: 'static', address: '198.51.100.7' } }))
    expect(hintOf(ask(four, RrType.HTTPS), 4, 4)).toEqual(['198,51,100,7'])
    expect(hintOf(ask(four, RrType.HTTPS), 6, 16)).toBeNull()
    const six = down(world({ whenAllDown: { kind: 'static', address: '2001:db8::7' } }))
    expect(hintOf(ask(six, RrType.HTTPS), 4, 4)).toBeNull()
    expect(hintOf(ask(six, RrType.HTTPS), 6, 16)).toEqual(rdataOf(ask(six, RrType.AAAA)))
  })

  it('all, last-good, backup: the hints are what the addresses are', () => {
    for (const kind of ['all', 'last-good'] as const) {
      const each = down(world({ whenAllDown: { kind } }))
      expect(hintOf(ask(each, RrType.HTTPS), 4, 4)).toEqual(rdataOf(ask(each, RrType.A)))
    }
    const backup = down(world({ whenAllDown: { kind: 'backup', cluster: 'far' } }))
    const reply = ask(backup, RrType.HTTPS)
    expect(hintOf(reply, 4, 4)).toEqual(rdataOf(ask(backup, RrType.A)))
    expect(backup.read().pairs).toEqual([{ service: 0, cluster: 1, count: 2 }])
  })

  it('a degraded cluster is better than none', () => {
    const each = world()
    each.live(half => half.state.set([STATE_DOWN, STATE_DEGRADED]))
    expect(hintOf(ask(each, RrType.HTTPS), 6, 16)).toEqual(rdataOf(ask(each, RrType.AAAA)))
  })
})

const SEED = 9_460_073
const WORLDS = 40

describe(`section 7.3 in ${WORLDS} random deployments with random live tables, seed ${SEED}`, () => {
  const worlds: { seed: number; world: TailoredWorld; draw: Draw }[] = []

  beforeAll(() => {
    const seeds = randomOf(SEED)
    for (let i = 0; i < WORLDS; i++) {
      const seed = seeds()
      const draw = new Draw(randomOf(seed))
      const text = randomWorld(draw)
      const made = openTailored({ ...text, services: text.services!.map(each => ({ ...each, https: H2 })) })
      worlds.push({ seed, world: made, draw })
    }
  })

  it('a hint is never anything but the answer of its family, and the scope is the same', () => {
    const seen = { both: 0, four: 0, six: 0, none: 0 }
    for (const { seed, world: each, draw } of worlds)
      for (let i = 0; i < 60; i++) {
        each.live(half => {
          const configured = half.families.slice()
          randomLive(draw, half)
          half.families.forEach((bits, c) => {
            half.families[c] = bits & configured[c]!
          })
        })
        const number = draw.below(each.services.length)
        const name = `${each.services[number]!.id}.cdn.example`
        const near = randomPrefix(draw)
        const client = within(draw, near, near.family === 4 ? 24 : 56)
        const [https, a, aaaa] = [RrType.HTTPS, RrType.A, RrType.AAAA].map(type => asked(each, name, type, client)) as [
          ParsedMessage,
          ParsedMessage,
          ParsedMessage,
        ]
        const where = `seed ${seed}, ${i}: ${name}`
        if (each.types[number]!.length === 0) {
          expect(https.answer, where).toEqual([])
          continue
        }
        const known = each.types[number]!.includes(RrType.A) ? a : aaaa
        expect(scopeOf(https), where).toBe(scopeOf(known))
        if (https.rcode === Rcode.SERVFAIL) {
          seen.none++
          expect(
            [a, aaaa].map(({ answer }) => answer.length),
            where,
          ).toEqual([0, 0])
          continue
        }
        const hints = [hintOf(https, 4, 4), hintOf(https, 6, 16)] as const
        if (hints[0] !== null) expect(hints[0], where).toEqual(rdataOf(a))
        if (hints[1] !== null) expect(hints[1], where).toEqual(rdataOf(aaaa))
        seen[hints[0] === null ? 'six' : hints[1] === null ? 'four' : 'both']++
      }
    for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(30)
  })

  it('nothing of it is an internal error', () => {
    for (const { world: each } of worlds) expect(each.read().scalars.internalErrors).toBe(0)
  })
})
