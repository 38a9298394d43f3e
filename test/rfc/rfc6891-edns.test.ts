import { describe, expect, it } from 'vitest'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { openWorld } from '../answer/world.ts'
import { buildOpt, buildQuery, type EdnsSpec, ecsOption, optionOf, parseMessage } from '../fixture/message.ts'

const world = openWorld()
const soa = (edns: EdnsSpec | false, flags = 0) => world.ask({ name: 'example.com', type: RrType.SOA, edns, flags })
const good = { rcode: 0, aa: true, qr: true, z: false, ad: false }

/** The probes of the DNS flag days (RFC 8906 section 8, "DNS compliance testing"). */
describe('RFC 8906', () => {
  it('section 3.1.1: plain SOA', () => {
    expect(soa(false)).toMatchObject({ ...good, opt: null })
  })

  it('section 3.1.2: an unknown type', () => {
    expect(world.ask({ name: 'example.com', type: 1000 })).toMatchObject({ ...good, answer: [] })
  })

  it('section 3.1.3: CD, AD, RD and the reserved bit; Z never comes back', () => {
    for (const bit of [0x10, 0x20, 0x40, 0x100]) {
      const message = soa(false, bit)
      expect(message).toMatchObject(good)
      expect(message.answer).toHaveLength(1)
    }
  })

  it('section 3.1.4: an unknown opcode, header only: NOTIMP, AA clear', () => {
    for (const opcode of [3, 4, 5, 6, 15]) {
      const message = parseMessage(world.exchange(Uint8Array.from([1, 2, opcode << 3, 0, ...new Uint8Array(8)])))
      expect(message).toMatchObject({ id: 0x102, qr: true, opcode, rcode: Rcode.NOTIMP, aa: false, question: null })
    }
  })

  it('section 3.2.1: EDNS version 1 is BADVERS without the SOA, OPT version 0', () => {
    const message = soa({ version: 1 })
    expect(message).toMatchObject({ rcode: Rcode.BADVERS, aa: false, qr: true, answer: [], opt: { version: 0 } })
  })

  it('section 3.2.2: an unknown option is ignored and not echoed', () => {
    const message = soa({ options: [{ code: 100, data: [1, 2] }] })
    expect(message).toMatchObject({ ...good, opt: { version: 0, options: [] } })
  })

  it('section 3.2.3: an unknown flag is ignored, MBZ in the reply', () => {
    expect(soa({ flags: 0x40 })).toMatchObject({ ...good, opt: { flags: 0 } })
  })

  it('section 3.2.4: version 1 with an unknown option is BADVERS, not echoed', () => {
    const message = soa({ version: 1, options: [{ code: 100, data: [] }] })
    expect(message).toMatchObject({ rcode: Rcode.BADVERS, opt: { version: 0, options: [] } })
  })

  it('section 3.2.6: DO comes back (RFC 3225 section 3), also with a flag and an option that are unknown', () => {
    expect(soa({ flags: 0x8000 })).toMatchObject({ ...good, opt: { flags: 0x8000 } })
    expect(soa({ flags: 0x8040, options: [{ code: 100, data: [] }] })).toMatchObject({ opt: { flags: 0x8000 } })
  })

  it('section 3.2.7: cookie, NSID, EXPIRE and a subnet of length 0 together', () => {
    const options = [
      { code: 10, data: [1, 2, 3, 4, 5, 6, 7, 8] },
      { code: 3, data: [] },
      { code: 9, data: [] },
      ecsOption(1, 0, []),
    ]
    const message = soa({ options })
    expect(message).toMatchObject(good)
    expect([...optionOf(message, 8)!]).toEqual([0, 1, 0, 0])
  })
})

describe('RFC 6891', () => {
  it('section 7: no OPT in a reply to a query without one, errors included', () => {
    for (const name of ['www.example.com', 'nope.example.com', 'www.example.org', 'www.broken.example'])
      expect(world.ask({ name }).opt).toBeNull()
  })

  it('section 6.1.1: an OPT in every reply to a query with one', () => {
    for (const [name, type] of [
      ['www.example.com', 1],
      ['nope.example.com', 1],
      ['www.example.org', 1],
      ['www.broken.example', 1],
      ['x.sub.example.com', 1],
      ['many.example.com', 1],
      ['example.com', RrType.TSIG],
    ] as const)
      expect(world.ask({ name, type, edns: { payload: 512 } }).opt).toMatchObject({ payload: 1232, version: 0 })
  })

  it('section 6.1.1: two OPT records are FORMERR; the reply has one', () => {
    const message = Uint8Array.from([...buildQuery({ name: 'example.com', edns: {} }), ...buildOpt({})])
    message[11] = 2
    expect(parseMessage(world.exchange(message))).toMatchObject({ rcode: Rcode.FORMERR, answer: [] })
  })

  it('section 6.2.3: a payload size below 512 counts as 512', () => {
    const size = (payload: number) => world.ask({ name: 'wide.example.com', type: RrType.TXT, edns: { payload } })
    expect(size(0)).toMatchObject({ tc: true })
    expect(size(511)).toMatchObject({ tc: true })
    expect(size(1000)).toMatchObject({ tc: false })
  })

  it('section 6.2.5, RFC 9715: never more than our own limit of 1232 octets', () => {
    const message = world.ask({ name: 'huge.example.com', type: RrType.TXT, edns: { payload: 65535 } })
    expect(message).toMatchObject({ tc: true, opt: { payload: 1232 } })
    for (let payload = 512; payload <= 1232; payload += 9) {
      const reply = world.ask({ name: 'www.big.example.com', edns: { payload, options: [{ code: 3, data: [] }] } })
      expect(reply.bytes.length).toBeLessThanOrEqual(payload)
    }
  })
})
