import { describe, expect, it } from 'vitest'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { openWorld } from '../answer/world.ts'
import { buildOpt, buildQuery, ecsOption, parseMessage } from '../fixture/message.ts'

const world = openWorld()

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

  it('section 6.1.1: two OPT records are FORMERR; the reply has one, with DO as the first had it and none of the options', () => {
    const options = [{ code: 3, data: [] }, ecsOption(1, 24, [126, 1, 2])]
    const first = buildQuery({ name: 'example.com', edns: { flags: 0x8000, options } })
    const message = Uint8Array.from([...first, ...buildOpt({})])
    message[11] = 2
    const reply = parseMessage(world.exchange(message))
    expect(reply).toMatchObject({ rcode: Rcode.FORMERR, answer: [], opt: { version: 0, flags: 0x8000, options: [] } })
  })

  it('section 6.1.1: a message that is broken behind its OPT record is told so with one', () => {
    const message = Uint8Array.from([...buildQuery({ name: 'example.com', edns: {} }), 0])
    expect(parseMessage(world.exchange(message))).toMatchObject({ rcode: Rcode.FORMERR, opt: { options: [] } })
  })

  it('section 6.1.3: BADVERS tells our version and DO, and nothing that the other version may mean otherwise', () => {
    const options = [{ code: 3, data: [] }, ecsOption(1, 24, [126, 1, 2]), { code: 10, data: [1] }]
    for (const version of [1, 2, 255]) {
      const reply = world.ask({ name: 'example.com', edns: { version, flags: 0xffff, options } })
      expect(reply).toMatchObject({ rcode: Rcode.BADVERS, aa: false, answer: [], authority: [] })
      expect(reply.opt).toEqual({ payload: 1232, version: 0, flags: 0x8000, options: [] })
    }
  })

  it('section 6.1.4 and 6.1.2: flags and options that are unknown change nothing and do not come back', () => {
    const reply = world.ask({
      name: 'example.com',
      type: RrType.SOA,
      edns: { flags: 0x7fff, options: [{ code: 100, data: [1] }] },
    })
    expect(reply).toMatchObject({ rcode: 0, aa: true, opt: { flags: 0, options: [] } })
    expect(reply.answer).toHaveLength(1)
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
