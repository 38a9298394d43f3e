import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Endpoint } from '../../src/listen/bind-error.ts'
import type { Credentials } from '../../src/listen/tls.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { moved } from '../answer/world.ts'
import { makeCertificate } from '../fixture/certificate.ts'
import { dig } from '../fixture/dig.ts'
import type { QuerySpec } from '../fixture/message.ts'
import { buildQuery, ecsOption, lines, optionOf, type ParsedMessage, parseMessage } from '../fixture/message.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'
import { framed, StreamClient, UdpClient } from '../listen/fixture.ts'
import { type Served, serve } from '../listen/server.ts'

const withTls = !missing('openssl')
let served: Served
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kingcdn-transport-'))
  served = await serve(withTls ? { credentials: readCredentials() } : {})
})
afterAll(async () => {
  await served.close()
  rmSync(folder, { recursive: true, force: true })
})

function readCredentials(): Credentials {
  const files = makeCertificate(folder, 'ns1.test')
  return { certificate: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') }
}

const overUdp = (message: Uint8Array) => overDatagrams(served.udp.address, message)
const inBatches = (message: Uint8Array) => overDatagrams(served.batched!, message)

async function overDatagrams(to: Endpoint, message: Uint8Array): Promise<Uint8Array> {
  const client = await UdpClient.open('udp4', '127.0.0.1')
  client.send(message, to)
  const reply = await client.receive()
  client.close()
  if (reply === null) throw new Error('no reply')
  return reply.data
}

const overTcp = (message: Uint8Array) => overStream(StreamClient.tcp(served.tcp.address), message)
const overTls = (message: Uint8Array) => overStream(StreamClient.tls(served.tls!.address), message)

async function overStream(connecting: Promise<StreamClient>, message: Uint8Array): Promise<Uint8Array> {
  const client = await connecting
  client.socket.write(framed(message))
  const reply = await client.message()
  client.socket.destroy()
  if (reply === null) throw new Error('closed without a reply')
  return reply
}

/** What every transport must do alike. */
describe.each([
  ['UDP', overUdp, { queriesUdp: 1 }],
  ['UDP in batches', inBatches, { queriesUdp: 1 }],
  ['TCP', overTcp, { queriesTcp: 1, tcpConnections: 1 }],
  ['TLS', overTls, { queriesTls: 1, tcpConnections: 1 }],
] as const)('over %s', (transport, exchange, once) => {
  beforeEach(context => {
    context.skip(transport === 'TLS' && !withTls)
    context.skip(transport === 'UDP in batches' && served.batched === null)
  })

  const ask = async (spec: QuerySpec): Promise<ParsedMessage> => parseMessage(await exchange(buildQuery(spec)))

  it('a static answer, and the counters that it moves', async () => {
    let message: ParsedMessage | null = null
    const query = buildQuery({ name: 'www.example.com', id: 77 })
    const before = served.world.read().scalars
    message = parseMessage(await exchange(query))
    expect(message).toMatchObject({ id: 77, rcode: 0, aa: true, tc: false })
    expect(lines(message, message.answer)).toEqual([
      'www.example.com. 300 1 192.0.2.80',
      'www.example.com. 300 1 192.0.2.81',
    ])
    const after = served.world.read().scalars
    const expected = { ...once, bytesIn: expect.any(Number), bytesOut: expect.any(Number) }
    // What was remembered of earlier questions is no matter of the transport.
    const names = (Object.keys(after) as (keyof typeof after)[]).filter(name => !name.startsWith('cache'))
    const changed = names.filter(name => after[name] !== before[name]).map(name => [name, after[name] - before[name]])
    expect(Object.fromEntries(changed)).toEqual(expected)
  })

  it('a tailored answer with its scope', async () => {
    const message = await ask({ name: 'a1105.cdn.example', edns: { options: [ecsOption(1, 24, [126, 4, 5])] } })
    expect(lines(message, message.answer).sort()[0]).toBe('a1105.cdn.example. 30 1 198.51.100.111')
    expect([...optionOf(message, 8)!]).toEqual([0, 1, 24, served.world.scopeOf('126.4.5.0'), 126, 4, 5])
  })

  it('the errors', async () => {
    expect(await ask({ name: 'nope.example.com' })).toMatchObject({ rcode: 3 })
    expect(await ask({ name: 'www.example.org' })).toMatchObject({ rcode: 5 })
    expect(await ask({ name: 'example.com', edns: { version: 1 } })).toMatchObject({ rcode: 16 })
    expect(await ask({ name: 'example.com', flags: 15 << 11 })).toMatchObject({ rcode: 4 })
  })
})

describe('what differs', () => {
  it('an answer that UDP truncates is whole over TCP and TLS', async () => {
    const query = buildQuery({ name: 'huge.example.com', type: RrType.TXT })
    expect(parseMessage(await overUdp(query))).toMatchObject({ tc: true, answer: [] })
    const whole = await overTcp(query)
    expect(parseMessage(whole)).toMatchObject({ tc: false })
    if (withTls) expect(await overTls(query)).toEqual(whole)
  })

  it('silence to a response, over both', async () => {
    const response = buildQuery({ name: 'www.example.com', flags: 0x8000 })
    const udp = await UdpClient.open('udp4', '127.0.0.1')
    const tcp = await StreamClient.tcp(served.tcp.address)
    const before = served.world.read().scalars.ignored
    udp.send(response, served.udp.address)
    tcp.socket.write(framed(response))
    await until('both to be ignored', () => served.world.read().scalars.ignored === before + 2)
    expect(udp.waiting).toBe(0)
    expect(tcp.chunks).toHaveLength(0)
    udp.close()
    tcp.socket.destroy()
  })
})

describe.skipIf(missing('dig'))('as dig sees it', () => {
  it('retries a truncated answer over TCP by itself', async () => {
    const reply = await dig(served.port, ['huge.example.com', 'TXT'])
    expect(reply).toMatchObject({ status: 'NOERROR' })
    expect(reply.answer).toHaveLength(1)
    expect(reply.text).toContain('Truncated, retrying in TCP mode')
  })

  it.each(['+notcp', '+tcp'])('%s: addresses, scope, NSID, EDE and no complaint', async transport => {
    const reply = await dig(served.port, [
      transport,
      '+nsid',
      '+subnet=168.126.63.0/24',
      '+cookie=0102030405060708',
      'a1105.cdn.example',
    ])
    expect(reply).toMatchObject({
      status: 'NOERROR',
      subnet: `168.126.63.0/24/${served.world.scopeOf('168.126.63.0')}`,
      edns: true,
    })
    expect(reply.flags).toContain('aa')
    expect(reply.answer).toHaveLength(2)
    expect(reply.text).toContain('("ns1")')
    expect(reply.text).not.toMatch(/warning|malformed|bad/i)
    const refused = await dig(served.port, [transport, 'example.org'])
    expect(refused).toMatchObject({ status: 'REFUSED' })
    expect(refused.text).toContain('EDE: 20 (Not Authoritative)')
    expect((await dig(served.port, [transport, '+subnet=0.0.0.0/0', 'example.com', 'SOA'])).scope).toBe(0)
  })

  it('counts each of its queries once', async () => {
    const before = served.world.read().scalars.queriesUdp
    await dig(served.port, ['+notcp', 'www.example.com'])
    expect(served.world.read().scalars.queriesUdp - before).toBe(1)
    expect(moved(served.world, () => {})).toEqual({})
  })
})
