import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { openWorld } from '../answer/world.ts'
import { BIG_EXAMPLE } from '../contract/foreign/generated.ts'
import { buildQuery, lines, parseMessage } from '../fixture/message.ts'

const world = openWorld({ zones: [BIG_EXAMPLE] })
/** Of an OPT record without options. */
const OPT_OCTETS = 11

/** Asks for the TXT RRset whose reply has `octets` octets without OPT; `payload` 0 = no EDNS. */
function ask(octets: number, payload: number, transport: Transport) {
  const query = buildQuery({
    name: `reply${octets}.big.example`,
    type: RrType.TXT,
    edns: payload > 0 && { payload },
  })
  const bytes = world.exchange(query, { transport })
  const { tc, answer, rcode, aa, opt, question } = parseMessage(bytes)
  return { octets: bytes.length, tc, whole: answer.length > 0, rcode, aa, opt: opt !== null, asked: question !== null }
}
const whole = { tc: false, whole: true, rcode: 0, aa: true, asked: true }
const cut = { tc: true, whole: false, rcode: 0, aa: true, asked: true }

describe('RFC 1035 section 4.2.1: over UDP without EDNS 512 octets', () => {
  it('512 fit', () => expect(ask(512, 0, Transport.Udp)).toMatchObject({ ...whole, octets: 512, opt: false }))
  it('513 do not: TC, with nothing of the RRset', () =>
    expect(ask(513, 0, Transport.Udp)).toMatchObject({ ...cut, opt: false }))
})

describe('RFC 6891 section 6.2.3: with EDNS what the client takes, OPT included', () => {
  it.each([512, 1230, 1232])('%i octets', payload => {
    const most = payload - OPT_OCTETS
    expect(ask(most, payload, Transport.Udp)).toMatchObject({ ...whole, octets: payload, opt: true })
    expect(ask(most + 1, payload, Transport.Udp)).toMatchObject({ ...cut, opt: true })
  })
  it('less than 512 counts as 512', () =>
    expect(ask(512 - OPT_OCTETS, 100, Transport.Udp)).toMatchObject({ ...whole, octets: 512 }))
  it('RFC 9715: more than 1,232 counts as 1,232', () => {
    expect(ask(1232 - OPT_OCTETS, 65535, Transport.Udp)).toMatchObject({ ...whole, octets: 1232 })
    expect(ask(1233 - OPT_OCTETS, 65535, Transport.Udp)).toMatchObject(cut)
  })
})

describe('RFC 1035 section 4.2.2: over TCP 65,535 octets', () => {
  it('65,535 fit, with and without EDNS', () => {
    expect(ask(65535, 0, Transport.Tcp)).toMatchObject({ ...whole, octets: 65535 })
    expect(ask(65535 - OPT_OCTETS, 1232, Transport.Tcp)).toMatchObject({ tc: false })
  })
  it('RFC 2181 section 9: an RRset that is too large even for TCP is TC', () => {
    expect(ask(65536, 0, Transport.Tcp)).toMatchObject(cut)
    expect(ask(65535, 1232, Transport.Tcp)).toMatchObject({ ...cut, opt: true })
    const query = buildQuery({ name: 'toobig.big.example', type: 65281 })
    expect(parseMessage(world.exchange(query, { transport: Transport.Tcp }))).toMatchObject({ tc: true, answer: [] })
  })
  it('one record of 65,000 octets is whole', () => {
    const query = buildQuery({ name: 'single.big.example', type: 65281 })
    const { answer, tc } = parseMessage(world.exchange(query, { transport: Transport.Tcp }))
    expect({ tc, octets: answer[0]!.rdata.length }).toEqual({ tc: false, octets: 65000 })
  })
})

describe('RFC 1035 section 4.1.4: no pointer leads past the 16,384th octet, and names there are read as they were written', () => {
  const said = (name: string, type: number) => {
    const query = buildQuery({ name, type })
    const message = parseMessage(world.exchange(query, { transport: Transport.Tcp }))
    expect(message.bytes.length).toBeGreaterThan(0x4000)
    return message
  }

  it('in RDATA', () => {
    const message = said('mx900.big.example', RrType.MX)
    expect(
      lines(message, message.answer)
        .map(line => line.split(' ').slice(3).join(' '))
        .sort(),
    ).toEqual(
      Array.from({ length: 900 }, (_, i) => `${i + 1} host${i + 1}.a-label-that-takes-room.mx900.big.example.`).sort(),
    )
  })

  it('as owners of several records', () => {
    const message = said('www.ns300.big.example', RrType.A)
    expect(message.additional.map(record => record.name).sort()).toEqual(
      Array.from({ length: 900 }, (_, i) => `host${1 + (i % 300)}.ns300.big.example.`).sort(),
    )
  })
})
