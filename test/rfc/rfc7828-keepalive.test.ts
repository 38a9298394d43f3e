import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { type Ask, openWorld } from '../answer/world.ts'
import { type OptionSpec, optionOf } from '../fixture/message.ts'

const world = openWorld()
const keepalive = (...data: number[]): OptionSpec => ({ code: 11, data })
const ask = (options: readonly OptionSpec[], how: Ask, name = 'www.example.com') =>
  world.ask({ name, edns: { options } }, how)
const answered = { rcode: 0, aa: true }
const STREAMS = [
  ['TCP', { transport: Transport.Tcp }],
  ['TLS', { transport: Transport.Tls }],
] as const

describe.each(STREAMS)('RFC 7828 over %s', (_, how) => {
  it('section 3.3.2: who asks is told how long a connection may be idle, in units of 100 ms', () => {
    const message = ask([keepalive()], how)
    expect(message).toMatchObject(answered)
    // The tests' world keeps idle connections for 10 s.
    expect(message.opt!.options).toEqual([{ code: 11, data: Uint8Array.from([0, 100]) }])
  })

  it('not unasked', () => {
    expect(optionOf(ask([], how), 11)).toBeNull()
    expect(world.ask({ name: 'www.example.com' }, how).opt).toBeNull()
  })

  it('with an error too', () => {
    expect(optionOf(ask([keepalive()], how, 'www.example.org'), 11)).toHaveLength(2)
    expect(optionOf(ask([keepalive()], how, 'nope.example.com'), 11)).toHaveLength(2)
  })

  it('section 3.1: a query that names a TIMEOUT is malformed', () => {
    for (const data of [[0], [0, 100], [0, 0, 0]]) {
      const message = ask([keepalive(...data)], how)
      expect(message).toMatchObject({ rcode: Rcode.FORMERR, aa: false, answer: [], opt: { options: [] } })
    }
    expect(ask([keepalive(), keepalive(0, 1)], how)).toMatchObject({ rcode: Rcode.FORMERR })
  })

  it('two of them are answered once', () => {
    expect(ask([keepalive(), keepalive()], how).opt!.options).toHaveLength(1)
  })
})

describe('RFC 7828 over UDP', () => {
  it('section 3.3: ignored, empty or not', () => {
    for (const option of [keepalive(), keepalive(0, 100), keepalive(1)])
      expect(ask([option], { transport: Transport.Udp })).toMatchObject({ ...answered, opt: { options: [] } })
  })
})

describe('RFC 7828 section 3.1: TIMEOUT', () => {
  it.each([
    [0, 0],
    [99, 0],
    [100, 1],
    [12_345, 123],
    [6_553_500, 65535],
    [6_553_600, 65535],
    [1e9, 65535],
  ])('%d ms of idleness are %d units', (idleMs, units) => {
    const message = openWorld({ idleMs }).ask({ name: 'example.com', edns: { options: [keepalive()] } }, STREAMS[0][1])
    const told = optionOf(message, 11)!
    expect((told[0]! << 8) | told[1]!).toBe(units)
  })
})

it('room for it is kept: at every size of the buffer the option is whole and the reply fits', () => {
  const query = { name: 'huge.example.com', type: RrType.TXT, edns: { options: [keepalive()] } }
  const whole = world.ask(query, STREAMS[0][1])
  expect(whole).toMatchObject({ tc: false })
  for (let spare = -8; spare <= 8; spare++) {
    const cut = world.ask(query, { ...STREAMS[0][1], room: whole.bytes.length + spare })
    expect(cut.tc, `${spare}`).toBe(spare < 0)
    expect(optionOf(cut, 11), `${spare}`).toHaveLength(2)
  }
})
