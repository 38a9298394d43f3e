import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Respond } from '../../src/listen/respond.ts'
import type { TlsSettings } from '../../src/model/answer-settings.ts'
import { StreamSockets } from '../../src/worker/stream-sockets.ts'
import { makeCertificate } from '../fixture/certificate.ts'
import { freePort } from '../fixture/ports.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'
import { framed, newTraffic, StreamClient } from '../listen/fixture.ts'

const host = '127.0.0.1'
const say = (text: string): Respond => {
  return (_message, _length, _peer, out) => Buffer.from(text).copy(out)
}

describe.skipIf(missing('openssl'))('StreamSockets', () => {
  let folder: string
  let [first, second]: TlsSettings[] = []
  let port = 0
  let tlsPort = 0
  const open: (() => unknown)[] = []
  const notes: string[] = []
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kingcdn-sockets-'))
    ;[first, second] = ['one.test', 'two.test'].map(name => {
      const files = makeCertificate(folder, name)
      return { certificate: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') }
    })
    port = await freePort()
    tlsPort = await freePort()
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let troubles: readonly string[] = []
  afterEach(async () => {
    troubles = []
    for (const close of open.splice(0).reverse()) await close()
    notes.length = 0
  })

  function newSockets(tlsHosts = [host]): StreamSockets {
    const sockets = new StreamSockets({
      addresses: [{ address: host, port }],
      tlsAddresses: tlsHosts.map(address => ({ address, port: tlsPort })),
      freebind: false,
      beside: false,
      tcp: { idleMs: 60_000, messageMs: 60_000, perAddress: 10, connections: 10 },
      overTcp: say('tcp'),
      overTls: say('tls'),
      traffic: newTraffic(),
      note: sentence => notes.push(sentence),
      troubles: sentences => {
        troubles = sentences
      },
    })
    open.push(() => sockets.close())
    return sockets
  }
  const at = (address: number, hostName = host) => ({ host: hostName, port: address })
  async function ask(client: StreamClient): Promise<string | undefined> {
    client.socket.write(framed(Buffer.from('?')))
    return (await client.message())?.toString()
  }
  async function overTcp(): Promise<string | undefined> {
    const client = await StreamClient.tcp(at(port))
    open.push(() => client.socket.destroy())
    return ask(client)
  }
  /** Name in the certificate, and the answer. */
  async function overTls(hostName = host): Promise<string> {
    const client = await StreamClient.tls(at(tlsPort, hostName))
    open.push(() => client.socket.destroy())
    return `${(client.socket as TLSSocket).getPeerX509Certificate()?.subject} ${await ask(client)}`
  }

  it('listens for both with a certificate, and shows a new one from then on', async () => {
    const sockets = newSockets()
    expect(await sockets.open(first!)).toEqual([])
    expect([await overTcp(), await overTls()]).toEqual(['tcp', 'CN=one.test tls'])
    sockets.present(second!)
    await until('the new certificate', async () => (await overTls()) === 'CN=two.test tls')
    sockets.present(null)
    expect(await overTls()).toBe('CN=two.test tls')
    expect(notes).toEqual([])
  })

  it('without a certificate listens for TCP alone, and for TLS when one comes', async () => {
    const sockets = newSockets()
    await sockets.open(null)
    expect(await overTcp()).toBe('tcp')
    await expect(overTls()).rejects.toThrow(/ECONNREFUSED/)
    sockets.present(first!)
    await until('TLS', () => overTls().then(Boolean, () => false))
    expect(await overTls()).toBe('CN=one.test tls')
  })

  it('a certificate that OpenSSL does not take leaves things as they are, and is told', async () => {
    const mismatched = { certificate: first!.certificate, key: second!.key }
    const without = newSockets()
    await without.open(mismatched)
    expect(await overTcp()).toBe('tcp')
    expect(notes.splice(0)).toEqual([expect.stringMatching(/not taken, nothing listens for it: .*mismatch/)])
    await without.close()
    const sockets = newSockets()
    await sockets.open(first!)
    sockets.present(mismatched)
    await until('the note', () => notes.length === 1)
    expect(notes[0]).toMatch(/not taken, the former one stays: .*mismatch/)
    expect(await overTls()).toBe('CN=one.test tls')
  })

  it('an address that cannot be bound when the certificate comes is told, the others listen; it is tried again', async () => {
    const holder = createServer().listen(tlsPort, host)
    await once(holder, 'listening')
    const sockets = newSockets([host, '127.0.0.2'])
    await sockets.open(null)
    sockets.present(first!)
    await until('the note', () => notes.length === 1)
    expect(notes[0]).toMatch(/cannot listen on tls 127\.0\.0\.1:\d+ \(EADDRINUSE\)/)
    await until('the trouble to be told', () => troubles.length > 0)
    expect(troubles).toEqual(notes)
    await until('the other address', () => overTls('127.0.0.2').then(Boolean, () => false))
    await new Promise(closed => holder.close(closed))
    sockets.present(first!)
    await until('this one', () => overTls().then(Boolean, () => false))
    await until('the trouble to be over', () => troubles.length === 0)
    expect(notes).toHaveLength(1)
  })

  it('at the start such an address is an error, and nothing listens', async () => {
    const holder = createServer().listen(tlsPort, host)
    await once(holder, 'listening')
    open.push(() => holder.close())
    const sockets = newSockets()
    await expect(sockets.open(first!)).rejects.toThrow(/cannot listen on tls .*EADDRINUSE/)
    await sockets.close()
    await expect(overTcp()).rejects.toThrow(/ECONNREFUSED/)
  })
})
