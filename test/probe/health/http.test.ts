import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import type { HttpCheck, TlsCheck } from '../../../src/model/health-checks.ts'
import { httpCheck } from '../../../src/probe/health/http.ts'
import { Trust } from '../../../src/probe/health/trust.ts'
import { makeCertificate } from '../../fixture/certificate.ts'
import { freePort } from '../../fixture/ports.ts'
import { until } from '../../fixture/until.ts'
import { Authority, Servers, V4, V6 } from './servers.ts'

const servers = new Servers()
afterEach(() => servers.close())

const OK = [{ first: 200, last: 200 }]
const trust = new Trust(() => undefined)

/** A check of `port` with what the test wants otherwise; says `pass`, the cause of the failure, or `unjudged`. */
async function ask(port: number, wish: Partial<HttpCheck> = {}, { at = V4, limitMs = 5_000 } = {}): Promise<string> {
  const check: HttpCheck = { path: '/healthz', port, status: OK, tls: null, ...wish }
  const result = await httpCheck(check, check.tls === null ? null : trust.contextFor(check.tls))(at, limitMs)
  return result.kind === 'fail' ? result.cause : result.kind
}

describe('a check asks', () => {
  it.each([
    ['IPv4', V4, (port: number) => `127.0.0.1:${port}`],
    ['IPv6', V6, (port: number) => `[::1]:${port}`],
  ])('by GET, for the path, with the address as host, over %s', async (_, at, host) => {
    let seen: unknown
    const port = await servers.http(({ method, url, headers, httpVersion }, reply) => {
      seen = { method, url, host: headers.host, connection: headers.connection, httpVersion }
      reply.end('fine')
    }, at)
    expect(await ask(port, { path: '/a/b?c=d' }, { at })).toBe('pass')
    expect(seen).toEqual({ method: 'GET', url: '/a/b?c=d', host: host(port), connection: 'close', httpVersion: '1.1' })
  })

  it('with the host that is configured, and opens a connection of its own each time', async () => {
    const hosts: (string | undefined)[] = []
    const ports = new Set<number | undefined>()
    const port = await servers.http((query, reply) => {
      hosts.push(query.headers.host)
      ports.add(query.socket.remotePort)
      reply.end()
    })
    for (let i = 0; i < 3; i++) expect(await ask(port, { host: 'video.example:8080' })).toBe('pass')
    expect(hosts).toEqual(['video.example:8080', 'video.example:8080', 'video.example:8080'])
    expect(ports.size).toBe(3)
  })

  it('and tells how long it took', async () => {
    const port = await servers.http((_, reply) => void setTimeout(() => reply.end(), 60))
    const result = await httpCheck({ path: '/', port, status: OK, tls: null }, null)(V4, 2_000)
    expect(result).toMatchObject({ kind: 'pass' })
    expect(result.kind === 'pass' && result.latencyMs).toBeGreaterThan(55)
  })
})

describe('status', () => {
  it.each([
    [200, 'pass'],
    [204, 'status'],
    [301, 'status'],
    [404, 'status'],
    [503, 'status'],
  ])('%i where 200 is expected: %s', async (status, verdict) => {
    const port = await servers.http((_, reply) => reply.writeHead(status, { location: 'http://127.0.0.1:1/' }).end())
    expect(await ask(port)).toBe(verdict)
  })

  it.each([
    [200, 'pass'],
    [299, 'pass'],
    [300, 'status'],
    [404, 'pass'],
    [405, 'status'],
  ])('%i where 200-299 or 404 is expected: %s', async (status, verdict) => {
    const port = await servers.http((_, reply) => reply.writeHead(status).end())
    expect(
      await ask(port, {
        status: [
          { first: 200, last: 299 },
          { first: 404, last: 404 },
        ],
      }),
    ).toBe(verdict)
  })
})

describe('body', () => {
  const bodies: [string, Buffer[], string][] = [
    ['has the text', [Buffer.from('all is well here')], 'pass'],
    ['has it across two chunks', [Buffer.from('all is we'), Buffer.from('ll here')], 'pass'],
    ['has it octet by octet', [...Buffer.from('is well')].map(octet => Buffer.from([octet])), 'pass'],
    ['lacks it', [Buffer.from('all is weLl here')], 'body'],
    ['is empty', [], 'body'],
    ['is compressed, which nobody asked for', [gzipSync('all is well here')], 'body'],
    [
      'has it just before 64 KiB',
      [Buffer.alloc(65_536 - 7, 120), Buffer.from('is well'), Buffer.alloc(100_000)],
      'pass',
    ],
    ['has it past 64 KiB', [Buffer.alloc(65_536 - 6, 120), Buffer.from('is well'), Buffer.alloc(100_000)], 'body'],
  ]
  it.each(bodies)('%s', async (_, chunks, verdict) => {
    const port = await servers.http(async (_query, reply) => {
      reply.socket?.setNoDelay(true)
      for (const chunk of chunks) await new Promise(done => reply.write(chunk, () => setImmediate(done)))
      reply.end()
    })
    expect(await ask(port, { body: 'is well' })).toBe(verdict)
  })

  it('of no interest is read to its end, or for 64 KiB', async () => {
    const long = await servers.http((_, reply) => reply.end(Buffer.alloc(10_000_000)))
    expect(await ask(long)).toBe('pass')
    const stalls = await servers.http((_, reply) => void reply.writeHead(200, { 'content-length': 10 }).write('12345'))
    expect(await ask(stalls, {}, { limitMs: 200 })).toBe('timeout')
  })

  it('without a length ends with the connection; with one it must be whole', async () => {
    const reply = (fields: string, body: string) => (socket: Socket) =>
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${fields}\r\n${body}`))
    expect(await ask(await servers.raw(reply('', 'is well')), { body: 'is well' })).toBe('pass')
    expect(await ask(await servers.raw(reply('', '')))).toBe('pass')
    expect(await ask(await servers.raw(reply('Content-Length: 7\r\n', 'is well')))).toBe('pass')
    expect(await ask(await servers.raw(reply('Content-Length: 8\r\n', 'is well')))).toBe('protocol')
    expect(await ask(await servers.raw(reply('Transfer-Encoding: chunked\r\n', '7\r\nis well\r\n')))).toBe('protocol')
  })

  it('of HTTP/1.0 is one too', async () => {
    const port = await servers.raw(
      socket => void socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nis well')),
    )
    expect(await ask(port, { body: 'is well' })).toBe('pass')
  })
})

describe('a server that is hostile or ill gets a verdict', () => {
  const say = (text: string | Buffer) => servers.raw(socket => void socket.once('data', () => socket.write(text)))

  /** Writes `text` again and again, as fast as the client reads. */
  const flood = (head: string, text: string) =>
    servers.raw(socket => {
      socket.once('data', () => {
        socket.write(head)
        const more = (): void => {
          while (!socket.destroyed && socket.write(text));
        }
        socket.on('drain', more)
        more()
      })
    })

  it('nobody listens', async () => {
    expect(await ask(await freePort())).toBe('refused')
    expect(await ask(await freePort(), {}, { at: V6 })).toBe('refused')
  })

  it('accepts and says nothing', async () => {
    expect(await ask(await servers.raw(() => undefined), {}, { limitMs: 200 })).toBe('timeout')
  })

  it('hangs up, or resets', async () => {
    expect(await ask(await servers.raw(socket => socket.end()))).toBe('protocol')
    expect(await ask(await servers.raw(socket => void socket.once('data', () => socket.resetAndDestroy())))).toBe(
      'protocol',
    )
  })

  it('sends garbage', async () => {
    expect(await ask(await say(Buffer.from([0, 255, 13, 10, 1, 2, 3, 13, 10, 13, 10])))).toBe('protocol')
    expect(await ask(await say('SSH-2.0-OpenSSH_9.2\r\n'))).toBe('protocol')
    expect(await ask(await say('HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n'))).toBe('protocol')
  })

  it('drips a reply that never ends', async () => {
    const port = await servers.raw(socket => {
      const drip = setInterval(() => socket.write('H'), 20)
      socket.once('close', () => clearInterval(drip))
    })
    expect(['timeout', 'protocol']).toContain(await ask(port, {}, { limitMs: 200 }))
    const fields = await servers.raw(socket => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const drip = setInterval(() => socket.write('a: b\r\n'), 20)
      socket.once('close', () => clearInterval(drip))
    })
    expect(await ask(fields, {}, { limitMs: 200 })).toBe('timeout')
  })

  it('floods fields, a body, chunk extensions or interim replies, and takes no memory', async () => {
    const before = process.memoryUsage().rss
    expect(await ask(await flood('HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(1000)}\r\n`))).toBe('protocol')
    expect(await ask(await flood('HTTP/1.1 200 OK\r\n\r\n', 'z'.repeat(1000)), { body: 'is well' })).toBe('body')
    expect(await ask(await flood('HTTP/1.1 200 OK\r\n\r\n', 'z'.repeat(1000)))).toBe('pass')
    const extension = await flood('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;', 'e'.repeat(1000))
    expect(await ask(extension)).toBe('protocol')
    const interim = await flood('', `HTTP/1.1 103 Early Hints\r\nlink: ${'l'.repeat(500)}\r\n\r\n`)
    expect(await ask(interim, {}, { limitMs: 500 })).toBe('timeout')
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
  })

  it('answers twice, or wants to speak another protocol', async () => {
    const reply = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
    expect(await ask(await say(reply + reply))).toBe('pass')
    expect(await ask(await say('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'))).toBe(
      'protocol',
    )
  })

  it('speaks before it was asked', async () => {
    const port = await servers.raw(socket => void socket.write('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'))
    expect(['protocol', 'status']).toContain(await ask(port))
  })
})

describe('TLS', () => {
  let authority: Authority
  let elsewhere: Authority
  beforeAll(() => {
    authority = new Authority()
    elsewhere = new Authority()
  })
  afterAll(() => {
    authority.remove()
    elsewhere.remove()
  })

  const tls = (more: Partial<TlsCheck> = {}): TlsCheck => ({
    verify: true,
    ca: authority.file,
    validFor: millis(0),
    ...more,
  })
  const serve = (pair: { cert: string; key: string }, at = V4) =>
    servers.https(pair, (_, reply) => reply.end('fine'), at)

  it('passes with a certificate of the name, or of the address where no name is given', async () => {
    const named = await serve(authority.issue('DNS:video.example'))
    expect(await ask(named, { tls: tls({ name: 'video.example' }) })).toBe('pass')
    const addressed = authority.issue('IP:127.0.0.1,IP:::1')
    expect(await ask(await serve(addressed), { tls: tls() })).toBe('pass')
    expect(await ask(await serve(addressed, V6), { tls: tls() }, { at: V6 })).toBe('pass')
    const wildcard = await serve(authority.issue('DNS:*.video.example'))
    expect(await ask(wildcard, { tls: tls({ name: 'www.video.example' }) })).toBe('pass')
  })

  it('asks for the name (SNI), and sends the host apart from it', async () => {
    const pair = authority.issue('DNS:video.example')
    let seen: unknown
    const options = {
      ...authority.issue('DNS:default.example'),
      SNICallback: (_name: string, done: (error: null, context: SecureContext) => void) =>
        done(null, createSecureContext(pair)),
    }
    const port = await servers.https(options, ({ headers, socket }, reply) => {
      seen = [headers.host, (socket as TLSSocket & { servername?: string }).servername]
      reply.end()
    })
    expect(await ask(port, { host: 'www.example', tls: tls({ name: 'video.example' }) })).toBe('pass')
    expect(seen).toEqual(['www.example', 'video.example'])
    expect(await ask(port, { tls: tls() })).toBe('certificate')
  })

  it.each<[string, () => [names: string, from?: number, to?: number], Partial<TlsCheck>, string]>([
    ['of another name', () => ['DNS:other.example'], {}, 'certificate'],
    ['of an address only', () => ['IP:127.0.0.1'], {}, 'certificate'],
    ['that has expired', () => ['DNS:video.example', -10, -1], {}, 'certificate'],
    ['that is not valid yet', () => ['DNS:video.example', 1, 10], {}, 'certificate'],
    ['that ends too soon', () => ['DNS:video.example', -10, 5], { validFor: millis(7 * 86_400_000) }, 'certificate'],
    ['that ends late enough', () => ['DNS:video.example', -10, 9], { validFor: millis(7 * 86_400_000) }, 'pass'],
  ])('a certificate %s', async (_, names, more, verdict) => {
    const port = await serve(authority.issue(...names()))
    expect(await ask(port, { tls: tls({ name: 'video.example', ...more }) })).toBe(verdict)
    expect(await ask(port, { tls: tls({ name: 'video.example', ...more, verify: false }) })).toBe('pass')
  })

  it('nobody vouches for: of an authority that is not trusted, or self-signed', async () => {
    const stranger = await serve(elsewhere.issue('DNS:video.example'))
    expect(await ask(stranger, { tls: tls({ name: 'video.example' }) })).toBe('certificate')
    const { ca: _, ...system } = tls({ name: 'video.example' })
    expect(await ask(stranger, { tls: system })).toBe('certificate')
    expect(await ask(stranger, { tls: { ...system, verify: false } })).toBe('pass')
  })

  it('trusts a self-signed certificate that it is given', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kingcdn-self-'))
    const { certificate, key } = makeCertificate(folder, 'video.example')
    const port = await serve({ cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') })
    expect(await ask(port, { tls: tls({ name: 'video.example', ca: certificate }) })).toBe('pass')
    rmSync(folder, { recursive: true })
  })

  it('status and body count as without TLS', async () => {
    const port = await servers.https(authority.issue('IP:127.0.0.1'), (_, reply) => reply.writeHead(500).end())
    expect(await ask(port, { tls: tls() })).toBe('status')
  })

  it('a server that speaks no TLS, hangs or resets in the handshake', async () => {
    const plain = await servers.http((_, reply) => reply.end())
    expect(await ask(plain, { tls: tls() })).toBe('protocol')
    expect(await ask(await servers.raw(() => undefined), { tls: tls() }, { limitMs: 200 })).toBe('timeout')
    expect(await ask(await servers.raw(socket => void socket.once('data', () => socket.end())), { tls: tls() })).toBe(
      'protocol',
    )
    expect(
      await ask(await servers.raw(socket => void socket.once('data', () => socket.resetAndDestroy())), { tls: tls() }),
    ).toBe('protocol')
    const alert = Buffer.from([0x15, 3, 3, 0, 2, 2, 40])
    expect(
      await ask(await servers.raw(socket => void socket.once('data', () => socket.write(alert))), { tls: tls() }),
    ).toBe('protocol')
  })

  it('one that wants a certificate of us has its way or not, but no exception', async () => {
    const pair = authority.issue('IP:127.0.0.1')
    const port = await servers.https({ ...pair, requestCert: true, rejectUnauthorized: true }, (_, reply) =>
      reply.end(),
    )
    expect(await ask(port, { tls: tls() })).toBe('protocol')
  })

  it('a file of authorities that cannot be read makes no context, and is told once', () => {
    const said: string[] = []
    const careful = new Trust((_, message) => said.push(message))
    const check = tls({ ca: '/nowhere/ca.pem' })
    expect([careful.contextFor(check), careful.contextFor(check)]).toEqual([null, null])
    expect(said).toEqual([expect.stringContaining('health checks that trust /nowhere/ca.pem say nothing: ENOENT')])
  })
})

it('a hundred checks at once leave nothing open', async () => {
  const port = await servers.http((_, reply) => reply.end('x'.repeat(100)))
  const deaf = await servers.raw(() => undefined)
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? ask(port) : ask(deaf, {}, { limitMs: 400 }))),
  )
  expect(results.filter(result => result === 'pass')).toHaveLength(50)
  expect(results.filter(result => result === 'timeout')).toHaveLength(50)
  servers.close()
  await until('every socket to close', () => !process.getActiveResourcesInfo().includes('TCPSocketWrap'))
})
