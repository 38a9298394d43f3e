import { createSocket } from 'node:dgram'
import { afterEach, describe, expect, it } from 'vitest'
import { listenUdp, type UdpListener, type UdpOptions } from '../../src/listen/udp.ts'
import { until } from '../fixture/until.ts'
import { mirror, newTraffic, reversed, UdpClient } from './fixture.ts'
import { forge, mayForge } from './forge.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function listen(options: Partial<UdpOptions> = {}): Promise<UdpListener> {
  const listener = await listenUdp({ host: '127.0.0.1', port: 0, respond: mirror, traffic: newTraffic(), ...options })
  open.push(listener)
  return listener
}
async function client(type: 'udp4' | 'udp6' = 'udp4', host = '127.0.0.1'): Promise<UdpClient> {
  const made = await UdpClient.open(type, host)
  open.push(made)
  return made
}

describe('listenUdp', () => {
  it('answers from the address and port it was asked on, and counts octets (RFC 2181 section 4)', async () => {
    const traffic = newTraffic()
    const { address } = await listen({ traffic })
    const asking = await client()
    asking.send(Buffer.from('hello'), address)
    const reply = await asking.receive()
    expect(reply?.data.toString()).toBe('olleh')
    expect(reply?.from).toMatchObject({ address: '127.0.0.1', port: address.port })
    expect(traffic.read('bytesIn')).toBe(5)
    expect(traffic.read('bytesOut')).toBe(5)
  })

  it('IPv6, and only IPv6', async () => {
    const seen: unknown[] = []
    const { address } = await listen({
      host: '::1',
      respond: (message, length, peer, out) => {
        seen.push({ ...peer })
        return mirror(message, length, peer, out)
      },
    })
    const asking = await client('udp6', '::1')
    asking.send(Buffer.from('six'), address)
    expect((await asking.receive())?.data.toString()).toBe('xis')
    expect(seen).toEqual([{ family: 6, hi: 0, lo: 0, hostHi: 0, hostLo: 1 }])
    const wildcard = await listen({ host: '::' })
    await listen({ host: '0.0.0.0', port: wildcard.address.port })
  })

  it('tells who asked as words of the address', async () => {
    const seen: unknown[] = []
    const { address } = await listen({
      respond: (_message, _length, peer) => {
        seen.push({ ...peer })
        return 0
      },
    })
    const asking = await client('udp4', '127.8.9.10')
    asking.send(Buffer.from('x'), address)
    await until('the message', () => seen.length > 0)
    expect(seen).toEqual([{ family: 4, hi: 0x7f08090a, lo: 0, hostHi: 0, hostLo: 0 }])
  })

  it('length 0 is silence', async () => {
    const { address } = await listen({ respond: (m, length, p, out) => (length === 1 ? 0 : mirror(m, length, p, out)) })
    const asking = await client()
    asking.send(Buffer.from('1'), address)
    asking.send(Buffer.from('22'), address)
    expect((await asking.receive())?.data.toString()).toBe('22')
    expect(asking.waiting).toBe(0)
  })

  it('many at once: every reply is its own, whole', async () => {
    const { address } = await listen({ receiveBuffer: 4 << 20 })
    const asking = await client()
    const expected = new Set<string>()
    for (let i = 0; i < 400; i++) {
      const message = Buffer.from(String(i).repeat(1 + (i % 60)))
      expected.add(reversed(message).toString())
      asking.send(message, address)
    }
    const got = new Set<string>()
    for (let i = 0; i < 400; i++) {
      const reply = await asking.receive(1000)
      if (reply === null) break
      expect(expected.has(reply.data.toString())).toBe(true)
      got.add(reply.data.toString())
    }
    expect(got.size).toBe(expected.size)
  })

  it.skipIf(!mayForge())('a datagram from source port 0 is dropped, and the next is answered', async () => {
    const traffic = newTraffic()
    const { address } = await listen({ traffic })
    forge(address.port, 0, Buffer.from('nobody'))
    await until('the datagram', () => traffic.read('ignored') === 1)
    const asking = await client()
    asking.send(Buffer.from('still there'), address)
    expect((await asking.receive())?.data.toString()).toBe('ereht llits')
  })

  it('says which address it could not bind, why and what to do', async () => {
    const { address } = await listen()
    await expect(listen({ port: address.port })).rejects.toThrow(
      new RegExp(`^cannot listen on udp 127\\.0\\.0\\.1:${address.port} \\(EADDRINUSE\\): .*stop it`),
    )
    await expect(listen({ host: '203.0.113.77' })).rejects.toThrow(/udp 203\.0\.113\.77:0 \(EADDRNOTAVAIL\): .*address/)
    await expect(listen({ host: '2001:db8::77' })).rejects.toThrow(/udp \[2001:db8::77\]:0/)
  })

  it('close stops the answers and frees the port within a second', async () => {
    const { address, close } = await listen()
    const began = performance.now()
    await close()
    expect(performance.now() - began).toBeLessThan(1000)
    const again = createSocket('udp4')
    await new Promise<void>((resolve, reject) => {
      again.once('error', reject)
      again.bind(address.port, '127.0.0.1', resolve)
    })
    again.close()
    open.length = 0
  })
})
