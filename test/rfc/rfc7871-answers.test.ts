import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { openWorld } from '../answer/world.ts'
import { ecsOption, lines, type OptionSpec, optionOf } from '../fixture/message.ts'

const world = openWorld()
const CDN = 'a1105.cdn.example'
const seoul = ecsOption(1, 24, [168, 126, 63])
const ask = (option: OptionSpec | null, name = CDN, type: number = RrType.A, from = '126.0.0.1') =>
  world.ask({ name, type, edns: { options: option === null ? [] : [option] } }, { from })
const first = (message: ReturnType<typeof ask>): string => lines(message, message.answer).sort()[0]!

describe('RFC 7871 section 7.2.1', () => {
  it('a tailored answer: FAMILY, SOURCE and ADDRESS as they came, SCOPE that of the block', () => {
    const message = ask(seoul)
    const scope = world.scopeOf('168.126.63.0')
    expect(scope).toBeGreaterThanOrEqual(16)
    expect([...optionOf(message, 8)!]).toEqual([0, 1, 24, scope, 168, 126, 63])
    expect(first(message)).toBe(`${CDN}. 30 1 192.0.2.101`)
  })

  it('IPv6 addresses likewise, for A as for AAAA', () => {
    const option = ecsOption(2, 56, [0x24, 0, 0x40, 0, 0, 0x12, 0x34])
    for (const type of [RrType.A, RrType.AAAA]) {
      const message = ask(option, CDN, type, '168.126.0.1')
      expect([...optionOf(message, 8)!]).toEqual([
        0,
        2,
        56,
        world.scopeOf('2400:4000:12:3400::'),
        0x24,
        0,
        0x40,
        0,
        0,
        0x12,
        0x34,
      ])
      expect(first(message)).toContain(type === RrType.A ? '198.51.100.111' : '2001:db8:cc::111')
    }
  })

  it('SCOPE may be longer than SOURCE: the block is smaller than what the client told', () => {
    const scope = world.scopeOf('168.0.0.0')
    expect(scope).toBeGreaterThan(8)
    expect([...optionOf(ask(ecsOption(1, 8, [168])), 8)!]).toEqual([0, 1, 8, scope, 168])
  })

  it("without the option the resolver's own address decides, and there is no option in the reply", () => {
    expect(first(ask(null, CDN, RrType.A, '126.0.0.1'))).toContain('198.51.100.111')
    expect(first(ask(null, CDN, RrType.A, '168.126.0.1'))).toContain('192.0.2.101')
    expect(optionOf(ask(null), 8)).toBeNull()
    expect(world.ask({ name: CDN }).opt).toBeNull()
  })

  it('over TCP the same', () => {
    const asked = { name: CDN, edns: { options: [seoul] } }
    const message = world.ask(asked, { transport: Transport.Tcp })
    expect([...optionOf(message, 8)!]).toEqual([0, 1, 24, world.scopeOf('168.126.63.0'), 168, 126, 63])
  })
})

describe('RFC 7871 section 7.1.2: SOURCE 0 asks for no tailoring', () => {
  it.each([0, 1, 2])('family %i: answered for the resolver, SCOPE 0', family => {
    const message = ask(ecsOption(family, 0, []), CDN, RrType.A, '168.126.0.1')
    expect([...optionOf(message, 8)!]).toEqual([0, family, 0, 0])
    expect(first(message)).toContain('192.0.2.101')
  })
})

describe('RFC 7871 section 7.2.1: SCOPE is 0 where the client does not matter', () => {
  it.each([
    ['static address', 'www.example.com', RrType.A, 0],
    ['SOA', 'example.com', RrType.SOA, 0],
    ['NS', 'cdn.example', RrType.NS, 0],
    ["static data at the service's name", CDN, RrType.TXT, 0],
    ["NODATA at the service's name", CDN, RrType.HTTPS, 0],
    ['NODATA', 'www.example.com', RrType.TXT, 0],
    ['NXDOMAIN', 'nope.cdn.example', RrType.A, Rcode.NXDOMAIN],
    ['referral', 'www.sub.example.com', RrType.A, 0],
    ['content hostname', 'video.example.com', RrType.A, 0],
    ['REFUSED', 'www.example.org', RrType.A, Rcode.REFUSED],
    ['SERVFAIL', 'www.broken.example', RrType.A, Rcode.SERVFAIL],
    ['ANY', CDN, RrType.ANY, 0],
    ['truncated', 'huge.example.com', RrType.TXT, 0],
  ])('%s', (_, name, type, rcode) => {
    const message = ask(seoul, name, type)
    expect(message.rcode).toBe(rcode)
    expect([...optionOf(message, 8)!]).toEqual([0, 1, 24, 0, 168, 126, 63])
    expect(optionOf(ask(null, name, type), 8)).toBeNull()
  })
})

describe('RFC 7871 section 11.2: addresses that locate nobody', () => {
  it("the resolver's address decides and SCOPE covers the special block", () => {
    const message = ask(ecsOption(1, 24, [10, 1, 2]), CDN, RrType.A, '126.0.0.1')
    expect([...optionOf(message, 8)!]).toEqual([0, 1, 24, 8, 10, 1, 2])
    expect(first(message)).toContain('198.51.100.111')
    expect(optionOf(ask(ecsOption(2, 56, [0xfd, 0, 0, 0, 0, 0, 0])), 8)![3]).toBe(world.scopeOf('fd00::'))
  })
})

describe('RFC 7871 section 7.1.2: broken options', () => {
  it.each([
    ['family 3', ecsOption(3, 0, [])],
    ['SCOPE in a query', ecsOption(1, 24, [1, 2, 3], 24)],
    ['bits past SOURCE', ecsOption(1, 20, [1, 2, 0x1f])],
    ['too short an address', ecsOption(1, 24, [1, 2])],
  ])('%s is FORMERR, with an OPT but no answer', (_, option) => {
    const message = ask(option)
    expect(message).toMatchObject({ rcode: Rcode.FORMERR, aa: false, answer: [], authority: [] })
    expect(message.opt).not.toBeNull()
  })
})

describe('a server without the option', () => {
  it('ignores it like any unknown one: not echoed, the resolver decides', () => {
    const plain = openWorld({ ecs: false })
    const message = plain.ask({ name: CDN, edns: { options: [seoul] } }, { from: '126.0.0.1' })
    expect(optionOf(message, 8)).toBeNull()
    expect(first(message)).toContain('198.51.100.111')
    expect(plain.ask({ name: CDN, edns: { options: [ecsOption(9, 9, [])] } }).rcode).toBe(0)
  })
})
