import { describe, expect, it, test } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { RateLimiter } from '../../src/answer/rate-limit.ts'
import { millis } from '../../src/base/brand.ts'
import { COUNTER_SLOTS } from '../../src/model/counters.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { buildOpt, buildQuery, ecsOption, optionOf, parseMessage, type QuerySpec } from '../fixture/message.ts'
import { credit, fate, fates, limited, noted, TEN } from './rate-limit-world.ts'
import { moved, openWorld } from './world.ts'

const WWW = { name: 'www.example.com' }
const www = () => WWW
const edns = { options: [] }

describe('the account', () => {
  it('holds one second of responses; what is over it leaves truncated with slip 1', () => {
    const world = limited()
    const counted = moved(world, () => expect(fates(world, 14, www)).toBe('++++++++++TTTT'))
    expect(counted).toEqual({ queriesUdp: 14, rateSlipped: 4 })
  })

  it('earns at the rate', () => {
    const world = limited()
    fates(world, 10, www)
    world.pass(99)
    expect(fates(world, 1, www)).toBe('T')
    // That one was charged too.
    world.pass(101)
    expect(fates(world, 2, www)).toBe('+T')
  })

  it('never holds more than one second of responses', () => {
    const world = limited()
    expect(credit(world, WWW)).toBe(10)
    world.pass(24 * 3_600_000)
    expect(credit(world, WWW)).toBe(10)
  })

  it('owes at most 15 seconds of responses, however long the flood', () => {
    const world = limited()
    fates(world, 2_000, www)
    world.pass(15_099)
    expect(fates(world, 1, www)).toBe('T')
    world.pass(101)
    expect(fates(world, 1, www)).toBe('+')
  })

  it('a steady stream at the rate is never limited; a faster one is, in the end wholly', () => {
    const world = limited()
    const stream = (everyMs: number, count: number) =>
      Array.from({ length: count }, () => {
        world.pass(everyMs)
        return fates(world, 1, www)
      }).join('')
    expect(stream(100, 500)).toBe('+'.repeat(500))
    expect(stream(50, 60)).toMatch(/^\+{18}T+$/)
  })

  it('one response is always within the rate, even below one a second', () => {
    const world = limited({ perSecond: 0.5 })
    expect(fates(world, 3, www)).toBe('+TT')
    world.pass(5_999)
    expect(fates(world, 1, www)).toBe('T')
    world.pass(2_001)
    expect(fates(world, 1, www)).toBe('+')
  })

  it('no limit without settings', () => {
    const world = openWorld()
    expect(moved(world, () => expect(fates(world, 1_000, www)).toBe('+'.repeat(1_000)))).toEqual({ queriesUdp: 1_000 })
  })
})

describe('slip', () => {
  it('every second suppressed response', () => {
    const world = limited({ slip: 2 })
    const counted = moved(world, () => expect(fates(world, 15, www)).toBe('++++++++++.T.T.'))
    expect(counted).toEqual({ queriesUdp: 15, rateDropped: 3, rateSlipped: 2 })
  })

  it('every tenth, counted for each bucket by itself', () => {
    const world = limited({ slip: 10 })
    expect(fates(world, 30, www)).toBe(`${'+'.repeat(10)}.........T.........T`)
    expect(fates(world, 20, () => ({ name: 'mail.example.com' }))).toBe(`${'+'.repeat(10)}.........T`)
  })

  it('0: never', () => {
    const world = limited({ slip: 0 })
    const counted = moved(world, () => expect(fates(world, 200, www)).toBe('++++++++++'.padEnd(200, '.')))
    expect(counted).toEqual({ queriesUdp: 200, rateDropped: 190 })
  })

  it('the slipped reply is a whole header, the question and the OPT record, and counts once', () => {
    const world = limited()
    fates(world, 10, www)
    const before = world.read()
    const reply = parseMessage(world.exchange(buildQuery({ name: 'wWw.eXample.com', keepCase: true, id: 7, edns })))
    expect(reply).toMatchObject({ id: 7, qr: true, aa: true, tc: true, rd: true, ra: false, rcode: 0 })
    expect(reply).toMatchObject({ answer: [], authority: [], additional: [], opt: { payload: 1232, options: [] } })
    expect(Buffer.from(reply.question!.octets).toString('latin1')).toContain('eXample')
    const after = world.read()
    expect(after.scalars.truncated).toBe(before.scalars.truncated)
    expect(after.rcodes[0]! - before.rcodes[0]!).toBe(1)
    expect(after.qtypes.A! - before.qtypes.A!).toBe(1)
  })

  it('the full reply stands in no octet behind the slipped one', () => {
    const world = limited()
    fates(world, 10, () => ({ name: 'wide.example.com', type: RrType.TXT, edns }))
    const query = buildQuery({ name: 'wide.example.com', type: RrType.TXT, edns })
    expect(world.exchange(query).length).toBeLessThanOrEqual(query.length)
  })
})

/** Each spends the account of `first`; then `same` finds it spent, and `other` untouched. */
describe('one account for', () => {
  const cases: [string, (i: number) => QuerySpec, (i: number) => QuerySpec, QuerySpec][] = [
    [
      'a name, whatever the type and the case of its letters',
      www,
      i => ({ name: ['WWW.example.COM', 'www.example.com'][i % 2]!, type: RrType.AAAA, keepCase: true }),
      { name: 'mail.example.com' },
    ],
    [
      'all names that a wildcard stands in for',
      i => ({ name: `r${i}.wild.example.com` }),
      i => ({ name: `q${i}.y.wild.example.com`, type: RrType.TXT }),
      { name: 'b.wild.example.com', type: RrType.TXT },
    ],
    [
      'all names that a wildcard CNAME stands in for',
      i => ({ name: `r${i}.wc.example.com` }),
      i => ({ name: `q${i}.wc.example.com`, type: RrType.AAAA }),
      { name: 'www.example.com' },
    ],
    [
      'an alias; its target has its own',
      () => ({ name: 'alias.example.com' }),
      () => ({ name: 'alias.example.com', type: RrType.AAAA }),
      { name: 'www.example.com' },
    ],
    [
      'an alias that leads out of our zones',
      () => ({ name: 'away.example.com' }),
      () => ({ name: 'away.example.com', type: RrType.AAAA }),
      { name: 'sick.example.com' },
    ],
    [
      'names below a DNAME that lead to one name',
      () => ({ name: 'host.old.example.com' }),
      () => ({ name: 'host.new.example.com' }),
      { name: 'old.example.com', type: RrType.TXT },
    ],
    [
      'names that do not exist in a zone',
      i => ({ name: `r${i}.example.com` }),
      i => ({ name: `a.b.q${i}.example.com`, type: RrType.MX }),
      { name: 'nope.ours.example.com' },
    ],
    [
      'aliases of names that do not exist',
      () => ({ name: 'dangling.example.com' }),
      i => ({ name: `q${i}.example.com` }),
      { name: 'alias.example.com' },
    ],
    [
      'names without the data in a zone',
      i => ({ name: ['ns2', 'mail', 'www', 'in.ent'][i % 4]!.concat('.example.com'), type: RrType.SRV }),
      () => ({ name: 'example.com', type: RrType.A }),
      { name: 'nope.example.com' },
    ],
    [
      'a zone cut',
      i => ({ name: `r${i}.sub.example.com` }),
      i => ({ name: `q${i}.deep.sub.example.com`, type: RrType.MX }),
      { name: 'r0.other.example.com' },
    ],
    [
      'errors, whatever the name and the RCODE',
      i => ({ name: `r${i}.example.org` }),
      i =>
        [
          { name: 'www.broken.example' },
          { name: 'www.example.com', type: RrType.IXFR },
          { name: 'www.example.com', type: RrType.TSIG },
          { name: 'www.example.com', edns: { version: 1 } },
          { name: 'www.example.com', flags: 0x1000 },
          { name: 'www.example.com', class: 255 },
        ][i % 6]!,
      { name: 'nope.example.com' },
    ],
  ]
  it.each(cases)('%s', (_name, first, same, other) => {
    const world = limited()
    expect(fates(world, 12, first)).toBe('++++++++++TT')
    expect(fates(world, 6, same)).toBe('TTTTTT')
    expect(fates(world, 10, () => other)).toBe('++++++++++')
  })

  it('malformed messages: they are errors', () => {
    const world = limited()
    const broken = Uint8Array.from([...buildQuery(WWW), 0xff])
    const all = Array.from({ length: 12 }, () => fate(world.exchange(broken))).join('')
    expect(all).toBe('++++++++++TT')
    expect(fates(world, 1, () => ({ name: 'x.example.org' }))).toBe('T')
    expect(fates(world, 1, www)).toBe('+')
  })

  it('what was looked up before does not colour an error', () => {
    const world = limited()
    const names = ['www.example.com', 'nope.example.com', 'x.sub.example.com', 'a1105.cdn.example', 'alias.example.com']
    const errors = Array.from({ length: 12 }, (_, i) => {
      world.exchange(buildQuery({ name: names[i % 5]! }), { from: '203.0.113.1' })
      return fates(world, 1, () => ({ name: 'www.example.com', edns: { version: 1 } }))
    })
    expect(errors.join('')).toBe('++++++++++TT')
  })
})

describe('client blocks', () => {
  const spend = (first: string, same: string, other: string) => {
    const world = limited()
    expect(fates(world, 11, www, { from: first })).toBe('++++++++++T')
    expect(fates(world, 1, www, { from: same })).toBe('T')
    expect(fates(world, 10, www, { from: other })).toBe('++++++++++')
  }
  it('a /24 of IPv4', () => {
    spend('192.0.2.1', '192.0.2.255', '192.0.3.1')
    spend('255.0.2.1', '255.0.2.9', '127.0.2.1')
  })
  it('a /56 of IPv6', () => {
    spend('2001:db8:0:100::1', '2001:db8:0:1ff:ffff::2', '2001:db8:0:200::1')
    spend('ffff:db8:0:100::1', 'ffff:db8:0:100::2', 'ffff:db9:0:100::1')
  })
  it('an IPv4-mapped address is the IPv4 address', () => spend('::ffff:192.0.2.1', '192.0.2.2', '::1'))
  it('the families are apart', () => spend('0.0.0.0', '0.0.0.1', '::'))
})

describe('names of services', () => {
  const options = (i: number) => [ecsOption(1, 24, [168, 126, i & 255])]
  const service = (i: number) => ({ name: 'a1105.cdn.example', edns: { options: options(i) } })
  const alias = () => ({ name: 'video.example.com', edns })

  it('small answers are never suppressed, for many ECS blocks as for one', () => {
    const world = limited()
    const counted = moved(world, () => {
      expect(fates(world, 300, service)).toBe('+'.repeat(300))
      expect(fates(world, 300, () => service(1))).toBe('+'.repeat(300))
      expect(fates(world, 300, alias)).toBe('+'.repeat(300))
    })
    expect(counted).toEqual({ queriesUdp: 900, ednsQueries: 900, ecsQueries: 600 })
  })

  it('but they are counted: an answer of more than twice the query finds the account spent', () => {
    const world = limited()
    const query = buildQuery({ name: 'a1105.cdn.example', type: RrType.AAAA })
    const reply = world.exchange(query, { transport: Transport.Tcp })
    expect(reply.length).toBeGreaterThan(2 * query.length)
    expect(fates(world, 10, service)).toBe('++++++++++')
    expect(fate(world.exchange(query))).toBe('T')
  })

  it('exactly twice the query is small, one octet more is not', () => {
    // The option is one that the server does not know and does not send back: it makes the query longer and nothing else.
    const sized = (name: string) => {
      const world = limited()
      const query = buildQuery({ name, type: RrType.AAAA, edns: { options: [{ code: 65001, data: [0] }] } })
      const over = world.exchange(query, { transport: Transport.Tcp }).length - 2 * query.length
      return { over, last: Array.from({ length: 11 }, () => fate(world.exchange(query))).at(-1) }
    }
    expect(sized('a1105.cdn.example')).toEqual({ over: 0, last: '+' })
    expect(sized('bare.cdn.example')).toEqual({ over: 1, last: 'T' })
  })

  it('an alias of theirs is an answer even for types that the service has no data of', () => {
    const world = limited()
    expect(fates(world, 50, () => ({ name: 'video.example.com', type: RrType.MX }))).toBe('+'.repeat(50))
    expect(fates(world, 11, () => ({ name: 'mail.example.com', type: RrType.MX }))).toBe('++++++++++T')
    expect(fates(world, 11, () => ({ name: 'ns1.cdn.example', type: RrType.MX }))).toBe('++++++++++T')
  })

  it('negative answers and errors of theirs are suppressed', () => {
    const world = limited()
    expect(fates(world, 11, () => ({ name: 'a1105.cdn.example', type: RrType.MX, edns }))).toBe('++++++++++T')
    world.setStates([2, 2])
    expect(fates(world, 11, () => ({ name: 'strict.cdn.example', edns }))).toBe('++++++++++T')
  })

  it('small answers of other names are suppressed', () => {
    const world = limited()
    const query = buildQuery({ name: 'mail.example.com', edns })
    expect(world.exchange(query, { transport: Transport.Tcp }).length).toBeLessThanOrEqual(2 * query.length)
    expect(fates(world, 11, () => ({ name: 'mail.example.com', edns }))).toBe('++++++++++T')
  })
})

describe('exempt are', () => {
  it('TCP and TLS, and they are not charged', () => {
    const world = limited()
    expect(fates(world, 50, www, { transport: Transport.Tcp })).toBe('+'.repeat(50))
    expect(fates(world, 50, www, { transport: Transport.Tls })).toBe('+'.repeat(50))
    expect(credit(world, WWW)).toBe(10)
  })

  it.each([
    ['192.0.2.0/24', '192.0.2.255', '192.0.3.0'],
    ['192.0.2.7', '192.0.2.7', '192.0.2.8'],
    ['192.0.2.6/31', '192.0.2.7', '192.0.2.8'],
    ['2001:db8::/32', '2001:db8:ffff::1', '2001:db9::1'],
    ['2001:db8::5', '2001:db8::5', '2001:db8::4'],
    ['2001:db8::4/127', '2001:db8::5', '2001:db8::6'],
    ['::ffff:192.0.2.0/120', '192.0.2.9', '192.0.1.9'],
  ])('clients of %s', (prefix, inside, outside) => {
    const world = limited({ exempt: ['198.51.100.0/24', prefix] })
    expect(moved(world, () => expect(fates(world, 40, www, { from: inside })).toBe('+'.repeat(40)))).toEqual({
      queriesUdp: 40,
    })
    expect(fates(world, 11, www, { from: outside })).toBe('++++++++++T')
  })
})

describe('cookies', () => {
  const cookies = { secrets: ['000102030405060708090a0b0c0d0e0f'], active: 0, require: false }
  const CLIENT = [1, 2, 3, 4, 5, 6, 7, 8]
  const withCookie = (data: readonly number[]): QuerySpec => ({ ...WWW, edns: { options: [{ code: 10, data }] } })
  const given = (reply: Uint8Array) => [...optionOf(parseMessage(reply), 10)!]

  it('a good one exempts its client, and the query is not charged', () => {
    const world = limited({}, { cookies })
    const good = given(world.exchange(buildQuery(withCookie(CLIENT))))
    expect(fates(world, 40, () => withCookie(good))).toBe('+'.repeat(40))
    expect(fates(world, 10, www)).toBe('+++++++++T')
    const counted = moved(world, () => expect(fates(world, 40, () => withCookie(good))).toBe('+'.repeat(40)))
    expect(counted).toEqual({ queriesUdp: 40, ednsQueries: 40, cookiesGood: 40 })
  })

  it('none, a new one, and one of another client are limited; the truncated reply brings a good one', () => {
    const world = limited({}, { cookies })
    const foreign = given(world.exchange(buildQuery(withCookie(CLIENT)), { from: '192.0.2.201' }))
    expect(fates(world, 12, i => [WWW, withCookie(CLIENT), withCookie(foreign)][i % 3]!)).toBe('+++++++++TTT')
    const good = given(world.exchange(buildQuery(withCookie(CLIENT))))
    expect(fates(world, 12, () => withCookie(good))).toBe('+'.repeat(12))
  })

  it('are told to who has no question, within a limit of their own', () => {
    const world = limited({}, { cookies })
    const fetch = Uint8Array.from([
      0,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      1,
      ...buildOpt({ options: [{ code: 10, data: CLIENT }] }),
    ])
    const ask = () => fate(world.exchange(fetch))
    const asked = Array.from({ length: 12 }, () => {
      // What the query before looked up does not matter.
      world.exchange(buildQuery({ name: 'nope.example.com' }), { from: '203.0.113.1' })
      world.exchange(buildQuery(WWW), { from: '203.0.113.2' })
      return ask()
    })
    expect(asked.join('')).toBe('++++++++++TT')
    expect(fates(world, 10, www)).toBe('++++++++++')
  })

  it('that are required: BADCOOKIE is an error', () => {
    const world = limited({}, { cookies: { ...cookies, require: true } })
    expect(fates(world, 12, i => ({ name: `r${i}.example.com`, edns: withCookie(CLIENT).edns! }))).toBe('++++++++++TT')
  })
})

describe('class CH', () => {
  it('has one account for all its names, whatever was looked up before', () => {
    const world = limited({}, { chaos: { version: '1', id: 'ns1' } })
    const names = ['version.bind', 'id.server', 'hostname.bind']
    const before = ['nope.example.com', 'ns2.example.com', 'www.example.com', 'x.sub.example.com', 'a1105.cdn.example']
    const asked = Array.from({ length: 12 }, (_, i) => {
      world.exchange(buildQuery({ name: before[i % 5]!, type: i % 2 ? RrType.MX : RrType.A }), { from: '203.0.113.1' })
      return fates(world, 1, () => ({ name: names[i % 3]!, type: RrType.TXT, class: 3 }))
    })
    expect(asked.join('')).toBe('++++++++++TT')
    expect(fates(world, 10, www)).toBe('++++++++++')
  })
})

describe('a dry run', () => {
  it('suppresses nothing and counts what would have been', () => {
    const world = limited({ dryRun: true, slip: 2 })
    expect(moved(world, () => expect(fates(world, 15, www)).toBe('+'.repeat(15)))).toEqual({
      queriesUdp: 15,
      rateSpared: 5,
    })
  })
})

test('a limiter knows the settings that would make another one just like it', () => {
  const clock = { now: () => millis(0) }
  const settings = { ...TEN, exempt: ['192.0.2.0/24'] }
  const limiter = new RateLimiter({
    settings,
    clock,
    counters: new Float64Array(COUNTER_SLOTS),
    note: () => {},
    secret: new Uint32Array(4),
  })
  expect(limiter.goesBy(structuredClone(settings))).toBe(true)
  for (const change of [{ perSecond: 11 }, { slip: 2 }, { dryRun: true }, { exempt: [] }, { exempt: ['192.0.2.0/25'] }])
    expect(limiter.goesBy({ ...settings, ...change })).toBe(false)
})

describe('a clock that jumps', () => {
  it('back: nobody is muted, and time goes on from there', () => {
    const world = limited()
    fates(world, 5, www)
    world.pass(-3_600_000)
    expect(fates(world, 6, www)).toBe('+++++T')
    world.pass(200)
    expect(fates(world, 2, www)).toBe('+T')
  })
  it('on: that fills accounts, no more', () => {
    const world = limited()
    fates(world, 200, www)
    world.pass(10 * 365 * 24 * 3_600_000)
    expect(credit(world, WWW)).toBe(10)
  })
  it('to and fro: no more credit than the time that passed', () => {
    const world = limited()
    fates(world, 10, www)
    for (let i = 0; i < 10; i++) {
      world.pass(-5_000)
      expect(fates(world, 1, www)).toBe('T')
    }
  })
})

describe('the log', () => {
  it('has a sentence a minute: block, class, name, and what happened since the last', () => {
    const { notes, ask, pass } = noted({ slip: 2 })
    ask(WWW, 10)
    expect(notes).toEqual([])
    ask(WWW, 1)
    expect(notes).toEqual([
      'rate limit: dropped 1 and truncated 0 responses since the last such note; now to 192.0.2.0/24: answer, www.example.com.',
    ])
    ask(WWW, 100)
    ask({ name: 'nope.example.com' }, 110, '2001:db8:1:2345::1')
    pass(59_999)
    ask({ name: 'x.example.org' }, 11)
    expect(notes).toHaveLength(1)
    pass(1)
    ask({ name: 'nope.example.com' }, 1_000, '2001:db8:1:2345::1')
    expect(notes.slice(1)).toEqual([
      'rate limit: dropped 102 and truncated 100 responses since the last such note; now to 2001:db8:1:2300::/56: no such name, nope.example.com.',
    ])
    pass(24 * 3_600_000)
    ask({ name: 'x.example.org' }, 11)
    // The 989 after the second sentence, and this one.
    expect(notes.slice(2)).toEqual([
      'rate limit: dropped 494 and truncated 496 responses since the last such note; now to 192.0.2.0/24: error, x.example.org.',
    ])
    pass(24 * 3_600_000)
    ask({ name: 'x.example.org' }, 11)
    expect(notes[3]).toContain('dropped 1 and truncated 0 ')
  })

  it('of a dry run says what would have been', () => {
    const { notes, ask } = noted({ dryRun: true })
    ask({ name: 'x.sub.example.com' }, 50)
    expect(notes).toEqual([
      'rate limit: would have dropped 0 and truncated 1 responses since the last such note; now to 192.0.2.0/24: referral, x.sub.example.com.',
    ])
  })

  it('says nothing of small answers that are sent all the same', () => {
    const { notes, ask } = noted({})
    ask({ name: 'a1105.cdn.example', edns }, 500)
    expect(notes).toEqual([])
  })

  it('escapes and bounds names', () => {
    const { notes, ask } = noted({ perSecond: 1 })
    const label = '\\010\\027[31m\\255'.repeat(8)
    ask({ name: `${label}.${label}.${label}.${label}.example.com` }, 2)
    expect(notes).toHaveLength(1)
    expect(notes[0]).toMatch(/^[ -~]+$/)
    expect(notes[0]).toMatch(/no such name, \\010\\027.*\.\.\.$/)
    expect(notes[0]!.length).toBeLessThan(260)
  })

  it('has no name where there is no question', () => {
    const { notes, answer } = noted({ perSecond: 1 })
    const header = buildQuery(WWW).slice(0, 12)
    for (let i = 0; i < 2; i++) answer(header)
    expect(notes[0]).toMatch(/now to 192\.0\.2\.0\/24: error, no name$/)
  })
})

test('accounts go on when other settings change, and begin anew with another limit', () => {
  const world = limited()
  fates(world, 10, www)
  const cookies = { secrets: ['00112233445566778899aabbccddeeff'], active: 0, require: false }
  world.answerer.configure({ ...BARE_SETTINGS, rateLimit: { ...TEN }, cookies })
  expect(fates(world, 1, www)).toBe('T')
  world.answerer.configure({ ...BARE_SETTINGS, rateLimit: { ...TEN, perSecond: 5 } })
  expect(credit(world, WWW)).toBe(5)
  world.answerer.configure(BARE_SETTINGS)
  expect(credit(world, WWW)).toBe(40)
})
