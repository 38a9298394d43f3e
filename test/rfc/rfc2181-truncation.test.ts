import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { openWorld } from '../answer/world.ts'
import { BIG_EXAMPLE } from '../contract/foreign/generated.ts'
import { lines, type OptionSpec, optionOf, type ParsedMessage, type ParsedRecord } from '../fixture/message.ts'
import { cluster } from '../route/fixture.ts'
import { subnet } from './client-subnet.ts'
import { openTailored } from './tailored-world.ts'

/** Names whose TCP replies are longer than 512 octets or carry what may be left out. */
const CASES: readonly (readonly [string, number])[] = [
  ['www.example.com', RrType.A],
  ['many.example.com', RrType.A],
  ['huge.example.com', RrType.TXT],
  ['wide.example.com', RrType.TXT],
  ['tohuge.example.com', RrType.TXT],
  ['crowd.example.com', RrType.MX],
  ['example.com', RrType.NS],
  ['example.com', RrType.MX],
  ['example.com', RrType.SOA],
  ['c3.example.com', RrType.A],
  ['c10.example.com', RrType.A],
  ['chain1.example.com', RrType.AAAA],
  ['host.old.example.com', RrType.A],
  [`${'y'.repeat(60)}.${'z'.repeat(60)}.old.example.com`, RrType.A],
  [`${'y'.repeat(60)}.${'z'.repeat(60)}.nope.example.com`, RrType.A],
  ['www.sub.example.com', RrType.A],
  ['www.big.example.com', RrType.A],
  ['www.sib.example.com', RrType.A],
  ['www.other.example.com', RrType.A],
  ['nope.example.com', RrType.A],
  ['ent.example.com', RrType.TXT],
  ['sub.example.com', RrType.DS],
]

const world = openWorld()
const limitOf = (payload: number | null): number => (payload === null ? 512 : Math.min(Math.max(512, payload), 1232))

/** `name/type` of each RRset of a section, with its records. */
function rrsets(message: ParsedMessage, section: readonly ParsedRecord[]): Map<string, string[]> {
  const sets = new Map<string, string[]>()
  lines(message, section).forEach((line, i) => {
    const key = `${section[i]!.name}/${section[i]!.type}`
    sets.set(key, [...(sets.get(key) ?? []), line])
  })
  return sets
}

function check(name: string, type: number, payload: number | null, options: readonly OptionSpec[]): ParsedMessage {
  const query = { name, type, edns: payload === null ? (false as const) : { payload, options } }
  const whole = world.ask(query, { transport: Transport.Tcp })
  const udp = world.ask(query)
  const limit = limitOf(payload)
  const told = `${name} ${type}, ${payload} octets`
  expect(udp.bytes.length, told).toBeLessThanOrEqual(limit)
  if (whole.bytes.length <= limit) expect([...udp.bytes], `${told}: it all fits`).toEqual([...whole.bytes])
  for (const section of ['answer', 'authority', 'additional'] as const) {
    const all = rrsets(whole, whole[section])
    for (const [key, records] of rrsets(udp, udp[section]))
      expect(records, `${told}: part of ${key}`).toEqual(all.get(key))
  }
  if (!udp.tc) {
    expect(lines(udp, udp.answer), told).toEqual(lines(whole, whole.answer))
    expect(lines(udp, udp.authority), told).toEqual(lines(whole, whole.authority))
  }
  expect([udp.question, udp.rcode, udp.aa], told).toEqual([whole.question, whole.rcode, whole.aa])
  expect(udp.opt, told).toEqual(whole.opt)
  return udp
}

describe('RFC 2181 section 9: TC only when something that is required was left out', () => {
  it('whatever the size: RRsets are whole or absent; without TC answer and authority are complete; what fits is not cut', () => {
    const seen = { truncated: 0, whole: 0 }
    const options = [[], [subnet('168.126.63.0/24')], [subnet('2001:db8::/56'), { code: 3, data: [] }]]
    for (const [name, type] of CASES)
      for (let payload = 512; payload <= 1240; payload += 4) {
        const udp = check(name, type, payload, options[(payload >> 2) % 3]!)
        seen[udp.tc ? 'truncated' : 'whole']++
      }
    for (const [name, type] of CASES) check(name, type, null, [])
    expect(Math.min(seen.truncated, seen.whole)).toBeGreaterThan(400)
  })

  it('a truncated reply keeps its question, its OPT record and its options (RFC 6891 section 7, RFC 7871 section 7.2.1)', () => {
    const options = [subnet('168.126.63.0/24'), { code: 3, data: [] }]
    const udp = world.ask({ name: 'huge.example.com', type: RrType.TXT, id: 7, edns: { flags: 0x8000, options } })
    expect(udp).toMatchObject({ id: 7, tc: true, aa: true, rcode: 0, answer: [], authority: [], additional: [] })
    expect(udp.question).toMatchObject({ name: 'huge.example.com.', type: RrType.TXT, class: 1 })
    expect(udp.opt).toMatchObject({ payload: 1232, version: 0, flags: 0x8000 })
    expect([...optionOf(udp, 8)!]).toEqual([0, 1, 24, 0, 168, 126, 63])
    expect(Buffer.from(optionOf(udp, 3)!).toString()).toBe('ns1')
  })

  it('additional addresses of MX are left out without TC, and no RRset of them in part', () => {
    const whole = world.ask({ name: 'crowd.example.com', type: RrType.MX }, { transport: Transport.Tcp })
    const udp = world.ask({ name: 'crowd.example.com', type: RrType.MX })
    expect(udp).toMatchObject({ tc: false })
    expect(udp.answer).toHaveLength(20)
    expect(udp.additional.length).toBeLessThan(whole.additional.length)
  })

  it('a chain is cut at a whole RRset, with TC', () => {
    const udp = world.ask({ name: 'tohuge.example.com', type: RrType.TXT, edns: {} })
    expect(udp.tc).toBe(true)
    expect(lines(udp, udp.answer)).toEqual(['tohuge.example.com. 3600 5 huge.example.com.'])
  })

  it('RFC 9471 section 3.1: glue below the cut that does not fit sets TC; section 3.2: that of siblings does not', () => {
    const oneOctetShort = (name: string) => {
      const whole = world.ask({ name, edns: {} })
      expect(whole).toMatchObject({ tc: false, aa: false, authority: { length: 13 }, additional: { length: 13 } })
      return world.ask({ name, edns: { payload: whole.bytes.length - 1 } })
    }
    expect(oneOctetShort('www.big.example.com')).toMatchObject({ tc: true, aa: false })
    const sibling = oneOctetShort('www.sib.example.com')
    expect(sibling).toMatchObject({ tc: false, aa: false, authority: { length: 13 }, additional: { length: 12 } })
  })

  it('a negative answer without its SOA is truncated, not one that could not be kept (RFC 2308 section 3)', () => {
    const long = (letter: string) => [letter.repeat(63), letter.repeat(63), letter.repeat(63)].join('.')
    const soa = `@ SOA ${long('m')}.m.test. ${long('r')}.r.test. 1 7200 3600 1209600 60`
    const zone = `$ORIGIN n.test.\n$TTL 60\n${soa}\n@ NS ns\nns A 192.0.2.1\n`
    const { ask } = openTailored({ clusters: [cluster('icn', 'seoul')] }, { zones: [zone] })
    const name = `${long('q')}.n.test`
    const [plain, large] = [ask({ name }), ask({ name, edns: { payload: 1232 } })]
    expect(plain).toMatchObject({ tc: true, rcode: 3, aa: true, answer: [], authority: [] })
    expect(large).toMatchObject({ tc: false, rcode: 3, aa: true, authority: { length: 1 } })
  })
})

describe('RFC 1035 section 4.1.4: names in a message of more than 16,383 octets', () => {
  it('are never pointed to from behind that offset with a pointer that cannot reach, and all come out whole', () => {
    const hosts = Array.from({ length: 1500 }, (_, i) => `host-number-${i}.in-a-rather-long-name.host.test.`)
    const zone = `$ORIGIN long.test.\n$TTL 60\n@ SOA ns hostmaster 1 7200 3600 1209600 60\n@ NS ns\nns A 192.0.2.1\n${hosts
      .map((host, i) => `mx MX ${i} ${host}`)
      .join('\n')}\n`
    const { ask } = openTailored({ clusters: [cluster('icn', 'seoul')] }, { zones: [zone] })
    const reply = ask({ name: 'mx.long.test', type: RrType.MX, edns: {} }, { transport: Transport.Tcp })
    expect(reply.bytes.length).toBeGreaterThan(32_768)
    expect(reply.tc).toBe(false)
    expect(lines(reply, reply.answer).sort()).toEqual(hosts.map((host, i) => `mx.long.test. 60 15 ${i} ${host}`).sort())
  })

  it('as owners of several records, too', () => {
    const query = { name: 'www.ns300.big.example', edns: {} }
    const reply = openWorld({ zones: [BIG_EXAMPLE] }).ask(query, { transport: Transport.Tcp })
    expect(reply.bytes.length).toBeGreaterThan(0x4000)
    expect(reply.additional.map(record => record.name).sort()).toEqual(
      Array.from({ length: 900 }, (_, i) => `host${1 + (i % 300)}.ns300.big.example.`).sort(),
    )
  })
})
