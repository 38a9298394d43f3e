import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { Ede, Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { type Ask, moved, openWorld, type World } from '../answer/world.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { CLIENT_COOKIE, cookieOf, cookieOption, withCookies } from '../fixture/cookies.ts'
import { dig } from '../fixture/dig.ts'
import { buildOpt, buildQuery, ecsOption, type OptionSpec, optionOf, parseMessage } from '../fixture/message.ts'
import { missing } from '../fixture/tools.ts'
import { type Served, serve } from '../listen/server.ts'

const world = openWorld({ settings: withCookies() })
const strict = openWorld({ settings: withCookies({ require: true }) })
const client = cookieOption(CLIENT_COOKIE)
const ask = (options: readonly OptionSpec[], name = 'www.example.com', how?: Ask, where: World = world) =>
  where.ask({ name, edns: { options } }, how)
const good = cookieOption(cookieOf(ask([client]))!)
const bad = cookieOption(`${CLIENT_COOKIE}01000000${'ab'.repeat(12)}`)
const answered = { rcode: 0, aa: true, tc: false }
const wholeCookie = new RegExp(`^${CLIENT_COOKIE}01000000[0-9a-f]{24}$`)

describe('section 5.2: responding to a request', () => {
  it('5.2: a server without cookies ignores the option, however malformed', () => {
    const without = openWorld()
    for (const length of [0, 7, 8, 9, 24, 41]) {
      const counted = moved(without, () => {
        const message = ask([{ code: 10, data: new Array<number>(length).fill(1) }], 'www.example.com', {}, without)
        expect(message).toMatchObject({ ...answered, opt: { options: [] } })
      })
      expect(counted).toEqual({ queriesUdp: 1, ednsQueries: 1 })
    }
  })

  it('5.2.1: without a cookie everything is as if there were none', () => {
    expect(
      moved(world, () => expect(world.ask({ name: 'www.example.com' })).toMatchObject({ ...answered, opt: null })),
    ).toEqual({
      queriesUdp: 1,
    })
    expect(ask([])).toMatchObject({ ...answered, opt: { options: [] } })
  })

  it('5.2.2: a cookie of 0..7, 9..15 or more than 40 octets is FORMERR, and the reply has none', () => {
    for (let length = 0; length <= 48; length++) {
      const message = ask([{ code: 10, data: new Array<number>(length).fill(1) }])
      if (length === 8 || (length >= 16 && length <= 40)) expect(message, `${length}`).toMatchObject(answered)
      else
        expect(message, `${length}`).toMatchObject({
          rcode: Rcode.FORMERR,
          aa: false,
          answer: [],
          opt: { options: [] },
        })
    }
  })

  it('5.2.3: with a client cookie alone there is an answer and a server cookie', () => {
    const counted = moved(world, () => {
      const message = ask([client])
      expect(message).toMatchObject(answered)
      expect(cookieOf(message)).toMatch(wholeCookie)
    })
    expect(counted).toEqual({ queriesUdp: 1, ednsQueries: 1, cookiesNew: 1 })
  })

  it('5.2.4: a bad server cookie is as if it were not there', () => {
    const counted = moved(world, () => {
      const message = ask([bad])
      expect(message).toMatchObject(answered)
      expect(cookieOf(message)).toBe(cookieOf(ask([client])))
    })
    expect(counted).toMatchObject({ cookiesBad: 1 })
  })

  it('5.2.5: a good one comes back', () => {
    const counted = moved(world, () =>
      expect(ask([good]).opt!.options).toEqual([{ code: 10, data: Uint8Array.from(good.data) }]),
    )
    expect(counted).toEqual({ queriesUdp: 1, ednsQueries: 1, cookiesGood: 1 })
  })

  it('of several cookies only the first is considered', () => {
    expect(moved(world, () => expect(cookieOf(ask([good, bad]))).toBe(cookieOf(ask([good]))))).toMatchObject({
      cookiesGood: 2,
    })
    expect(moved(world, () => ask([bad, good]))).toMatchObject({ cookiesBad: 1 })
    expect(ask([{ code: 10, data: [1] }, good])).toMatchObject({ rcode: Rcode.FORMERR, opt: { options: [] } })
    const other = cookieOption('ffffffffffffffff')
    expect(cookieOf(ask([client, other]))!.slice(0, 16)).toBe(CLIENT_COOKIE)
  })

  it('every reply to a readable cookie has one, whatever the RCODE: the client would drop it otherwise (5.3)', () => {
    for (const [name, type, rcode] of [
      ['nope.example.com', RrType.A, Rcode.NXDOMAIN],
      ['www.example.org', RrType.A, Rcode.REFUSED],
      ['www.broken.example', RrType.A, Rcode.SERVFAIL],
      ['x.sub.example.com', RrType.A, Rcode.NOERROR],
      ['a1105.cdn.example', RrType.A, Rcode.NOERROR],
      ['many.example.com', RrType.A, Rcode.NOERROR],
      [`${'q'.repeat(60)}.tolong.example.com`, RrType.A, Rcode.YXDOMAIN],
      ['example.com', RrType.TSIG, Rcode.FORMERR],
      ['example.com', RrType.AXFR, Rcode.FORMERR],
    ] as const) {
      const message = world.ask({ name, type, edns: { options: [good] } })
      expect(message.rcode, name).toBe(rcode)
      expect(cookieOf(message), name).toBe(Buffer.from(good.data).toString('hex'))
    }
    for (const options of [
      [ecsOption(3, 0, []), good],
      [good, ecsOption(3, 0, [])],
    ]) {
      const message = ask(options)
      expect(message).toMatchObject({ rcode: Rcode.FORMERR, answer: [] })
      expect(message.opt!.options).toEqual([{ code: 10, data: Uint8Array.from(good.data) }])
    }
  })

  it('BADVERS has none: what an option of another version means is unknown', () => {
    const message = world.ask({ name: 'www.example.com', edns: { version: 1, options: [good] } })
    expect(message).toMatchObject({ rcode: Rcode.BADVERS, opt: { options: [] } })
  })

  it('the same over TCP and TLS', () => {
    for (const transport of [Transport.Tcp, Transport.Tls])
      expect(cookieOf(ask([client], 'www.example.com', { transport }))).toBe(cookieOf(ask([client])))
  })

  it('nothing of one query stays for the next, whose cookie is another or none', () => {
    const first = cookieOf(ask([client], 'example.com', { from: '192.0.2.1' }))
    const second = cookieOf(ask([client], 'example.com', { from: '192.0.2.2' }))
    expect(first).not.toBe(second)
    expect(cookieOf(ask([], 'example.com', { from: '192.0.2.1' }))).toBeNull()
    expect(cookieOf(ask([client], 'example.com', { from: '192.0.2.1' }))).toBe(first)
  })

  it('room for it is kept: a reply that would fill the datagram is cut instead', () => {
    for (let payload = 512; payload <= 1232; payload += 7) {
      const message = world.ask({
        name: 'www.big.example.com',
        edns: { payload, options: [client, { code: 3, data: [] }] },
      })
      expect(message.bytes.length).toBeLessThanOrEqual(payload)
      expect(cookieOf(message)).toMatch(wholeCookie)
    }
  })
})

describe('section 5.2.3 with `require`: only who has a good cookie is answered over UDP', () => {
  it('a good cookie is answered, and good for its own query alone', () => {
    expect(ask([good], 'www.example.com', {}, strict)).toMatchObject(answered)
    expect(strict.ask({ name: 'www.example.com' })).toMatchObject({ tc: true, answer: [] })
  })

  it.each([
    ['a client cookie alone', client, { cookiesNew: 1 }],
    ['a bad server cookie', bad, { cookiesBad: 1 }],
  ])(
    '%s: BADCOOKIE, the question, a fresh cookie and nothing else; with that cookie the answer',
    (_, shown, counter) => {
      const counted = moved(strict, () => {
        const before = strict.read().rcodes[Rcode.BADCOOKIE]!
        const message = ask([shown, { code: 3, data: [] }], 'www.example.com', {}, strict)
        expect(message).toMatchObject({
          rcode: Rcode.BADCOOKIE,
          aa: false,
          tc: false,
          rd: true,
          answer: [],
          authority: [],
        })
        expect(message.question).toMatchObject({ name: 'www.example.com.', type: 1 })
        expect(message.opt!.options.map(option => option.code)).toEqual([3, 10])
        expect(strict.read().rcodes[Rcode.BADCOOKIE]! - before).toBe(1)
        expect(ask([cookieOption(cookieOf(message)!)], 'www.example.com', {}, strict)).toMatchObject(answered)
      })
      expect(counted).toEqual({ queriesUdp: 2, ednsQueries: 2, cookiesGood: 1, ...counter })
    },
  )

  it('BADCOOKIE comes before every answer, be it of a service, of no zone of ours, of class CH or a refusal', () => {
    for (const name of ['a1105.cdn.example', 'www.example.org', 'www.broken.example', 'nope.example.com']) {
      const options = [client, ecsOption(1, 24, [126, 1, 2])]
      const message = ask(options, name, {}, strict)
      expect(message).toMatchObject({ rcode: Rcode.BADCOOKIE, answer: [], authority: [] })
      // Nothing was looked up for it: scope 0 (RFC 7871 section 7.2.1).
      expect([...optionOf(message, 8)!]).toEqual([0, 1, 24, 0, 126, 1, 2])
    }
    for (const asked of [
      { name: 'version.bind', class: 3, type: RrType.TXT },
      { name: 'example.com', type: RrType.AXFR },
      { name: 'example.com', type: RrType.TSIG },
    ])
      expect(strict.ask({ ...asked, edns: { options: [client] } }).rcode).toBe(Rcode.BADCOOKIE)
  })

  it('no cookie at all: TC, so that the client comes over TCP, where it is answered', () => {
    for (const edns of [false, { options: [] }] as const) {
      const spec = { name: 'www.example.com', edns }
      expect(
        moved(strict, () => expect(strict.ask(spec)).toMatchObject({ rcode: 0, aa: false, tc: true, answer: [] })),
      ).toMatchObject({
        truncated: 1,
      })
      expect(strict.ask(spec, { transport: Transport.Tcp })).toMatchObject(answered)
    }
  })

  it('over TCP and TLS never BADCOOKIE: the connection shows the address as well', () => {
    for (const transport of [Transport.Tcp, Transport.Tls]) {
      for (const cookie of [client, bad, good]) {
        const message = ask([cookie], 'www.example.com', { transport }, strict)
        expect(message).toMatchObject(answered)
        expect(cookieOf(message)).toBe(cookieOf(ask([client])))
      }
    }
  })

  it('who is turned away is limited by his address alone, whatever was asked before him', () => {
    const rateLimit = { perSecond: 1, slip: 0, exempt: [], dryRun: false }
    const limited = openWorld({ settings: { ...withCookies({ require: true }), rateLimit } })
    const counted = moved(limited, () => {
      for (let i = 0; i < 20; i++) {
        const before = limited.ask({ name: `h${i}.crowd.example.com`, edns: { options: [good] } })
        expect(before.answer.length).toBeGreaterThan(0)
        limited.exchange(buildQuery({ name: 'www.example.com' }))
      }
    })
    expect(counted).toMatchObject({ queriesUdp: 40, cookiesGood: 20, rateDropped: expect.toSatisfy(n => n > 0) })
  })

  it('what is malformed or unknown is told so as always', () => {
    expect(ask([{ code: 10, data: [1] }], 'www.example.com', {}, strict)).toMatchObject({ rcode: Rcode.FORMERR })
    expect(strict.ask({ name: 'example.com', edns: { version: 1 } })).toMatchObject({ rcode: Rcode.BADVERS })
    expect(strict.ask({ name: 'example.com', flags: 15 << 11 })).toMatchObject({ rcode: Rcode.NOTIMP })
  })
})

describe('section 5.4: querying for a server cookie', () => {
  const fetch = (where: World, options: readonly OptionSpec[], how?: Ask) =>
    parseMessage(
      where.exchange(Uint8Array.from([0xbe, 0xef, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, ...buildOpt({ options })]), how),
    )

  it.each([
    ['a client cookie', client, Rcode.NOERROR],
    ['a good server cookie', good, Rcode.NOERROR],
    ['a bad server cookie', bad, Rcode.BADCOOKIE],
  ])('with %s and no question: a header and the cookie', (_, shown, rcode) => {
    for (const where of [world, strict]) {
      for (const transport of [Transport.Udp, Transport.Tcp]) {
        const message = fetch(where, [shown], { transport })
        expect(message).toMatchObject({ id: 0xbeef, rcode, aa: false, tc: false, question: null })
        expect(message).toMatchObject({ answer: [], authority: [], additional: [] })
        expect(cookieOf(message)).toBe(Buffer.from(good.data).toString('hex'))
      }
    }
  })

  it('without a cookie, with a malformed one, or where cookies are off: FORMERR (RFC 9619 section 4)', () => {
    const off = openWorld({ settings: BARE_SETTINGS })
    for (const message of [fetch(world, []), fetch(world, [{ code: 10, data: [1] }]), fetch(off, [client])])
      expect(message).toMatchObject({ rcode: Rcode.FORMERR, question: null, opt: { options: [] } })
    const bare = parseMessage(world.exchange(Uint8Array.from([1, 2, ...new Array<number>(10).fill(0)])))
    expect(bare).toMatchObject({ rcode: Rcode.FORMERR, opt: null })
  })

  it('before the first tables there are cookies already', () => {
    const early = openWorld({ settings: withCookies(), tables: false })
    expect(fetch(early, [client]).rcode).toBe(Rcode.NOERROR)
    const message = ask([client], 'example.com', {}, early)
    expect(message.rcode).toBe(Rcode.SERVFAIL)
    expect([...optionOf(message, 15)!]).toEqual([0, Ede.NotReady])
    expect(cookieOf(message)).toMatch(wholeCookie)
  })
})

describe('settings that change', () => {
  it('hold from the next query on: cookies, then none, then required', () => {
    const changing = openWorld({ settings: withCookies() })
    expect(cookieOf(ask([client], 'example.com', {}, changing))).toMatch(wholeCookie)
    changing.answerer.configure(BARE_SETTINGS)
    expect(cookieOf(ask([client], 'example.com', {}, changing))).toBeNull()
    changing.answerer.configure(withCookies({ require: true }))
    expect(ask([client], 'example.com', {}, changing).rcode).toBe(Rcode.BADCOOKIE)
  })
})

describe.skipIf(missing('dig'))('as dig sees it', () => {
  let open: Served
  beforeAll(async () => {
    open = await serve()
  })
  afterAll(() => open.close())

  it('sections 5.2.3 and 5.3: asks again with the cookie that BADCOOKIE brings, and is answered', async () => {
    open.world.answerer.configure(withCookies({ require: true }))
    const reply = await dig(open.port, ['+notcp', `+cookie=${CLIENT_COOKIE}`, 'www.example.com'])
    expect(reply).toMatchObject({ status: 'NOERROR' })
    expect(reply.answer).toHaveLength(2)
    expect(reply.text).toContain('BADCOOKIE, retrying')
    expect(reply.text).toMatch(/; COOKIE: [0-9a-f]{48} \(good\)/)
  })

  it('without cookies it comes over TCP', async () => {
    open.world.answerer.configure(withCookies({ require: true }))
    const reply = await dig(open.port, ['www.example.com'])
    expect(reply.answer).toHaveLength(2)
    expect(reply.text).toContain('Truncated, retrying in TCP mode')
  })

  it('section 5.4: fetches a cookie without a question', async () => {
    open.world.answerer.configure(withCookies())
    const reply = await dig(open.port, ['+notcp', '+header-only', `+cookie=${CLIENT_COOKIE}`])
    expect(reply).toMatchObject({ status: 'NOERROR', flags: ['qr'], answer: [] })
    expect(reply.text).toContain('QUERY: 0')
    expect(reply.text).toMatch(/; COOKIE: [0-9a-f]{48} \(good\)/)
  })
})
