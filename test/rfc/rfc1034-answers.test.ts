import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { openWorld, told } from '../answer/world.ts'
import { buildQuery, lines, optionOf, parseMessage, type QuerySpec } from '../fixture/message.ts'

const world = openWorld()
const SOA = 'example.com. 300 6 ns1.example.com. hostmaster.example.com. 2024010100 7200 3600 1209600 300'
const ask = (name: string, type: number = RrType.A, more: Partial<QuerySpec> = {}) =>
  told(world.ask({ name, type, ...more }), lines)

describe('RFC 1034 section 4.3.2', () => {
  it('step 2: a name in no zone of ours is REFUSED with EDE 20, no referral upward', () => {
    for (const name of ['www.example.org', 'com', '.']) {
      const message = world.ask({ name, edns: {} })
      expect(message).toMatchObject({ rcode: Rcode.REFUSED, aa: false, answer: [], authority: [], additional: [] })
      expect([...optionOf(message, 15)!]).toEqual([0, 20])
    }
  })

  it('step 3a: SOA and NS of the apex', () => {
    expect(ask('example.com', RrType.SOA)).toMatchObject({ aa: true, answer: [SOA.replace('300 6', '3600 6')] })
    expect(ask('example.com', RrType.NS).answer).toEqual([
      'example.com. 3600 2 ns1.example.com.',
      'example.com. 3600 2 ns2.example.com.',
    ])
  })

  it('step 3a: a CNAME chain inside our zones is followed to its end', () => {
    expect(ask('chain1.example.com')).toMatchObject({
      rcode: 0,
      aa: true,
      answer: [
        'chain1.example.com. 3600 5 chain2.example.com.',
        'chain2.example.com. 3600 5 alias.example.com.',
        'alias.example.com. 3600 5 www.example.com.',
        'www.example.com. 300 1 192.0.2.80',
        'www.example.com. 300 1 192.0.2.81',
      ],
    })
  })

  it('step 3a: a query for CNAME gets the CNAME, unfollowed', () => {
    expect(ask('alias.example.com', RrType.CNAME).answer).toEqual(['alias.example.com. 3600 5 www.example.com.'])
  })

  it('a chain out of our zones, or into one that did not load, ends with its CNAME, NOERROR', () => {
    const away = { rcode: 0, aa: true, authority: [], additional: [] }
    expect(ask('away.example.com')).toMatchObject({ ...away, answer: ['away.example.com. 3600 5 www.example.org.'] })
    expect(ask('sick.example.com')).toMatchObject({ ...away, answer: ['sick.example.com. 3600 5 www.broken.example.'] })
  })

  it('loops end, each CNAME once', () => {
    expect(ask('self.example.com').answer).toEqual(['self.example.com. 3600 5 self.example.com.'])
    expect(ask('loop1.example.com').answer).toHaveLength(2)
    expect(ask('z.loose.example.com').answer).toEqual([
      'z.loose.example.com. 3600 5 q.loose.example.com.',
      'q.loose.example.com. 3600 5 q.loose.example.com.',
    ])
  })

  it('a chain of more than 16 ends after 17 CNAMEs', () => {
    const { rcode, answer } = ask('c0.example.com', RrType.A, { edns: {} })
    expect(rcode).toBe(0)
    expect(answer).toHaveLength(17)
    expect(answer.at(-1)).toBe('c16.example.com. 3600 5 c17.example.com.')
    expect(ask('c4.example.com', RrType.A, { edns: {} }).answer.at(-1)).toBe('c20.example.com. 3600 1 192.0.2.20')
  })

  it('step 3b: below a cut a referral, AA clear, glue in additional', () => {
    for (const name of ['sub.example.com', 'a.b.sub.example.com', 'ns.sub.example.com']) {
      expect(ask(name)).toEqual({
        rcode: 0,
        aa: false,
        tc: false,
        answer: [],
        authority: [
          'sub.example.com. 3600 2 ns.sub.example.com.',
          'sub.example.com. 3600 2 ns.other.example.com.',
          'sub.example.com. 3600 2 ns.example.net.',
        ],
        additional: [
          'ns.sub.example.com. 3600 1 192.0.2.53',
          'ns.sub.example.com. 3600 28 2001:db8::53',
          'ns.other.example.com. 3600 1 192.0.2.54',
        ],
      })
    }
  })

  it('a chain into a cut: the CNAME with AA, the referral in authority (RFC 1035 section 4.1.1)', () => {
    const told = ask('deleg.example.com')
    expect(told).toMatchObject({ rcode: 0, aa: true, answer: ['deleg.example.com. 3600 5 www.sub.example.com.'] })
    expect(told.authority).toHaveLength(3)
  })

  it('a cut whose child is ours as well is answered by the child; its DS by the parent (RFC 4035 section 3.1.4.1)', () => {
    expect(ask('www.ours.example.com')).toMatchObject({ aa: true, answer: ['www.ours.example.com. 60 1 192.0.2.91'] })
    expect(ask('ours.example.com', RrType.DS)).toMatchObject({ rcode: 0, aa: true, answer: [], authority: [SOA] })
    expect(ask('sub.example.com', RrType.DS)).toMatchObject({ rcode: 0, aa: true })
    expect(ask('sub.example.com', RrType.DS).answer).toHaveLength(1)
  })
})

describe('RFC 1035', () => {
  it('section 3.2.4: classes other than IN are REFUSED', () => {
    for (const qclass of [2, 3, 4, 254, 255]) {
      const message = world.ask({ name: 'example.com', type: RrType.TXT, class: qclass })
      expect(message).toMatchObject({ rcode: Rcode.REFUSED, aa: false, answer: [] })
    }
  })

  it('section 4.1.1: RD and CD are copied; AA, RA, Z and AD of the query are not', () => {
    const message = world.ask({ name: 'www.example.com', flags: 0x07f0 })
    expect(message).toMatchObject({ rd: true, cd: true, aa: true, ra: false, z: false, ad: false, tc: false, rcode: 0 })
    expect(world.ask({ name: 'www.example.com', flags: 0 })).toMatchObject({ rd: false, cd: false })
  })

  it('section 2.3.3: names match whatever the case, and the question comes back as it was', () => {
    const message = world.ask({ name: 'wWw.eXample.COM', keepCase: true })
    expect(message.answer).toHaveLength(2)
    expect(Buffer.from(message.question!.octets).toString('latin1')).toBe('\x03wWw\x07eXample\x03COM\x00')
  })

  it('section 4.2.1: without EDNS at most 512 octets; what does not fit whole is left out and TC set', () => {
    const message = world.ask({ name: 'many.example.com' })
    expect(message).toMatchObject({ tc: true, aa: true, answer: [], rcode: 0 })
    expect(message.question).not.toBeNull()
  })

  it('section 4.2.2: over TCP all of it', () => {
    const message = world.ask({ name: 'huge.example.com', type: RrType.TXT }, { transport: Transport.Tcp })
    expect(message).toMatchObject({ tc: false })
    expect(message.answer[0]!.rdata).toHaveLength(8 * 251)
  })
})

describe('RFC 2181', () => {
  it('section 9: TC keeps the CNAME that was whole, and never part of an RRset', () => {
    const message = world.ask({ name: 'tohuge.example.com', type: RrType.TXT, edns: {} })
    expect(message).toMatchObject({ tc: true, opt: { payload: 1232 } })
    expect(lines(message, message.answer)).toEqual(['tohuge.example.com. 3600 5 huge.example.com.'])
  })

  it('section 9: additional data that do not fit are no reason for TC', () => {
    const message = world.ask({ name: 'crowd.example.com', type: RrType.MX })
    expect(message.tc).toBe(false)
    expect(message.answer).toHaveLength(20)
    expect(message.additional.length).toBeGreaterThan(0)
    expect(message.additional.length).toBeLessThan(16)
  })
})

describe('RFC 2308', () => {
  it('section 5: NXDOMAIN and NODATA carry the SOA with the lesser of its TTL and MINIMUM', () => {
    expect(ask('nope.example.com')).toEqual({
      rcode: Rcode.NXDOMAIN,
      aa: true,
      tc: false,
      answer: [],
      authority: [SOA],
      additional: [],
    })
    expect(ask('ns2.example.com', RrType.AAAA)).toMatchObject({ rcode: 0, aa: true, answer: [], authority: [SOA] })
  })

  it('section 2.1: NXDOMAIN behind a CNAME, with the CNAME (RFC 6604 section 3: the RCODE of the last name)', () => {
    expect(ask('dangling.example.com')).toMatchObject({
      rcode: Rcode.NXDOMAIN,
      aa: true,
      answer: ['dangling.example.com. 3600 5 nowhere.example.com.'],
      authority: [SOA],
    })
    expect(ask('nodata.example.com', RrType.TXT)).toMatchObject({ rcode: 0, authority: [SOA] })
  })
})

describe('RFC 2308 section 3 at the end of a chain', () => {
  const zone = (origin: string, soa: string, rest: string) =>
    `$ORIGIN ${origin}\n@ ${soa}\n$TTL 900\n@ NS ns.away.\n${rest}`
  const chained = openWorld({
    zones: [
      zone(
        'one.',
        '3600 SOA a. b. 1 2 3 4 60',
        'gone CNAME nothing.two.\nempty CNAME ent.two.\nstop CNAME www.away.\n',
      ),
      zone('two.', '30 SOA a. b. 1 2 3 4 600', 'x.ent TXT ""\n'),
    ],
  })

  it('the SOA is that of the zone of the last name, its TTL the lesser of its own two', () => {
    const said = (name: string) => told(chained.ask({ name, type: RrType.A }), lines)
    const soa = ['two. 30 6 a. b. 1 2 3 4 600']
    expect(said('gone.one')).toMatchObject({ rcode: Rcode.NXDOMAIN, aa: true, authority: soa })
    expect(said('empty.one')).toMatchObject({ rcode: 0, aa: true, authority: soa })
    expect(said('stop.one')).toMatchObject({ rcode: 0, aa: true, authority: [] })
    expect(said('nothing.one').authority).toEqual(['one. 60 6 a. b. 1 2 3 4 60'])
  })
})

describe('RFC 3597', () => {
  it('section 5: unknown types are NODATA, NXDOMAIN or data, never an error', () => {
    expect(ask('unknown.example.com', 1000).answer).toEqual(['unknown.example.com. 3600 1000 010203'])
    expect(ask('www.example.com', 1000)).toMatchObject({ rcode: 0, authority: [SOA] })
    expect(ask('nope.example.com', 65280)).toMatchObject({ rcode: Rcode.NXDOMAIN })
    for (const type of [0, 65, 127, 129, 248, 253, 254, 65535])
      expect(ask('www.example.com', type), `${type}`).toMatchObject({ rcode: 0, aa: true })
  })
})

describe('RFC 4592', () => {
  it('section 3.3.1: a wildcard answers under the name asked for', () => {
    expect(ask('x.wild.example.com').answer).toEqual(['x.wild.example.com. 3600 1 192.0.2.99'])
    expect(ask('x.y.z.wild.example.com').answer).toEqual(['x.y.z.wild.example.com. 3600 1 192.0.2.99'])
    expect(ask('*.wild.example.com').answer).toEqual(['*.wild.example.com. 3600 1 192.0.2.99'])
    expect(ask('x.wild.example.com', RrType.AAAA)).toMatchObject({ rcode: 0, answer: [], authority: [SOA] })
  })

  it('section 2.2.2: empty non-terminals exist, and what exists blocks the wildcard', () => {
    expect(ask('in.ent.example.com')).toMatchObject({ rcode: 0, authority: [SOA] })
    expect(ask('b.wild.example.com')).toMatchObject({ rcode: 0, answer: [] })
    expect(ask('a.b.wild.example.com')).toMatchObject({ rcode: Rcode.NXDOMAIN })
    expect(ask('e.wild.example.com')).toMatchObject({ rcode: 0, answer: [] })
    expect(ask('y.e.wild.example.com')).toMatchObject({ rcode: Rcode.NXDOMAIN })
  })

  it('section 3.3.3: a CNAME at the wildcard is followed', () => {
    expect(ask('any.wc.example.com', RrType.AAAA).answer).toEqual([
      'any.wc.example.com. 3600 5 www.example.com.',
      'www.example.com. 300 28 2001:db8::80',
    ])
  })

  it('section 2.1.1: an asterisk that is not the first label is a label like any other', () => {
    // Section 4.9: `*.lit` exists, as an empty non-terminal, and is the source of synthesis: no data, but no NXDOMAIN either.
    expect(ask('mid.x.lit.example.com', RrType.TXT)).toMatchObject({ rcode: 0, answer: [], authority: [SOA] })
    expect(ask('mid.*.lit.example.com', RrType.TXT).answer).toHaveLength(1)
  })
})

describe('RFC 5936 and RFC 1995', () => {
  it('transfers are not offered: AXFR over UDP FORMERR, otherwise REFUSED', () => {
    expect(ask('example.com', RrType.AXFR).rcode).toBe(Rcode.FORMERR)
    expect(ask('example.com', RrType.IXFR).rcode).toBe(Rcode.REFUSED)
    for (const type of [RrType.AXFR, RrType.IXFR]) {
      const message = world.ask({ name: 'example.com', type }, { transport: Transport.Tcp })
      expect(message).toMatchObject({ rcode: Rcode.REFUSED, answer: [] })
    }
  })
})

describe('RFC 6672', () => {
  it('section 3.1: DNAME, a CNAME made from it with its TTL, and what is at the target', () => {
    expect(ask('host.old.example.com')).toMatchObject({
      rcode: 0,
      aa: true,
      answer: [
        'old.example.com. 600 39 new.example.com.',
        'host.old.example.com. 600 5 host.new.example.com.',
        'host.new.example.com. 3600 1 192.0.2.77',
      ],
    })
    expect(ask('a.b.old.example.com')).toMatchObject({ rcode: Rcode.NXDOMAIN, authority: [SOA] })
  })

  it('section 2.3: the owner itself is not redirected', () => {
    expect(ask('old.example.com', RrType.TXT).answer).toHaveLength(1)
    expect(ask('old.example.com', RrType.A)).toMatchObject({ rcode: 0, answer: [], authority: [SOA] })
    expect(ask('old.example.com', RrType.DNAME).answer).toEqual(['old.example.com. 600 39 new.example.com.'])
  })

  it('section 3.2: a name that would be too long is YXDOMAIN, with the DNAME', () => {
    const message = ask(`${'y'.repeat(50)}.tolong.example.com`)
    expect(message).toMatchObject({ rcode: Rcode.YXDOMAIN, aa: true })
    expect(message.answer).toHaveLength(1)
  })

  it('a query for CNAME ends with the one that was made', () => {
    const { answer, authority } = ask('host.old.example.com', RrType.CNAME)
    expect([answer.length, authority]).toEqual([2, []])
  })

  it('stands in every reply that goes by it, whatever the reply before went by', () => {
    const zone = '$ORIGIN e.\n$TTL 1\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\nold DNAME new\nalias CNAME x.old\n'
    const fresh = openWorld({ zones: [zone] })
    const types = (asked: string) => fresh.ask({ name: asked }).answer.map(record => record.type)
    expect(types('x.old.e')).toEqual([RrType.DNAME, RrType.CNAME])
    expect(types('alias.e')).toEqual([RrType.CNAME, RrType.DNAME, RrType.CNAME])
  })

  it('DNAMEs in a circle end with every record once, however they were come by', () => {
    const zone =
      '$ORIGIN e.\n$TTL 1\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\nping DNAME pong\npong DNAME ping\none DNAME ping\n'
    const message = openWorld({ zones: [`${zone}alias CNAME x.one\n`] }).ask({ name: 'alias.e' })
    expect(lines(message, message.answer)).toEqual([
      'alias.e. 1 5 x.one.e.',
      'one.e. 1 39 ping.e.',
      'x.one.e. 1 5 x.ping.e.',
      'ping.e. 1 39 pong.e.',
      'x.ping.e. 1 5 x.pong.e.',
      'pong.e. 1 39 ping.e.',
      'x.pong.e. 1 5 x.ping.e.',
    ])
  })

  it('a DNAME into itself ends, with the DNAME once', () => {
    const { answer, rcode } = ask('a.spin.example.com', RrType.A, { edns: {} })
    expect(answer.filter(line => line.includes(' 39 '))).toHaveLength(1)
    expect(answer.slice(1, 4)).toEqual([
      'a.spin.example.com. 3600 5 a.spin.spin.example.com.',
      'a.spin.spin.example.com. 3600 5 a.spin.spin.spin.example.com.',
      'a.spin.spin.spin.example.com. 3600 5 a.spin.spin.spin.spin.example.com.',
    ])
    expect(answer.length).toBeLessThanOrEqual(18)
    expect(rcode).toBe(0)
  })

  it('section 2.5: the RDATA of a DNAME is not compressed', () => {
    const message = world.ask({ name: 'host.old.example.com' })
    expect(message.answer[0]!.rdata).toHaveLength(17)
  })
})

describe('RFC 8482', () => {
  it('section 4.1: over UDP one RRset, or the CNAME', () => {
    expect(new Set(ask('www.example.com', RrType.ANY).answer.map(line => line.split(' ')[2])).size).toBe(1)
    expect(ask('alias.example.com', RrType.ANY).answer).toEqual(['alias.example.com. 3600 5 www.example.com.'])
  })

  it('section 4.2: HINFO where there is nothing but a service', () => {
    const message = world.ask({ name: 'bare.cdn.example', type: RrType.ANY })
    expect(message.answer).toHaveLength(1)
    expect(message.answer[0]).toMatchObject({ type: RrType.HINFO, ttl: 3600 })
    expect(Buffer.from(message.answer[0]!.rdata).toString('latin1')).toBe('\x07RFC8482\x00')
  })

  it('section 4.4: over TCP everything static', () => {
    const message = world.ask({ name: 'www.example.com', type: RrType.ANY }, { transport: Transport.Tcp })
    expect(new Set(message.answer.map(record => record.type))).toEqual(new Set([RrType.A, RrType.AAAA]))
  })

  it('ANY at names without data is what any type is', () => {
    expect(ask('nope.example.com', RrType.ANY)).toMatchObject({ rcode: Rcode.NXDOMAIN, authority: [SOA] })
    expect(ask('in.ent.example.com', RrType.ANY)).toMatchObject({ rcode: 0, answer: [], authority: [SOA] })
    expect(ask('x.sub.example.com', RrType.ANY)).toMatchObject({ aa: false, answer: [] })
  })
})

describe('RFC 9471', () => {
  it('section 3.1: glue of servers inside the delegated zone fits whole or TC is set', () => {
    const cut = world.ask({ name: 'www.big.example.com', edns: { payload: 700 } })
    expect(cut).toMatchObject({ tc: true, aa: false })
    expect(cut.authority).toHaveLength(13)
    const whole = world.ask({ name: 'www.big.example.com', edns: {} })
    expect(whole).toMatchObject({ tc: false })
    expect(whole.additional).toHaveLength(13)
  })

  it('section 3.2: sibling glue comes as room allows, without TC', () => {
    const message = world.ask({ name: 'www.sib.example.com', edns: { payload: 700 } })
    expect(message.tc).toBe(false)
    expect(message.authority).toHaveLength(13)
    expect(message.additional.length).toBeGreaterThan(0)
    expect(message.additional.length).toBeLessThan(13)
  })

  it('an NS RRset that does not fit is TC', () => {
    const message = world.ask({ name: `${'z'.repeat(60)}.${'y'.repeat(60)}.big.example.com` })
    expect(message).toMatchObject({ tc: true, authority: [], additional: [] })
  })
})

describe('RFC 9619 and RFC 9824', () => {
  it('RFC 9619: no question and two questions are FORMERR by header', () => {
    const none = parseMessage(world.exchange(Uint8Array.from([0, 9, 0, 0, ...new Uint8Array(8)])))
    expect(none).toMatchObject({ id: 9, rcode: Rcode.FORMERR, question: null })
    const two = buildQuery({ name: 'example.com' })
    two[5] = 2
    expect(parseMessage(world.exchange(two))).toMatchObject({ rcode: Rcode.FORMERR, question: null })
  })

  it('RFC 9824 section 3.1: NXNAME as QTYPE is FORMERR with EDE 30; OPT, TKEY and TSIG likewise', () => {
    for (const type of [RrType.NXNAME, RrType.OPT, RrType.TKEY, RrType.TSIG]) {
      const message = world.ask({ name: 'example.com', type, edns: {} })
      expect(message).toMatchObject({ rcode: Rcode.FORMERR, aa: false, answer: [] })
      expect([...optionOf(message, 15)!]).toEqual([0, 30])
    }
  })
})
