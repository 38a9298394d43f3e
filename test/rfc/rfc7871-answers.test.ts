import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { Class, Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { moved, openWorld } from '../answer/world.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { CLIENT_COOKIE, cookieOption, withCookies } from '../fixture/cookies.ts'
import { ecsOption, lines, type OptionSpec, optionOf } from '../fixture/message.ts'
import { cluster, place, service } from '../route/fixture.ts'
import { answersOf, ECS, echoOf, scopeOf, subnet } from './client-subnet.ts'
import { openTailored } from './tailored-world.ts'

const world = openWorld()
const CDN = 'a1105.cdn.example'
const seoul = subnet('168.126.63.0/24')
const tokyo6 = subnet('2400:4000:12:3400::/56')
const ask = (option: OptionSpec | null, name = CDN, type: number = RrType.A, from = '126.0.0.1') =>
  world.ask({ name, type, edns: { options: option === null ? [] : [option] } }, { from })

describe('RFC 7871 section 7.2.1: a tailored answer', () => {
  it('FAMILY, SOURCE and ADDRESS as they came, SCOPE that of the block', () => {
    const message = ask(seoul)
    const scope = world.scopeOf('168.126.63.0')
    expect(scope).toBeGreaterThanOrEqual(16)
    expect(echoOf(message)).toEqual([0, 1, 24, scope, 168, 126, 63])
    expect(answersOf(message)).toEqual(['192.0.2.101', '192.0.2.102'])
  })

  it('IPv6 addresses likewise, for A as for AAAA', () => {
    for (const type of [RrType.A, RrType.AAAA]) {
      const message = ask(tokyo6, CDN, type, '168.126.0.1')
      expect(scopeOf(message)).toBe(world.scopeOf('2400:4000:12:3400::'))
      expect(answersOf(message)).toContain(type === RrType.A ? '198.51.100.111' : '2001:db8:cc::111')
    }
  })

  it('the option outweighs the address of the resolver, and moves the counter of queries with ECS', () => {
    for (const from of ['126.0.0.1', '168.126.0.1', '10.0.0.1', '2400:4000::1'])
      expect(answersOf(ask(seoul, CDN, RrType.A, from))).toContain('192.0.2.101')
    expect(moved(world, () => ask(seoul))).toEqual({ queriesUdp: 1, ednsQueries: 1, ecsQueries: 1 })
  })

  it("without the option the resolver's own address decides, and there is no option in the reply", () => {
    expect(answersOf(ask(null, CDN, RrType.A, '126.0.0.1'))).toContain('198.51.100.111')
    expect(answersOf(ask(null, CDN, RrType.A, '168.126.0.1'))).toContain('192.0.2.101')
    expect(echoOf(ask(null))).toBeNull()
    expect(world.ask({ name: CDN }).opt).toBeNull()
  })

  it("the service's wish to fail depends on the block and has its scope; the other types of the name do not", () => {
    const down = openWorld()
    down.setStates([2, 2])
    const fails = (type: number) => down.ask({ name: 'strict.cdn.example', type, edns: { options: [seoul] } })
    expect(fails(RrType.A).rcode).toBe(Rcode.SERVFAIL)
    expect(echoOf(fails(RrType.A))).toEqual(echoOf(ask(seoul, 'strict.cdn.example')))
    expect(scopeOf(fails(RrType.A))).toBeGreaterThan(0)
    expect(fails(RrType.AAAA).rcode).toBe(Rcode.NOERROR)
    expect(scopeOf(fails(RrType.AAAA))).toBe(0)
  })

  it('a tailored answer that does not fit: TC, no record, the option with its scope; over TCP all of it', () => {
    // A name of 249 octets leaves 224 octets of records no room beside the OPT record.
    const id = ['a'.repeat(62), 'b'.repeat(62), 'c'.repeat(62), 'd'.repeat(45)].join('.')
    const clusters = [cluster('icn', 'seoul', { count: 8 }), cluster('lhr', 'london', { count: 8 })]
    const both = openTailored({
      clusters,
      services: [service(id, ['icn', 'lhr'], { answers: 8 })],
      places: [place('seoul'), place('london')],
      city: { '1.0.0.0/8': 1, '2400::/12': 1, '81.0.0.0/8': 2 },
    })
    const name = `${id}.cdn.example`
    const query = { name, type: RrType.AAAA, edns: { payload: 512, options: [subnet('2400:0:1:200::/128')] } }
    const udp = both.ask(query)
    expect(udp).toMatchObject({ tc: true, aa: true, rcode: 0, answer: [], authority: [], additional: [] })
    const tcp = both.ask(query, { transport: Transport.Tcp })
    expect(tcp).toMatchObject({ tc: false })
    expect(tcp.answer).toHaveLength(8)
    expect(echoOf(udp)).toEqual(echoOf(tcp))
    expect(scopeOf(tcp)).toBeGreaterThanOrEqual(12)
  })
})

describe('RFC 7871 section 12.1: replies that are no answers carry the option as well', () => {
  it('BADCOOKIE, and the TC that stands for it where there is no cookie', () => {
    const strict = openWorld({ settings: withCookies({ require: true }) })
    const withCookie = { options: [cookieOption(CLIENT_COOKIE), seoul] }
    const badCookie = strict.ask({ name: CDN, edns: withCookie })
    expect(badCookie).toMatchObject({ rcode: Rcode.BADCOOKIE, answer: [] })
    expect(echoOf(badCookie)).toEqual([0, 1, 24, 0, 168, 126, 63])
    const truncated = strict.ask({ name: CDN, edns: { options: [seoul] } })
    expect(truncated).toMatchObject({ rcode: 0, tc: true, answer: [] })
    expect(echoOf(truncated)).toEqual([0, 1, 24, 0, 168, 126, 63])
  })

  it('the truncated reply of a rate limit: FAMILY, SOURCE and ADDRESS as they came', () => {
    const rateLimit = { perSecond: 1, slip: 1, exempt: [], dryRun: false }
    const limited = openWorld({ settings: { ...BARE_SETTINGS, rateLimit } })
    const replies = Array.from({ length: 50 }, () =>
      limited.ask({ name: 'nope.example.com', edns: { options: [seoul] } }, { from: '192.0.2.9' }),
    )
    const slipped = replies.filter(({ tc }) => tc)
    expect(slipped.length).toBeGreaterThan(10)
    for (const reply of slipped) expect(echoOf(reply)!.with(3, 0)).toEqual([0, 1, 24, 0, 168, 126, 63])
  })
})

/** What a client may be told that is the same for everyone: name, type, RCODE. */
const COMMON: readonly (readonly [string, string, number, number])[] = [
  ['static address', 'www.example.com', RrType.A, Rcode.NOERROR],
  ['static chain', 'chain1.example.com', RrType.A, Rcode.NOERROR],
  ['chain to a name that does not exist', 'dangling.example.com', RrType.A, Rcode.NXDOMAIN],
  ['chain to a name without the type', 'nodata.example.com', RrType.TXT, Rcode.NOERROR],
  ['chain into a delegation', 'deleg.example.com', RrType.A, Rcode.NOERROR],
  ['chain out of our zones', 'away.example.com', RrType.A, Rcode.NOERROR],
  ['chain into a zone that did not load', 'sick.example.com', RrType.A, Rcode.NOERROR],
  ['loop', 'loop1.example.com', RrType.A, Rcode.NOERROR],
  ['wildcard', 'x.y.wild.example.com', RrType.A, Rcode.NOERROR],
  ['DNAME', 'host.old.example.com', RrType.A, Rcode.NOERROR],
  ['DNAME that makes too long a name', `${'x'.repeat(60)}.tolong.example.com`, RrType.A, Rcode.YXDOMAIN],
  ['SOA', 'example.com', RrType.SOA, Rcode.NOERROR],
  ['NS', 'cdn.example', RrType.NS, Rcode.NOERROR],
  ['MX with addresses', 'example.com', RrType.MX, Rcode.NOERROR],
  ['DS at a cut', 'sub.example.com', RrType.DS, Rcode.NOERROR],
  ['unknown type', 'unknown.example.com', 1000, Rcode.NOERROR],
  ["static data at the service's name", CDN, RrType.TXT, Rcode.NOERROR],
  ["NODATA at the service's name", CDN, RrType.HTTPS, Rcode.NOERROR],
  ["NODATA at the service's name, AAAA", 'strict.cdn.example', RrType.AAAA, Rcode.NOERROR],
  ['NODATA', 'www.example.com', RrType.TXT, Rcode.NOERROR],
  ['NODATA at an empty non-terminal', 'ent.example.com', RrType.A, Rcode.NOERROR],
  ['NXDOMAIN', 'nope.cdn.example', RrType.A, Rcode.NXDOMAIN],
  ['NXDOMAIN below a service', `x.${CDN}`, RrType.A, Rcode.NXDOMAIN],
  ['referral', 'www.sub.example.com', RrType.A, Rcode.NOERROR],
  ['referral with much glue', 'www.big.example.com', RrType.A, Rcode.NOERROR],
  ['content hostname', 'video.example.com', RrType.A, Rcode.NOERROR],
  ['content hostname, AAAA', 'x.video.example.com', RrType.AAAA, Rcode.NOERROR],
  ['REFUSED', 'www.example.org', RrType.A, Rcode.REFUSED],
  ['REFUSED: the root', '.', RrType.NS, Rcode.REFUSED],
  ['REFUSED: IXFR', 'example.com', RrType.IXFR, Rcode.REFUSED],
  ['SERVFAIL', 'www.broken.example', RrType.A, Rcode.SERVFAIL],
  ['ANY at a service', CDN, RrType.ANY, Rcode.NOERROR],
  ['ANY at a service without data of its own', 'bare.cdn.example', RrType.ANY, Rcode.NOERROR],
  ['ANY', 'www.example.com', RrType.ANY, Rcode.NOERROR],
  ['FORMERR for a meta type: the message itself is well-formed', 'example.com', RrType.TSIG, Rcode.FORMERR],
  ['more than fits', 'huge.example.com', RrType.TXT, Rcode.NOERROR],
  ['more than fits behind a CNAME', 'tohuge.example.com', RrType.TXT, Rcode.NOERROR],
]

describe.each([
  ['UDP', Transport.Udp],
  ['TCP', Transport.Tcp],
  ['TLS', Transport.Tls],
] as const)('RFC 7871 sections 7.2.1, 7.4 and 12.1, over %s', (_, transport) => {
  it.each(COMMON)('the option comes back with SCOPE 0, and only if it was sent: %s', (_, name, type, rcode) => {
    const told = (options: readonly OptionSpec[], payload?: number) =>
      world.ask({ name, type, edns: { ...(payload === undefined ? {} : { payload }), options } }, { transport })
    const plain = told([])
    expect(plain.rcode).toBe(rcode)
    expect(optionOf(plain, ECS)).toBeNull()
    expect(world.ask({ name, type }, { transport }).opt).toBeNull()
    for (const option of [seoul, tokyo6, subnet('10.1.2.0/24'), ecsOption(0, 0, []), ecsOption(2, 0, [])]) {
      const message = told([option])
      expect(echoOf(message)).toEqual([...option.data])
      expect([message.rcode, message.aa]).toEqual([plain.rcode, plain.aa])
      const sections = (of: typeof message) => [of.answer, of.authority].map(section => lines(of, section))
      if (!message.tc) expect(sections(message)).toEqual(sections(plain))
      expect(echoOf(told([option], 512))).toEqual([...option.data])
    }
  })

  it('SERVFAIL before the first tables', () => {
    const early = openWorld({ tables: false })
    const message = early.ask({ name: CDN, edns: { options: [seoul] } }, { transport })
    expect(message.rcode).toBe(Rcode.SERVFAIL)
    expect(echoOf(message)).toEqual([0, 1, 24, 0, 168, 126, 63])
  })

  it('a tailored answer is the same as over UDP', () => {
    for (const option of [seoul, tokyo6]) {
      const query = { name: CDN, edns: { options: [option] } }
      const message = world.ask(query, { transport })
      expect(lines(message, message.answer)).toEqual(lines(ask(option), ask(option).answer))
      expect(echoOf(message)).toEqual(echoOf(ask(option)))
    }
  })
})

describe('RFC 7871 section 5: the option is defined for class IN only', () => {
  it.each([
    ['nothing is told', BARE_SETTINGS],
    ['version and id are told', { ...BARE_SETTINGS, chaos: { version: 'v1', id: 'ns1' } }],
  ])('class CH, %s: never tailored, SCOPE 0; class ANY and unknown ones likewise', (_, settings) => {
    const chaos = openWorld({ settings })
    for (const qclass of [Class.CH, Class.ANY, 4, 254])
      for (const name of [CDN, 'version.bind', 'id.server', 'www.example.com']) {
        const query = { name, type: name.includes('.cdn.') ? RrType.A : RrType.TXT, class: qclass }
        const message = chaos.ask({ ...query, edns: { options: [seoul] } })
        expect(echoOf(message)).toEqual([0, 1, 24, 0, 168, 126, 63])
        expect(message.answer.every(({ type }) => type === RrType.TXT)).toBe(true)
        expect(echoOf(chaos.ask({ ...query, edns: { options: [] } }))).toBeNull()
      }
  })
})

describe('RFC 7871 section 7.2.1: a CNAME chain stops before a tailored owner', () => {
  const chains = openTailored(
    { clusters: [cluster('icn', 'seoul')], services: [service('vod', ['icn']), service('live', ['icn'])] },
    {
      zones: [
        `
$ORIGIN shop.test.
$TTL 300
@      SOA   ns1 hostmaster 1 7200 3600 1209600 60
@      NS    ns1
@      NS    vod.cdn.example.
@      MX    10 vod.cdn.example.
@      HTTPS 0 vod.cdn.example.
_x._tcp SRV  0 0 80 vod.cdn.example.
ns1    A     192.0.2.1
one    CNAME vod.cdn.example.
two    CNAME one
three  CNAME two
*.w    CNAME three
part   DNAME cdn.example.
deep   CNAME vod.part
static CNAME static.cdn.example.
sub    NS    vod.cdn.example.
`,
      ],
    },
  )
  const told = (name: string, type: number = RrType.A) => {
    const message = chains.ask({ name, type, edns: { options: [subnet('1.2.3.0/24')] } })
    return { message, answer: lines(message, message.answer).map(line => line.split(' ').toSpliced(1, 1).join(' ')) }
  }

  it.each([
    ['one.shop.test', ['one.shop.test. 5 vod.cdn.example.']],
    ['two.shop.test', ['two.shop.test. 5 one.shop.test.', 'one.shop.test. 5 vod.cdn.example.']],
    ['x.w.shop.test', ['x.w.shop.test. 5 three.shop.test.', 'three.shop.test. 5 two.shop.test.']],
    ['vod.part.shop.test', ['part.shop.test. 39 cdn.example.', 'vod.part.shop.test. 5 vod.cdn.example.']],
    ['deep.shop.test', ['deep.shop.test. 5 vod.part.shop.test.', 'part.shop.test. 39 cdn.example.']],
  ])('%s: static links only, SCOPE 0, for every type that the service answers and every other', (name, first) => {
    for (const type of [RrType.A, RrType.AAAA, RrType.TXT, RrType.HTTPS]) {
      const { message, answer } = told(name, type)
      expect(message).toMatchObject({ rcode: 0, aa: true, authority: [], additional: [] })
      expect(answer.slice(0, first.length)).toEqual(first)
      expect(answer.at(-1)).toMatch(/ 5 vod\.cdn\.example\.$/)
      expect(scopeOf(message)).toBe(0)
    }
  })

  it('a chain to a static name of the same zone as the services is followed', () => {
    const { message, answer } = told('static.shop.test')
    expect(answer).toEqual(['static.shop.test. 5 static.cdn.example.', 'static.cdn.example. 1 192.0.2.11'])
    expect(scopeOf(message)).toBe(0)
  })

  it.each([
    ['MX', 'shop.test', RrType.MX],
    ['NS', 'shop.test', RrType.NS],
    ['HTTPS', 'shop.test', RrType.HTTPS],
    ['SRV', '_x._tcp.shop.test', RrType.SRV],
    ['a referral', 'www.sub.shop.test', RrType.A],
  ])('section 7.4: the additional section of %s has no address of a service', (_, name, type) => {
    const { message } = told(name, type)
    expect(lines(message, message.additional).filter(line => line.startsWith('vod.'))).toEqual([])
    expect(scopeOf(message)).toBe(0)
  })
})
