import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { Class, Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { moved, openWorld } from '../answer/world.ts'
import { withCookies } from '../fixture/cookies.ts'
import { buildOpt, buildQuery, ecsOption, lines, type OptionSpec, optionOf, parseMessage } from '../fixture/message.ts'
import { Dice } from '../fixture/mutate.ts'
import { ECS, echoOf, firstBits } from './client-subnet.ts'

const world = openWorld()
const TAILORED = 'a1105.cdn.example'
const SEED = 78_710_601

const ask = (
  options: readonly OptionSpec[],
  name = TAILORED,
  from = '126.0.0.1',
  transport: Transport = Transport.Udp,
) => world.ask({ name, edns: { options } }, { from, transport })
const SUBNET4 = [168, 126, 63, 255]
const SUBNET6 = [0x24, 0, 0x40, 0, 0, 0x12, 0x34, 0xff, 1, 2, 3, 4, 5, 6, 7, 255]

describe('RFC 7871 section 6 and 7.2.1: a malformed option is FORMERR, whatever the name', () => {
  const zeros = (count: number) => new Array<number>(count).fill(0)
  const malformed: [string, OptionSpec][] = [
    ['empty', { code: ECS, data: [] }],
    ['FAMILY alone, half of it', { code: ECS, data: [0] }],
    ['FAMILY alone', { code: ECS, data: [0, 1] }],
    ['without SCOPE', { code: ECS, data: [0, 1, 0] }],
    ['FAMILY 3 without an address (a MUST)', ecsOption(3, 0, [])],
    ['FAMILY 3 with one', ecsOption(3, 24, [1, 2, 3])],
    ['FAMILY 256: the high octet counts', ecsOption(256, 24, [1, 2, 3])],
    ['FAMILY 257: the high octet counts', ecsOption(257, 24, [1, 2, 3])],
    ['FAMILY 258', ecsOption(258, 56, zeros(7))],
    ['FAMILY 65535', ecsOption(65535, 0, [])],
    ['FAMILY 0 with an address', ecsOption(0, 24, [1, 2, 3])],
    ['IPv4, SOURCE 33', ecsOption(1, 33, [1, 2, 3, 4, 0])],
    ['IPv4, SOURCE 128', ecsOption(1, 128, zeros(16))],
    ['IPv4, SOURCE 255', ecsOption(1, 255, zeros(32))],
    ['IPv6, SOURCE 129', ecsOption(2, 129, zeros(17))],
    ['IPv6, SOURCE 255', ecsOption(2, 255, zeros(32))],
  ]
  for (const [family, address, most] of [
    [1, SUBNET4, 32],
    [2, SUBNET6, 128],
  ] as const) {
    for (let source = 0; source <= most; source++) {
      const octets = firstBits(address, source)
      const told = `FAMILY ${family}, SOURCE ${source}`
      if (source > 0) malformed.push([`${told}: an octet too few`, ecsOption(family, source, octets.slice(1))])
      malformed.push([`${told}: an octet too many`, ecsOption(family, source, [...octets, 0])])
      malformed.push([`${told}: SCOPE 1`, ecsOption(family, source, octets, 1)])
      malformed.push([`${told}: SCOPE = SOURCE`, ecsOption(family, source, octets, Math.max(1, source))])
      for (let bit = source; bit < octets.length * 8; bit++) {
        const bad = octets.map((octet, i) => (i === bit >> 3 ? octet | (0x80 >> (bit & 7)) : octet))
        malformed.push([`${told}: bit ${bit} set`, ecsOption(family, source, bad)])
      }
    }
  }

  it(`${malformed.length} malformations: FORMERR, no data, an OPT without the option; a lawful query is answered`, () => {
    for (const [what, option] of malformed)
      for (const name of [TAILORED, 'www.example.com', 'nope.example.com', 'www.example.org']) {
        const message = ask([option], name)
        expect(message, what).toMatchObject({ rcode: Rcode.FORMERR, aa: false, answer: [], authority: [] })
        expect(message.opt, what).toMatchObject({ version: 0, options: [] })
      }
    expect(ask([ecsOption(1, 24, [168, 126, 63])])).toMatchObject({ rcode: Rcode.NOERROR, aa: true })
  })

  it('over TCP too, and counted as FORMERR but not as a query with ECS', () => {
    const counted = moved(world, () => {
      expect(ask([ecsOption(1, 24, [1, 2])], TAILORED, '126.0.0.1', Transport.Tcp).rcode).toBe(Rcode.FORMERR)
    })
    expect(counted).toEqual({ queriesTcp: 1, formErr: 1, ednsQueries: 1 })
  })

  it('twice is FORMERR, equal or not, next to each other or not', () => {
    const [one, other] = [ecsOption(1, 24, [168, 126, 63]), ecsOption(2, 0, [])]
    for (const options of [
      [one, one],
      [one, other],
      [other, one],
      [other, other],
      [one, { code: 3, data: [] }, one],
      [one, { code: 100, data: [1] }, other],
    ])
      expect(ask(options)).toMatchObject({ rcode: Rcode.FORMERR, answer: [], opt: { options: [] } })
  })

  it('a malformed second one is no better', () => {
    expect(ask([ecsOption(1, 24, [168, 126, 63]), { code: ECS, data: [] }]).rcode).toBe(Rcode.FORMERR)
  })

  it('an option cut off by the end of the OPT record is FORMERR', () => {
    const whole = [0, ECS, 0, 7, 0, 1, 24, 0, 168, 126, 63]
    const fixed = buildOpt({}).slice(0, -2)
    const query = buildQuery({ name: TAILORED })
    for (let length = 1; length < whole.length; length++) {
      const message = Uint8Array.from([...query, ...fixed, 0, length, ...whole.slice(0, length)])
      message[11] = 1
      expect(parseMessage(world.exchange(message))).toMatchObject({ rcode: Rcode.FORMERR, opt: { options: [] } })
    }
  })

  it('FORMERR for any other reason comes without the option, too', () => {
    const lawful = ecsOption(1, 24, [168, 126, 63])
    const speaksCookies = openWorld({ settings: withCookies() })
    const cookie = speaksCookies.ask({ name: TAILORED, edns: { options: [lawful, { code: 10, data: [1] }] } })
    expect(cookie).toMatchObject({ rcode: Rcode.FORMERR, opt: { options: [] } })
    const query = buildQuery({ name: TAILORED, edns: { options: [lawful] } })
    const trailing = parseMessage(world.exchange(Uint8Array.from([...query, 0])))
    expect(trailing).toMatchObject({ rcode: Rcode.FORMERR, opt: { options: [] } })
    const twoOpts = Uint8Array.from([...query, ...buildOpt({ options: [lawful] })]).fill(2, 11, 12)
    expect(parseMessage(world.exchange(twoOpts))).toMatchObject({ rcode: Rcode.FORMERR, opt: { options: [] } })
  })

  it('BADVERS comes without the option, well-formed or not', () => {
    for (const option of [ecsOption(1, 24, [168, 126, 63]), ecsOption(9, 9, [])]) {
      const message = world.ask({ name: TAILORED, edns: { version: 1, options: [option] } })
      expect(message).toMatchObject({ rcode: Rcode.BADVERS, answer: [], opt: { version: 0, options: [] } })
    }
  })

  it(`20,000 options of random fields: rejected exactly when the grammar says so (seed ${SEED})`, () => {
    const dice = new Dice(SEED)
    const seen = { good: 0, bad: 0 }
    for (let i = 0; i < 20_000; i++) {
      const family = dice.of([0, 1, 1, 1, 2, 2, 2, 3, 256 + dice.below(3)])
      const source = dice.of([0, dice.below(33), dice.below(129), dice.below(256)])
      const scope = dice.of([0, 0, 0, 0, dice.below(256)])
      const octets = Math.max(0, Math.ceil(source / 8) + dice.of([0, 0, 0, 0, -1, 1]))
      const random = dice.octets(octets)
      const clean = random.map((_, at) => firstBits(random, source)[at] ?? 0)
      const address = dice.below(4) > 0 ? clean : random
      const wellFormed =
        scope === 0 &&
        (family === 0 ? source === 0 : family === 1 ? source <= 32 : family === 2 && source <= 128) &&
        address.length === Math.ceil(source / 8) &&
        firstBits(address, source).every((octet, at) => octet === address[at])
      const message = ask([ecsOption(family, source, address, scope)], 'www.example.com')
      const told = JSON.stringify({ family, source, scope, address })
      expect(message.rcode, told).toBe(wellFormed ? Rcode.NOERROR : Rcode.FORMERR)
      expect(echoOf(message), told).toEqual(wellFormed ? [family >> 8, family & 255, source, 0, ...address] : null)
      seen[wellFormed ? 'good' : 'bad']++
    }
    expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(5_000)
  })
})

describe('RFC 7871 section 7.2.1: FAMILY, SOURCE and ADDRESS come back exactly', () => {
  it.each([
    [1, 'IPv4', 32, SUBNET4],
    [2, 'IPv6', 128, SUBNET6],
  ] as const)('FAMILY %i, %s, every SOURCE from 0 to %i', (family, _, most, address) => {
    for (let source = 0; source <= most; source++) {
      const octets = firstBits(address, source)
      for (const name of [TAILORED, 'www.example.com', 'nope.cdn.example']) {
        const echo = echoOf(ask([ecsOption(family, source, octets)], name))!
        expect(echo.toSpliced(3, 1)).toEqual([0, family, source, ...octets])
        if (source === 0 || name !== TAILORED) expect(echo[3]).toBe(0)
      }
    }
  })

  it('among other options, before, between and behind them', () => {
    const ecs = ecsOption(1, 24, [168, 126, 63])
    const others: OptionSpec[] = [
      { code: 3, data: [] },
      { code: 100, data: [9, 9, 9] },
      { code: 65001, data: new Uint8Array(300) },
    ]
    for (let at = 0; at <= others.length; at++) {
      const message = ask(others.toSpliced(at, 0, ecs))
      expect(echoOf(message)).toEqual([0, 1, 24, world.scopeOf('168.126.63.0'), 168, 126, 63])
      expect(message.opt!.options.map(({ code }) => code).sort()).toEqual([3, ECS])
    }
  })

  it('an option inside the data of another is not one', () => {
    const hidden = [0, ECS, 0, 7, 0, 1, 24, 0, 168, 126, 63]
    expect(echoOf(ask([{ code: 100, data: hidden }]))).toBeNull()
  })

  it('with an OPT that is not the last record', () => {
    const query = buildQuery({ name: TAILORED, edns: { options: [ecsOption(1, 24, [168, 126, 63])] } })
    const record = [0, 0, RrType.A, 0, Class.IN, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1]
    const message = Uint8Array.from([...query, ...record])
    message[11] = 2
    expect(echoOf(parseMessage(world.exchange(message)))!.slice(4)).toEqual([168, 126, 63])
  })
})

describe('RFC 7871 section 7.1.2 and 7.5: SOURCE 0 wants no tailoring and is never refused', () => {
  const seoul = ['192.0.2.101', '192.0.2.102']
  const addresses = (message: ReturnType<typeof ask>) =>
    lines(message, message.answer)
      .map(line => line.split(' ')[3]!)
      .sort()

  it.each([0, 1, 2])("FAMILY %i: the resolver's address decides, SCOPE 0", family => {
    const message = ask([ecsOption(family, 0, [])], TAILORED, '168.126.0.1')
    expect(message).toMatchObject({ rcode: Rcode.NOERROR, aa: true })
    expect(echoOf(message)).toEqual([0, family, 0, 0])
    expect(addresses(message)).toEqual(seoul)
  })

  it("is answered as without the option, also where the resolver's address locates nobody", () => {
    for (const from of ['168.126.0.1', '126.0.0.1', '10.0.0.1', '2001:2b0::1', '::1', '8.8.8.8']) {
      const plain = addresses(ask([], TAILORED, from))
      for (const family of [0, 1, 2]) {
        const message = ask([ecsOption(family, 0, [])], TAILORED, from)
        expect(addresses(message)).toEqual(plain)
        expect(echoOf(message)).toEqual([0, family, 0, 0])
      }
    }
  })

  it('counts as a query with ECS, not as one whose address locates nobody', () => {
    expect(moved(world, () => ask([ecsOption(1, 0, [])]))).toEqual({ queriesUdp: 1, ednsQueries: 1, ecsQueries: 1 })
  })
})

describe('RFC 7871 section 7.2.1: a server with `ecs: { enabled: false }`', () => {
  const plain = openWorld({ ecs: false })
  const tell = (options: readonly OptionSpec[], name = TAILORED) =>
    plain.ask({ name, edns: { options } }, { from: '126.0.0.1' })

  it("never echoes the option, and the resolver's address decides", () => {
    for (const name of [TAILORED, 'www.example.com', 'nope.cdn.example', 'www.example.org', 'www.broken.example']) {
      const message = tell([ecsOption(1, 24, [168, 126, 63])], name)
      expect(message.opt!.options.filter(({ code }) => code === ECS)).toEqual([])
      expect(lines(message, message.answer)).toEqual(lines(tell([], name), tell([], name).answer))
    }
  })

  it('ignores a malformed or a doubled one, as any unknown option (RFC 6891 section 6.1.2)', () => {
    for (const options of [
      [ecsOption(9, 9, [])],
      [{ code: ECS, data: [] }],
      [ecsOption(1, 24, [1, 2, 3], 24)],
      [ecsOption(1, 24, [1, 2, 3]), ecsOption(1, 24, [1, 2, 3])],
    ]) {
      expect(tell(options)).toMatchObject({ rcode: Rcode.NOERROR, aa: true })
      expect(optionOf(tell(options), ECS)).toBeNull()
    }
  })

  it('counts no queries with ECS', () => {
    expect(moved(plain, () => tell([ecsOption(1, 24, [168, 126, 63])]))).toEqual({ queriesUdp: 1, ednsQueries: 1 })
  })
})
