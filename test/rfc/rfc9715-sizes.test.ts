import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { type OptionSpec, optionOf, type ParsedMessage } from '../fixture/message.ts'
import { cluster } from '../route/fixture.ts'
import { subnet } from './client-subnet.ts'
import { OPT, SIZED_ORIGIN, sized, sizedRecords, sizedRrset, sizedZone } from './sized-zone.ts'
import { openTailored, type TailoredWorld } from './tailored-world.ts'

const NSID = 'n'.repeat(40)
const LIMITS = [512, 1232, 1400, 4096] as const
/** Octets before the OPT record: all that options can add is room made below a limit. */
const LENGTHS = [...new Set(LIMITS.flatMap(limit => Array.from({ length: 121 }, (_, i) => limit - 118 + i)))].sort(
  (a, b) => a - b,
)
const ZONE = sizedZone(
  [
    sizedRecords([...LENGTHS, 65_535, 65_536]),
    sizedRrset('whole', 65_535),
    sizedRrset('over', 65_536),
    sizedRrset('wide', 30_000),
  ].join('\n'),
)

const open = (maxPayload: number): TailoredWorld =>
  openTailored({ clusters: [cluster('icn', 'seoul')] }, { zones: [ZONE], maxPayload, nsid: NSID })
const worlds = { 512: open(512), 1232: open(1232), 1400: open(1400), 4096: open(4096) }
const name = (octets: number) => `${sized(octets)}.${SIZED_ORIGIN}`

/** `octets`: length of the reply without its OPT record. */
function ask(world: TailoredWorld, octets: number, payload: number | null, options: readonly OptionSpec[] = []) {
  const edns = payload === null ? (false as const) : { payload, options }
  return world.ask({ name: name(octets), type: RrType.TXT, edns })
}

const fits = (message: ParsedMessage, octets: number): void => {
  expect(message.bytes.length).toBe(octets)
  expect(message).toMatchObject({ tc: false, rcode: 0, aa: true })
  expect(message.answer).toHaveLength(1)
}
const truncated = (message: ParsedMessage): void => {
  expect(message).toMatchObject({ tc: true, rcode: 0, aa: true, answer: [], authority: [], additional: [] })
  expect(message.question?.type).toBe(RrType.TXT)
}

describe('RFC 1035 section 4.2.1: without EDNS a UDP message has at most 512 octets', () => {
  it.each([510, 511, 512])('%i octets fit', octets => {
    for (const world of Object.values(worlds)) {
      const message = ask(world, octets, null)
      fits(message, octets)
      expect(message.opt).toBeNull()
    }
  })

  it.each([513, 514, 1232])('%i octets do not: TC, the question, no OPT', octets => {
    for (const world of Object.values(worlds)) {
      const message = ask(world, octets, null)
      truncated(message)
      expect(message.opt).toBeNull()
    }
  })
})

describe.each(LIMITS)('RFC 6891 section 6.2 and RFC 9715: our own limit %i', maxPayload => {
  const world = worlds[maxPayload]

  it.each([0, 1, 511, 512, 513, 900, 1231, 1232, 1233, 1399, 1400, 1401, 4095, 4096, 4097, 65_535])(
    'a client that takes %i octets: the smaller of both, never under 512, to the octet',
    payload => {
      const limit = Math.min(Math.max(512, payload), maxPayload)
      const known = LENGTHS.filter(octets => Math.abs(octets + OPT - limit) <= 3)
      for (const octets of known) {
        const message = ask(world, octets, payload)
        if (octets + OPT <= limit) fits(message, octets + OPT)
        else truncated(message)
        expect(message.opt).toMatchObject({ payload: maxPayload, version: 0, flags: 0, options: [] })
      }
      if (LIMITS.some(each => each === limit)) expect(known).toHaveLength(7)
    },
  )

  it('the options of the reply count, and come back whole in both cases', () => {
    const nsid = { code: 3, data: [] }
    const ecs4 = subnet('168.126.63.0/24')
    const ecs6 = subnet('2001:db8::/128')
    for (const [options, added] of [
      [[nsid], 4 + NSID.length],
      [[ecs4], 4 + 7],
      [[ecs6], 4 + 20],
      [[ecs6, nsid], 4 + 20 + 4 + NSID.length],
    ] as const)
      for (let over = -2; over <= 2; over++) {
        const message = ask(world, maxPayload - OPT - added + over, 65_535, options)
        if (over <= 0) fits(message, maxPayload + over)
        else truncated(message)
        expect(message.opt!.options).toHaveLength(options.length)
        for (const { code } of options) expect(optionOf(message, code)!.length).toBeGreaterThan(0)
      }
  })

  it('options that are unknown take no room', () => {
    fits(ask(world, maxPayload - OPT, 65_535, [{ code: 65_001, data: new Uint8Array(200) }]), maxPayload)
  })
})

describe('RFC 7766 section 8: over TCP no limit but that of the length field', () => {
  const world = worlds[1232]
  const tcp = (label: string, payload: number | null, transport: Transport = Transport.Tcp) =>
    world.ask(
      { name: `${label}.${SIZED_ORIGIN}`, type: RrType.TXT, edns: payload === null ? false : { payload } },
      { transport },
    )

  it.each([Transport.Tcp, Transport.Tls])(
    "65,535 octets fit, whatever the client's UDP size (transport %i)",
    transport => {
      const whole = tcp('whole', null, transport)
      expect([whole.bytes.length, whole.tc]).toEqual([65_535, false])
      for (const payload of [0, 512, 1232, 65_535]) {
        const wide = tcp('wide', payload, transport)
        expect([wide.bytes.length, wide.tc]).toEqual([30_000 + OPT, false])
      }
    },
  )

  it('one record may take all of it', () => {
    const message = tcp(sized(65_535), null)
    fits(message, 65_535)
  })

  it.each([
    ['an octet more', 'over', null],
    ['an octet more in one record', sized(65_536), null],
    ['an OPT record beside it', 'whole', 1232],
  ])('%s than fits: TC and nothing of the RRset', (_, label, payload) => {
    const message = tcp(label, payload)
    truncated(message)
    expect(message.opt === null).toBe(payload === null)
  })
})
