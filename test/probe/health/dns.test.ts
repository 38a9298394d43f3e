import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DnsCheck } from '../../../src/model/health-checks.ts'
import { dnsCheck } from '../../../src/probe/health/dns.ts'
import { FOREIGN, type ForeignName, type ForeignServer, startForeign } from '../../contract/foreign/servers.ts'
import { freePort } from '../../fixture/ports.ts'
import { missing } from '../../fixture/tools.ts'
import { Servers, V4, V6 } from './servers.ts'

const ZONE = `$ORIGIN edge.example.
$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
`

const servers = new Servers()
afterEach(() => servers.close())

async function ask(port: number, wish: Partial<DnsCheck> = {}, { at = V4, limitMs = 1_000 } = {}): Promise<string> {
  const check: DnsCheck = { port, name: 'www.edge.example.', type: 'A', rcode: 'NOERROR', ...wish }
  const result = await dnsCheck(check)(at, limitMs)
  return result.kind === 'fail' ? result.cause : result.kind
}

describe.each<ForeignName>(['nsd', 'named'])('%s', name => {
  let server: ForeignServer
  const skip = missing(FOREIGN[name].program)
  beforeAll(async () => {
    if (!skip) server = await startForeign(FOREIGN[name], { zones: new Map([['edge.example', ZONE]]) } as never)
  })
  afterAll(() => server?.stop())

  it.skipIf(skip)('answers, and is judged by its response code', async () => {
    expect(await ask(server.port)).toBe('pass')
    expect(await ask(server.port, { name: 'EDGE.example.', type: 'SOA' })).toBe('pass')
    expect(await ask(server.port, { name: 'nobody.edge.example.' })).toBe('reply')
    expect(await ask(server.port, { name: 'nobody.edge.example.', rcode: 'NXDOMAIN' })).toBe('pass')
    expect(await ask(server.port, { rcode: 'NXDOMAIN' })).toBe('reply')
    expect(await ask(server.port, { name: '.', type: 'NS', rcode: 'REFUSED' })).toBe('pass')
    expect(await ask(server.port, { name: '.', type: 'NS' })).toBe('reply')
  })
})

/** The query as a reply: QR set, and whatever `change` does to it. */
const reply = (change: (message: Buffer) => Buffer) => (query: Buffer) => {
  const message = Buffer.from(query)
  message[2]! |= 0x80
  return change(message)
}
const plain = reply(message => message)
/** Octets from `at` on become `octets`; from the end when negative. */
const put =
  (at: number, ...octets: number[]) =>
  (message: Buffer) => {
    message.set(octets, at < 0 ? message.length + at : at)
    return message
  }

describe('what a server may send instead', () => {
  it.each<[string, (message: Buffer) => Buffer, string]>([
    ['a plain answer', message => message, 'pass'],
    ['a truncated one', put(2, 0x82), 'pass'],
    ['SERVFAIL', put(3, 2), 'reply'],
    ['a query (QR = 0)', put(2, 0), 'reply'],
    ['an answer to another question', put(13, 'v'.charCodeAt(0)), 'reply'],
    ['an answer to another type', put(-3, 28), 'reply'],
    ['an answer to another class', put(-1, 3), 'reply'],
    ['an answer without a question', put(4, 0, 0), 'reply'],
    ['nothing but a header', message => put(4, 0, 0)(message.subarray(0, 12)), 'reply'],
    ['a name that points at itself', put(12, 0xc0, 12), 'reply'],
    ['counts without records', put(6, 255, 255, 255, 255, 255, 255), 'reply'],
    ['another ID', message => put(0, message[0]! ^ 255)(message), 'timeout'],
    ['one octet', () => Buffer.from([1]), 'timeout'],
    ['64 KiB of noise', () => Buffer.alloc(65_000, 0xc1), 'timeout'],
  ])('%s: %s', async (_, change, verdict) => {
    const port = await servers.udp(reply(change))
    expect(await ask(port, {}, { limitMs: 300 })).toBe(verdict)
  })

  it('nothing', async () => {
    expect(await ask(await servers.udp(() => null), {}, { limitMs: 200 })).toBe('timeout')
    expect(await ask(await freePort(), {}, { limitMs: 200 })).toBe('timeout')
  })
})

it('asks without RD and without EDNS, over IPv6 too', async () => {
  let seen: Buffer = Buffer.alloc(0)
  const port = await servers.udp(query => {
    seen = query
    return plain(query)
  }, V6)
  expect(await ask(port, {}, { at: V6 })).toBe('pass')
  expect(seen.subarray(2, 12).toString('hex')).toBe('00000001000000000000')
})
