import { createSocket } from 'node:dgram'
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DATAGRAM_OCTETS } from '../../src/listen/datagram.ts'
import { listenUdp } from '../../src/listen/udp.ts'
import { buildQuery, parseMessage } from '../fixture/message.ts'
import { until } from '../fixture/until.ts'
import { mirror, newTraffic, reversed, UdpClient } from '../listen/fixture.ts'
import { forge, mayForge } from '../listen/forge.ts'
import { batchHere, inThread, type Listening, type ListenOptions, libc } from '../listen/udp-transports.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function client(type: 'udp4' | 'udp6' = 'udp4', host = '127.0.0.1'): Promise<UdpClient> {
  const made = await UdpClient.open(type, host)
  open.push(made)
  return made
}

/** Holds an address as another program does, which shares it with nobody. */
async function holder(address = '127.0.0.1', port = 0): Promise<{ port: number }> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address, port, exclusive: true }, resolve)
  })
  open.push(socket)
  return { port: socket.address().port }
}

const UNFIT: readonly (readonly [host: string, message: RegExp])[] = [
  ['203.0.113.77', /^cannot listen on udp 203\.0\.113\.77:0 \(EADDRNOTAVAIL\): .*no such address/],
  ['2001:db8::77', /^cannot listen on udp \[2001:db8::77\]:0 \(EADDRNOTAVAIL\): .*no such address/],
  // link-local without its interface, and on one that is none
  ['fe80::1', /^cannot listen on udp \[fe80::1\]:0 \(EINVAL\): .*fe80::1%eth0/],
  ['fe80::1%none9', /^cannot listen on udp \[fe80::1%none9\]:0 \(EINVAL\): .*fe80::1%eth0/],
  ['::ffff:127.0.0.1', /^cannot listen on udp \[::ffff:127\.0\.0\.1\]:0 \(EINVAL\): /],
  ['127.0.0.256', /^cannot listen on udp 127\.0\.0\.256:0 \(EINVAL\): /],
]

const NOBODY = 65534
const LOW_PORT = 7

/** Root may become nobody for a while, who may not bind a low port. */
function mayDropRights(): boolean {
  const first = '/proc/sys/net/ipv4/ip_unprivileged_port_start'
  return process.geteuid?.() === 0 && existsSync(first) && Number(readFileSync(first, 'utf8')) > LOW_PORT
}

/** What every UDP transport must do alike. */
describe.each([
  ['node:dgram', inThread('dgram'), false],
  ['batches, turn by turn', batchHere, true],
  ['batches, in a thread that blocks', inThread('batch'), true],
] as const)('UDP by %s', (_name, transport, batched) => {
  beforeEach(context => context.skip(batched && libc === null))

  async function listen(options: ListenOptions = {}): Promise<Listening> {
    const listening = await transport(options)
    open.push(listening)
    return listening
  }

  /** The text of the reply to `message`. */
  async function ask({ address }: Listening, message: Uint8Array | string, from?: UdpClient): Promise<string> {
    const asking = from ?? (await client())
    asking.send(Buffer.from(message), address)
    return String((await asking.receive())?.data)
  }

  it('answers from the address and port it was asked on, and counts octets (RFC 2181 section 4)', async () => {
    const listening = await listen({ host: '127.0.0.5' })
    const asking = await client()
    asking.send(Buffer.from('hello'), listening.address)
    const reply = await asking.receive()
    expect(reply?.data.toString()).toBe('olleh')
    expect(reply?.from).toMatchObject({ address: '127.0.0.5', port: listening.address.port })
    expect(listening.read('bytesIn')).toBe(5)
    expect(listening.read('bytesOut')).toBe(5)
    expect(listening.read('ignored') + listening.read('sendErrors')).toBe(0)
  })

  it('IPv6, and only IPv6', async () => {
    const listening = await listen({ host: '::1', respond: 'tellPeer' })
    expect(await ask(listening, 'x', await client('udp6', '::1'))).toBe('6 0 0 0 1 x')
    const wildcard = await listen({ host: '::' })
    await holder('0.0.0.0', wildcard.address.port)
  })

  it('tells who asked as words of the address', async () => {
    expect(await ask(await listen({ respond: 'tellPeer' }), 'x', await client('udp4', '127.8.9.250'))).toBe(
      '4 7f0809fa 0 0 0 x',
    )
  })

  it('length 0 is silence', async () => {
    const listening = await listen({ respond: 'silentForOne' })
    const asking = await client()
    asking.send(Buffer.from('1'), listening.address)
    expect(await ask(listening, '22', asking)).toBe('22')
    expect(asking.waiting).toBe(0)
    expect(listening.read('bytesIn')).toBe(3)
    expect(listening.read('bytesOut')).toBe(2)
  })

  it('many at once: every reply is its own, whole', async () => {
    const listening = await listen()
    const asking = await client()
    const messages = Array.from({ length: 400 }, (_, i) => Buffer.from(String(i).repeat(1 + (i % 60))))
    for (const message of messages) asking.send(message, listening.address)
    const got: string[] = []
    for (let reply = await asking.receive(); reply !== null; ) {
      got.push(reply.data.toString())
      reply = got.length === messages.length ? null : await asking.receive(1000)
    }
    expect(got.sort()).toEqual(messages.map(message => reversed(message).toString()).sort())
  })

  it('many clients at once: each gets its own replies', async () => {
    const listening = await listen()
    const clients = await Promise.all(Array.from({ length: 80 }, () => client()))
    clients.forEach((each, i) => {
      each.send(Buffer.from(`client ${i} `), listening.address)
    })
    for (const [i, each] of clients.entries())
      expect((await each.receive())?.data.toString()).toBe(reversed(Buffer.from(`client ${i} `)).toString())
  })

  it.skipIf(!mayForge())('a datagram from source port 0 is dropped, and the next is answered', async () => {
    const listening = await listen()
    forge(listening.address.port, 0, Buffer.from('nobody'))
    await until('the datagram', () => listening.read('ignored') === 1)
    expect(await ask(listening, 'still there')).toBe('ereht llits')
    expect(listening.read('ignored')).toBe(1)
    expect(listening.read('sendErrors')).toBe(0)
  })

  it('reads datagrams of up to 4096 octets whole, none too', async () => {
    const listening = await listen({ respond: 'tellLength' })
    const asking = await client()
    const sizes = [0, 1, 512, 513, 1232, 1473, DATAGRAM_OCTETS - 1, DATAGRAM_OCTETS]
    for (const octets of sizes) expect(await ask(listening, Buffer.alloc(octets), asking)).toBe(String(octets))
    expect(listening.read('bytesIn')).toBe(sizes.reduce((sum, octets) => sum + octets))
  })

  it('reads the first 4096 octets of longer ones, and the next from its beginning', async () => {
    const listening = await listen({ respond: 'tellLength' })
    const asking = await client()
    for (const octets of [DATAGRAM_OCTETS + 1, 9000, 65507]) {
      expect(await ask(listening, Buffer.alloc(octets), asking)).toBe('4096')
      expect(await ask(listening, 'and the next whole', asking)).toBe('18')
    }
    expect(listening.read('bytesIn')).toBe(3 * (DATAGRAM_OCTETS + 18))
  })

  it('a query longer than it reads is answered with FORMERR', async () => {
    const listening = await listen({ respond: 'world' })
    const asking = await client()
    const option = { code: 65001, data: new Array<number>(5000).fill(7) }
    const query = buildQuery({ name: 'www.example.com', id: 4711, edns: { options: [option] } })
    asking.send(query, listening.address)
    expect(parseMessage((await asking.receive())!.data)).toMatchObject({ id: 4711, rcode: 1, answer: [] })
    asking.send(buildQuery({ name: 'www.example.com', id: 4712 }), listening.address)
    expect(parseMessage((await asking.receive())!.data)).toMatchObject({ id: 4712, rcode: 0 })
  })

  it('sends replies of up to 4096 octets', async () => {
    const listening = await listen({ respond: 'asLongAsAsked' })
    const asking = await client()
    const sizes = [1, 511, 512, 1232, DATAGRAM_OCTETS]
    for (const octets of sizes) {
      asking.send(Buffer.from(String(octets)), listening.address)
      expect((await asking.receive())?.data).toEqual(Buffer.alloc(octets, octets % 256))
    }
    expect(listening.read('bytesOut')).toBe(sizes.reduce((sum, octets) => sum + octets))
  })

  it('what escapes from `respond` ends the listener, not the replies before it', async () => {
    const listening = await listen({ respond: 'dieOfBoom' })
    const asking = await client()
    for (const text of ['one', 'two', 'boom']) asking.send(Buffer.from(text), listening.address)
    expect((await listening.failure).message).toBe('boom it was')
    expect((await asking.receive())?.data.toString()).toBe('eno')
    expect((await asking.receive())?.data.toString()).toBe('owt')
  })

  it('says that another program holds the address, and what to do', async () => {
    const { port } = await holder()
    await expect(listen({ port })).rejects.toThrow(
      new RegExp(`^cannot listen on udp 127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\): .*stop it`),
    )
  })

  it('says of an address that cannot be bound what is wrong with it', async () => {
    for (const [host, message] of UNFIT) await expect(listen({ host })).rejects.toThrow(message)
  })

  it.skipIf(!mayDropRights())('says of a low port whose right is missing', async () => {
    process.seteuid!(NOBODY)
    const listening = listen({ port: LOW_PORT })
    await listening.catch(() => {})
    process.seteuid!(0)
    await expect(listening).rejects.toThrow(/^cannot listen on udp 127\.0\.0\.1:7 \(EACCES\): .*CAP_NET_BIND_SERVICE/)
  })

  it('close frees the port, to a program that shares it with nobody', async () => {
    const { address, close } = await listen()
    await close()
    open.length = 0
    await holder(address.host, address.port)
  })
})

it('node:dgram shares its port with nobody, not with its like either', async () => {
  const options = { host: '127.0.0.1', respond: mirror, traffic: newTraffic() }
  const listener = await listenUdp({ ...options, port: 0 })
  open.push(listener)
  await expect(listenUdp({ ...options, port: listener.address.port })).rejects.toThrow('EADDRINUSE')
})
