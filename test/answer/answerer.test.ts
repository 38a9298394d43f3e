import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { Ede, Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { buildQuery, ecsOption, lines, optionOf } from '../fixture/message.ts'
import { moved, openWorld, told } from './world.ts'

const world = openWorld()
const ede = (message: ReturnType<typeof world.ask>): number | null => {
  const data = optionOf(message, 15)
  return data === null ? null : (data[0]! << 8) | data[1]!
}
const edns = { options: [] }

describe('the answerer', () => {
  it('gives a static answer with AA and counts it', () => {
    const counted = moved(world, () => {
      const message = world.ask({ name: 'www.example.com' })
      expect(told(message, lines)).toEqual({
        rcode: 0,
        aa: true,
        tc: false,
        answer: ['www.example.com. 300 1 192.0.2.80', 'www.example.com. 300 1 192.0.2.81'],
        authority: [],
        additional: [],
      })
    })
    expect(counted).toEqual({ queriesUdp: 1 })
  })

  it('counts by type, RCODE and transport', () => {
    const before = world.read()
    world.ask({ name: 'nope.example.com', type: RrType.AAAA, edns }, { transport: Transport.Tcp })
    const after = world.read()
    expect(after.scalars.queriesTcp - before.scalars.queriesTcp).toBe(1)
    expect(after.scalars.ednsQueries - before.scalars.ednsQueries).toBe(1)
    expect(after.qtypes.AAAA! - before.qtypes.AAAA!).toBe(1)
    expect(after.rcodes[Rcode.NXDOMAIN]! - before.rcodes[Rcode.NXDOMAIN]!).toBe(1)
  })

  it('before the first tables: SERVFAIL, not ready (RFC 8914 section 4.15)', () => {
    const message = openWorld({ tables: false }).ask({ name: 'www.example.com', edns })
    expect(message).toMatchObject({ rcode: Rcode.SERVFAIL, aa: false })
    expect(ede(message)).toBe(Ede.NotReady)
  })

  it('a zone that did not load: SERVFAIL with an EDE that says so', () => {
    const message = world.ask({ name: 'www.broken.example', edns })
    expect(message).toMatchObject({ rcode: Rcode.SERVFAIL, aa: false })
    expect(ede(message)).toBe(Ede.InvalidData)
    expect(Buffer.from(optionOf(message, 15)!.subarray(2)).toString()).toBe('zone did not load')
  })

  it('a fault of ours: SERVFAIL by header, counted, and the next query is answered', () => {
    const sick = openWorld()
    const { zones } = sick.tables
    Object.defineProperty(zones, 'zoneApex', {
      value: () => {
        throw new Error('boom')
      },
      configurable: true,
    })
    const counted = moved(sick, () => {
      const message = sick.ask({ name: 'www.example.com', id: 0xbeef, edns })
      expect(message).toMatchObject({ id: 0xbeef, qr: true, rd: true, rcode: Rcode.SERVFAIL, question: null })
    })
    expect(counted).toEqual({ queriesUdp: 1, internalErrors: 1 })
    Reflect.deleteProperty(zones, 'zoneApex')
    expect(sick.ask({ name: 'www.example.com' }).answer).toHaveLength(2)
  })

  it('nothing of one reply stays for the next', () => {
    const options = [ecsOption(1, 24, [168, 126, 63])]
    expect(optionOf(world.ask({ name: 'a1105.cdn.example', edns: { options } }), 8)![3]).toBe(
      world.scopeOf('168.126.63.0'),
    )
    expect(optionOf(world.ask({ name: 'www.example.com', edns: { options } }), 8)![3]).toBe(0)
    expect(ede(world.ask({ name: 'www.example.org', edns }))).toBe(Ede.NotAuthoritative)
    expect(world.ask({ name: 'www.example.com', edns })).toMatchObject({ rcode: 0, aa: true, opt: { options: [] } })
    expect(world.ask({ name: 'many.example.com' }).tc).toBe(true)
    expect(world.ask({ name: 'www.example.com' }).tc).toBe(false)
  })

  it('silence to responses and fragments is counted as such', () => {
    const response = buildQuery({ name: 'www.example.com', flags: 0x8100 })
    expect(moved(world, () => expect(world.exchange(response)).toHaveLength(0))).toEqual({ ignored: 1 })
    expect(moved(world, () => expect(world.exchange(response.slice(0, 11))).toHaveLength(0))).toEqual({ ignored: 1 })
  })

  it('NSID is given to who asks, cut at 128 octets', () => {
    const asked = { edns: { options: [{ code: 3, data: [] }] } }
    expect(Buffer.from(optionOf(world.ask({ name: 'example.com', ...asked }), 3)!).toString()).toBe('ns1')
    expect(optionOf(openWorld({ nsid: 'x'.repeat(300) }).ask({ name: 'example.com', ...asked }), 3)).toHaveLength(128)
    expect(optionOf(world.ask({ name: 'example.com', edns }), 3)).toBeNull()
  })

  it('additional addresses of MX, SRV, NS and HTTPS targets that are ours and static', () => {
    const additional = (name: string, type: number) => {
      const message = world.ask({ name, type, edns })
      return lines(message, message.additional)
    }
    expect(additional('example.com', RrType.MX)).toEqual(['mail.example.com. 3600 1 192.0.2.25'])
    expect(additional('_sip._tcp.example.com', RrType.SRV)).toEqual(['mail.example.com. 3600 1 192.0.2.25'])
    expect(additional('svc.example.com', RrType.HTTPS)).toEqual(['svc.example.com. 3600 1 192.0.2.100'])
    expect(additional('example.com', RrType.NS)).toEqual([
      'ns1.example.com. 3600 1 192.0.2.1',
      'ns1.example.com. 3600 28 2001:db8::1',
      'ns2.example.com. 3600 1 192.0.2.2',
    ])
  })
})

describe('a routed name', () => {
  it("is answered by the route: addresses of the chosen cluster, the service's TTL, AA; counters moved", () => {
    const before = world.read()
    const message = world.ask({ name: 'a1105.cdn.example' }, { from: '126.1.2.3' })
    expect(message).toMatchObject({ rcode: 0, aa: true, tc: false, authority: [], additional: [], opt: null })
    expect(lines(message, message.answer).sort()).toEqual([
      'a1105.cdn.example. 30 1 198.51.100.111',
      'a1105.cdn.example. 30 1 198.51.100.112',
    ])
    const after = world.read()
    expect(after.reasons['first-choice'] - before.reasons['first-choice']).toBe(1)
    const pair = after.pairs.find(({ service, cluster }) => service === 70 && cluster === 41)
    const pairBefore = before.pairs.find(({ service, cluster }) => service === 70 && cluster === 41)
    expect(pair!.count - (pairBefore?.count ?? 0)).toBe(1)
  })

  it('AAAA', () => {
    const message = world.ask({ name: 'a1105.cdn.example', type: RrType.AAAA }, { from: '2001:2b0::1' })
    expect(lines(message, message.answer).sort()).toEqual([
      'a1105.cdn.example. 30 28 2001:db8:cc::101',
      'a1105.cdn.example. 30 28 2001:db8:cc::102',
    ])
  })

  it("the service's wish to fail is SERVFAIL with an EDE; other types at the name still answer", () => {
    const down = openWorld()
    down.setStates([2, 2])
    const message = down.ask({ name: 'strict.cdn.example', edns })
    expect(message).toMatchObject({ rcode: Rcode.SERVFAIL, aa: false, answer: [], authority: [] })
    expect(ede(message)).toBe(Ede.Other)
    expect(down.read().reasons.servfail).toBe(1)
    expect(down.ask({ name: 'strict.cdn.example', type: RrType.TXT })).toMatchObject({ rcode: 0, aa: true, answer: [] })
    expect(down.ask({ name: 'a1105.cdn.example' }).answer).toHaveLength(2)
  })

  it('static data beside the service, and NODATA for what it does not answer', () => {
    const txt = world.ask({ name: 'a1105.cdn.example', type: RrType.TXT })
    expect(txt.answer).toHaveLength(1)
    const https = world.ask({ name: 'a1105.cdn.example', type: RrType.HTTPS })
    expect(told(https, lines)).toMatchObject({
      rcode: 0,
      aa: true,
      answer: [],
      authority: ['cdn.example. 60 6 ns1.cdn.example. hostmaster.cdn.example. 7 7200 3600 1209600 60'],
    })
  })

  it('a content hostname gets its CNAME alone, wildcard or not, static CNAME or overlay (RFC 7871 section 7.2.1)', () => {
    for (const [name, ttl] of [
      ['video.example.com', 300],
      ['x.y.video.example.com', 300],
      ['vip.example.com', 3600],
    ] as const) {
      for (const type of [RrType.A, RrType.AAAA, RrType.TXT, RrType.HTTPS]) {
        const message = world.ask({ name, type, edns: { options: [ecsOption(1, 24, [126, 1, 2])] } })
        expect(told(message, lines)).toEqual({
          rcode: 0,
          aa: true,
          tc: false,
          answer: [`${name}. ${ttl} 5 a1105.cdn.example.`],
          authority: [],
          additional: [],
        })
        expect([...optionOf(message, 8)!]).toEqual([0, 1, 24, 0, 126, 1, 2])
      }
    }
  })

  it('an ECS address that locates nobody is counted', () => {
    const options = [ecsOption(1, 24, [10, 1, 2])]
    expect(moved(world, () => world.ask({ name: 'a1105.cdn.example', edns: { options } }))).toEqual({
      queriesUdp: 1,
      ednsQueries: 1,
      ecsQueries: 1,
      ecsUnroutable: 1,
    })
  })
})
