import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Desk, type StreamLimits } from '../../src/listen/desk.ts'
import type { Respond } from '../../src/listen/respond.ts'
import { type Credentials, credentialsFault, listenTls } from '../../src/listen/tls.ts'
import { makeCertificate } from '../fixture/certificate.ts'
import { Dice } from '../fixture/mutate.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'
import { atDesk, framed, mirror, newTraffic, reversed, StreamClient } from './fixture.ts'

const SEED = 853
const host = '127.0.0.1'
const PATIENT: Partial<StreamLimits> = { idleMs: 600_000, messageMs: 600_000 }

describe.skipIf(missing('openssl'))('listenTls', () => {
  let folder: string
  let [first, second]: Credentials[] = []
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kingcdn-tls-'))
    ;[first, second] = ['one.test', 'two.test'].map(credentials)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function credentials(name: string): Credentials {
    const files = makeCertificate(folder, name)
    return { certificate: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') }
  }

  const open: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close()
  })

  async function listen(limits: Partial<StreamLimits> = PATIENT, respond: Respond = mirror) {
    const listening = await atDesk(limits, desk => listenTls({ host, port: 0, respond, desk, credentials: first! }))
    open.push(listening.close)
    return listening
  }
  type Listening = Awaited<ReturnType<typeof listen>>

  async function client({ address }: Pick<Listening, 'address'>, options: ConnectionOptions = {}) {
    const made = await StreamClient.tls(address, options)
    open.push(() => made.socket.destroy())
    return made
  }
  const tls = (asking: StreamClient) => asking.socket as TLSSocket
  const nameShown = (asking: StreamClient) => tls(asking).getPeerX509Certificate()?.subject
  async function ask(asking: StreamClient): Promise<string | undefined> {
    asking.socket.write(framed(Buffer.from('ab')))
    return (await asking.message())?.toString()
  }

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('%s: query after query, counted as one connection', async version => {
    const listening = await listen()
    const asking = await client(listening, { minVersion: version, maxVersion: version })
    expect(tls(asking).getProtocol()).toBe(version)
    expect(tls(asking).alpnProtocol).toBe('dot')
    for (let i = 0; i < 3; i++) expect(await ask(asking)).toBe('ba')
    const { read } = listening.traffic
    expect([read('tcpConnections'), read('tlsFailed'), read('bytesIn'), read('bytesOut')]).toEqual([1, 0, 12, 12])
  })

  it('a version below 1.2 is refused', async () => {
    const listening = await listen()
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
    await expect(client(listening, old)).rejects.toThrow(/protocol version/)
    await until('the failure to be counted', () => listening.traffic.read('tlsFailed') === 1)
  })

  it('RFC 7858 section 3.1, RFC 7301 section 3.2: no ALPN is served, `dot` among others is chosen, only others are sent away', async () => {
    const listening = await listen()
    expect(await ask(await client(listening, { ALPNProtocols: [] }))).toBe('ba')
    const choosing = await client(listening, { ALPNProtocols: ['h2', 'dot'] })
    expect(tls(choosing).alpnProtocol).toBe('dot')
    await expect(client(listening, { ALPNProtocols: ['h2', 'http/1.1'] })).rejects.toThrow(/no application protocol/)
    await until('the failure to be counted', () => listening.traffic.read('tlsFailed') === 1)
  })

  it('five hundred queries in one write, messages of 65535 octets, and silence', async () => {
    const listening = await listen(PATIENT, (m, length, p, out) => (length === 1 ? 0 : mirror(m, length, p, out)))
    const asking = await client(listening)
    const messages = Array.from({ length: 500 }, (_, i) => Buffer.from(`message ${i}`))
    const big = Buffer.alloc(65535, 'ab')
    asking.socket.write(framed(...messages, big, Buffer.from('1'), Buffer.alloc(0), big))
    for (const message of [...messages, big, big]) expect(await asking.message()).toEqual(reversed(message))
  })

  it('a client may close its side behind its last query and gets the replies', async () => {
    const asking = await client(await listen(), { allowHalfOpen: true } as ConnectionOptions)
    asking.socket.end(framed(Buffer.from('one'), Buffer.from('two')))
    expect((await asking.message())?.toString()).toBe('eno')
    expect((await asking.message())?.toString()).toBe('owt')
    expect(await asking.message()).toBeNull()
  })

  it('a client that reads late gets everything, and is not read from meanwhile', async () => {
    const listening = await listen(PATIENT, (_m, _l, _p, out) => out.fill(7, 0, 60_000) && 60_000)
    const asking = await client(listening, { allowHalfOpen: true } as ConnectionOptions)
    asking.socket.pause()
    asking.socket.end(framed(...Array.from({ length: 300 }, () => Buffer.from('give'))))
    await until('the backlog', () => listening.traffic.read('bytesOut') > 256 * 1024)
    asking.socket.resume()
    for (let i = 0; i < 300; i++) expect(await asking.message()).toHaveLength(60_000)
    expect(await asking.message()).toBeNull()
  })

  it('replies that were read count as memory no more, though nothing says when they leave', async () => {
    const listening = await listen({ ...PATIENT, held: 100_000 }, (_m, _l, _p, out) => out.fill(7, 0, 10_000) && 10_000)
    for (let i = 0; i < 30; i++) {
      const asking = await client(listening)
      asking.socket.write(framed(Buffer.from('give')))
      expect(await asking.message()).toHaveLength(10_000)
    }
    expect(listening.traffic.read('tcpTimeouts')).toBe(0)
  })

  it('a session is resumed', async () => {
    const listening = await listen()
    const earlier = await client(listening, { maxVersion: 'TLSv1.2' })
    expect(await ask(earlier)).toBe('ba')
    const session = tls(earlier).getSession()!
    const later = await client(listening, { maxVersion: 'TLSv1.2', session })
    expect(tls(later).isSessionReused()).toBe(true)
    expect(await ask(later)).toBe('ba')
  })

  it('renegotiation is not for clients', async () => {
    const asking = await client(await listen(), { maxVersion: 'TLSv1.2' })
    expect(await ask(asking)).toBe('ba')
    const failed = once(asking.socket, 'error')
    tls(asking).renegotiate({ rejectUnauthorized: false }, () => {})
    expect(String((await failed)[0])).toMatch(/no renegotiation/)
  })

  it('a new certificate is shown to new connections, resumed sessions included; living ones go on', async () => {
    const listening = await listen()
    const old = await client(listening, { maxVersion: 'TLSv1.2' })
    expect(nameShown(old)).toBe('CN=one.test')
    listening.listener.present(second!)
    const fresh = await client(listening)
    expect(nameShown(fresh)).toBe('CN=two.test')
    const resuming = await client(listening, { maxVersion: 'TLSv1.2', session: tls(old).getSession()! })
    expect(tls(resuming).isSessionReused()).toBe(false)
    expect(nameShown(resuming)).toBe('CN=two.test')
    for (const asking of [old, fresh, resuming]) expect(await ask(asking)).toBe('ba')
  })

  it('says why OpenSSL does not take certificate and key', () => {
    expect(credentialsFault(first!)).toBeNull()
    expect(credentialsFault({ certificate: first!.certificate, key: second!.key })).toMatch(/mismatch/)
    expect(credentialsFault({ certificate: 'no', key: first!.key })).toMatch(/PEM/)
  })

  it('says which address it could not bind, why and what to do', async () => {
    const holder = createServer().listen(0, host)
    await once(holder, 'listening')
    open.push(() => holder.close())
    const { port } = holder.address() as { port: number }
    const desk = new Desk(newTraffic())
    await expect(listenTls({ host, port, respond: mirror, desk, credentials: first! })).rejects.toThrow(
      /cannot listen on tls 127\.0\.0\.1:\d+ \(EADDRINUSE\): .*stop it/,
    )
  })

  it('who stalls in the handshake is cut, and counts against the limits until then', async () => {
    const listening = await listen({ idleMs: 600_000, messageMs: 150, perAddress: 2 })
    const stalling = await StreamClient.tcp(listening.address)
    stalling.socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0]))
    await stalling.closing()
    expect(listening.traffic.read('tcpTimeouts')).toBe(1)
    await until('the failure to be counted', () => listening.traffic.read('tlsFailed') === 1)
  })

  it('a handshake gives its place to whoever comes, a served connection stays', async () => {
    const listening = await listen({ ...PATIENT, connections: 2 })
    const alive = await client(listening)
    expect(await ask(alive)).toBe('ba')
    const stalling = await StreamClient.tcp(listening.address, '127.0.0.2')
    await until('the stalling one', () => listening.traffic.read('tcpConnections') === 2)
    expect(await ask(alive)).toBe('ba')
    expect(await ask(await client(listening))).toBe('ba')
    await stalling.closing()
  })

  it('idle connections are closed; close lets replies leave', async () => {
    const idle = await client(await listen({ idleMs: 80, messageMs: 10_000 }))
    await idle.closing()
    const listening = await listen()
    const [busy, handshaking] = [await client(listening), await StreamClient.tcp(listening.address)]
    busy.socket.write(framed(Buffer.from('last')))
    await until('the query', () => listening.traffic.read('bytesOut') > 0)
    await listening.close()
    expect((await busy.message())?.toString()).toBe('tsal')
    await Promise.all([busy.closing(), handshaking.closing()])
  })

  describe(`hostile octets (seed ${SEED})`, () => {
    const dice = new Dice(SEED)
    let hello: Buffer
    beforeAll(async () => {
      hello = await clientHello()
    })

    it.each([
      ['plain DNS', () => framed(Buffer.alloc(40, 1))],
      ['HTTP', () => Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
      ['random', () => Buffer.from(dice.octets(1 + dice.below(3000)))],
      ['a ClientHello cut short', () => hello.subarray(0, 1 + dice.below(hello.length - 1))],
      ['a ClientHello with octets changed', () => changed(hello, dice)],
      ['a ClientHello and rubbish', () => Buffer.concat([hello, Buffer.from(dice.octets(500))])],
      ['nothing', () => Buffer.alloc(0)],
    ])('%s: counted, and the next client is served', async (_, make) => {
      const listening = await listen({ ...PATIENT, messageMs: 500, connections: 200, perAddress: 200 })
      const RUNS = 60
      for (let run = 0; run < RUNS; run++) {
        const hostile = await StreamClient.tcp(listening.address)
        hostile.socket.write(make())
        if (run % 3 === 0) hostile.socket.end()
        else if (run % 3 === 1) hostile.socket.resetAndDestroy()
      }
      expect(await ask(await client(listening))).toBe('ba')
      // A reset that comes before the connection is taken leaves nobody to count against.
      await until('all to be counted', () => {
        const { read } = listening.traffic
        return read('tlsFailed') + read('tcpRefused') === RUNS
      })
      expect(listening.traffic.read('bytesIn')).toBe(4)
    })

    it('rubbish in the middle of a living session ends that one alone', async () => {
      const listening = await listen()
      const other = await client(listening)
      const raw = connect({ ...listening.address })
      const spoilt = connectTls({ socket: raw, rejectUnauthorized: false })
      spoilt.on('error', () => {})
      spoilt.write(framed(Buffer.from('ab')))
      await once(spoilt, 'data')
      const closed = once(raw, 'close')
      raw.write(Buffer.alloc(200, 0x41))
      await closed
      expect(listening.traffic.read('tlsFailed')).toBe(0)
      expect(await ask(other)).toBe('ba')
    })

    it('a thousand connections that never say a word, from as many addresses', async () => {
      const listening = await listen({ ...PATIENT, connections: 100 })
      const kept = await client(listening)
      for (let round = 0; round < 20; round++) {
        await Promise.all(
          Array.from({ length: 50 }, (_, i) => StreamClient.tcp(listening.address, `127.3.${round}.${i + 1}`)),
        )
        expect(await ask(kept)).toBe('ba')
        const fresh = await client(listening, { localAddress: '127.9.9.2' } as ConnectionOptions)
        expect(await ask(fresh)).toBe('ba')
        fresh.socket.destroy()
      }
      expect(listening.traffic.read('tcpRefused')).toBe(0)
    })
  })

  /** The first flight of a real client. */
  async function clientHello(): Promise<Buffer> {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const arrived = once(server, 'connection').then(async ([socket]) => (await once(socket, 'data'))[0] as Buffer)
    const asking = connectTls({ host, port: (server.address() as { port: number }).port })
    asking.on('error', () => {})
    const hello = await arrived
    asking.destroy()
    server.close()
    return hello
  }
})

function changed(octets: Buffer, dice: Dice): Buffer {
  const copy = Buffer.from(octets)
  for (let i = 0; i < 4; i++) copy[dice.below(copy.length)] = dice.below(256)
  return copy
}
