import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RrType } from '../../src/wire/rdata/type.ts'
import { makeCertificate } from '../fixture/certificate.ts'
import { buildQuery, parseMessage } from '../fixture/message.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'
import { framed, StreamClient } from '../listen/fixture.ts'
import { type Served, serve } from '../listen/server.ts'

const HOSTNAME = 'ns1.test'
const range = (count: number) => Array.from({ length: count }, (_, i) => i)
const query = (id: number) => buildQuery({ name: 'www.example.com', id })

describe.skipIf(missing('openssl'))('RFC 7858', () => {
  let folder: string
  let served: Served
  let certificate: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kingcdn-rfc7858-'))
    const files = makeCertificate(folder, HOSTNAME)
    certificate = readFileSync(files.certificate, 'utf8')
    served = await serve({ credentials: { certificate, key: readFileSync(files.key, 'utf8') } })
  })
  afterAll(async () => {
    await served.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const clients: StreamClient[] = []
  afterEach(() => {
    for (const { socket } of clients.splice(0)) socket.destroy()
  })
  async function connect(options: ConnectionOptions = {}): Promise<StreamClient> {
    const client = await StreamClient.tls(served.tls!.address, options)
    clients.push(client)
    return client
  }

  it('section 3.1: messages in the clear get no answer on this port', async () => {
    const { queriesTls, queriesTcp, tlsFailed } = served.world.read().scalars
    const clear = await StreamClient.tcp(served.tls!.address)
    clients.push(clear)
    clear.socket.write(framed(query(1)))
    await clear.closing()
    await until('the failure to be counted', () => served.world.read().scalars.tlsFailed === tlsFailed + 1)
    expect(served.world.read().scalars).toMatchObject({ queriesTls, queriesTcp })
  })

  it('section 3.2 and RFC 8310 section 8.1: a client that checks the certificate and the name is content, and with another name is not', async () => {
    const strict = { ca: certificate, rejectUnauthorized: true }
    const checked = await connect({ ...strict, servername: HOSTNAME })
    expect((checked.socket as TLSSocket).authorized).toBe(true)
    await expect(connect({ ...strict, servername: 'other.test' })).rejects.toThrow(/does not match/)
  })

  it('section 3.3: length and message leave together', async () => {
    const client = await connect()
    client.socket.write(framed(query(2)))
    expect(parseMessage((await client.message())!)).toMatchObject({ id: 2, rcode: 0, aa: true })
    expect(client.chunks).toHaveLength(1)
  })

  it('section 3.4: query after query on one session, hundreds at once, in their order', async () => {
    const client = await connect()
    const before = served.world.read().scalars
    client.socket.write(framed(query(3)))
    expect(parseMessage((await client.message())!).id).toBe(3)
    client.socket.write(framed(...range(500).map(query)))
    for (const id of range(500)) expect(parseMessage((await client.message())!).id).toBe(id)
    const after = served.world.read().scalars
    expect(after.queriesTls - before.queriesTls).toBe(501)
    expect(after.tcpConnections - before.tcpConnections).toBe(0)
  })

  it('section 3.3: messages cut anywhere into records are put together', async () => {
    const client = await connect()
    const stream = framed(query(4), query(5), query(6))
    for (let at = 0; at < stream.length; at += 7) {
      client.socket.write(stream.subarray(at, at + 7))
      await new Promise(setImmediate)
    }
    for (const id of [4, 5, 6]) expect(parseMessage((await client.message())!).id).toBe(id)
  })

  it('large answers are whole', async () => {
    const client = await connect()
    client.socket.write(framed(...range(50).map(id => buildQuery({ name: 'huge.example.com', type: RrType.TXT, id }))))
    for (const id of range(50)) {
      const reply = parseMessage((await client.message())!)
      expect(reply).toMatchObject({ id, tc: false })
      expect(reply.bytes.length).toBeGreaterThan(1232)
    }
  })
})
