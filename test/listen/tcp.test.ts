import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Endpoint } from '../../src/listen/bind-error.ts'
import { Desk, type StreamLimits } from '../../src/listen/desk.ts'
import type { Respond } from '../../src/listen/respond.ts'
import { listenTcp } from '../../src/listen/tcp.ts'
import { until } from '../fixture/until.ts'
import { atDesk, framed, mirror, newTraffic, reversed, StreamClient } from './fixture.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** No limit that a test could run into: what must end, ends for its own reason. */
const PATIENT: Partial<StreamLimits> = { idleMs: 600_000, messageMs: 600_000 }

async function listen(limits: Partial<StreamLimits> = PATIENT, respond: Respond = mirror, host = '127.0.0.1') {
  const listening = await atDesk(limits, desk => listenTcp({ host, port: 0, respond, desk }))
  open.push(listening.close)
  return listening
}
async function client({ address }: { address: Endpoint }, from?: string): Promise<StreamClient> {
  const made = await StreamClient.tcp(address, from)
  open.push(() => made.socket.destroy())
  return made
}

describe('listenTcp', () => {
  it('RFC 7766 section 8: length prefix and body, both ways, counted', async () => {
    const listener = await listen()
    const asking = await client(listener)
    asking.socket.write(framed(Buffer.from('hello')))
    expect((await asking.message())?.toString()).toBe('olleh')
    expect(listener.traffic.read('bytesIn')).toBe(7)
    expect(listener.traffic.read('bytesOut')).toBe(7)
    expect(listener.traffic.read('tcpConnections')).toBe(1)
  })

  it('RFC 7766 section 6.2.1: the connection stays, query after query', async () => {
    const asking = await client(await listen())
    for (const text of ['one', 'two', 'three']) {
      asking.socket.write(framed(Buffer.from(text)))
      expect((await asking.message())?.toString()).toBe(reversed(Buffer.from(text)).toString())
    }
  })

  it('RFC 7766 section 6.2.1.1: queries may follow each other without waiting', async () => {
    const asking = await client(await listen())
    const messages = Array.from({ length: 500 }, (_, i) => Buffer.from(`message ${i}`))
    asking.socket.write(framed(...messages))
    for (const message of messages) expect(await asking.message()).toEqual(reversed(message))
  })

  it('messages cut anywhere, octet by octet, are put together', async () => {
    const asking = await client(await listen())
    const stream = framed(Buffer.from('first'), Buffer.alloc(0), Buffer.from('second'), Buffer.alloc(300, 'x'))
    for (const octet of stream) {
      asking.socket.write(Buffer.from([octet]))
      await new Promise(setImmediate)
    }
    expect((await asking.message())?.toString()).toBe('tsrif')
    expect((await asking.message())?.toString()).toBe('dnoces')
    expect(await asking.message()).toHaveLength(300)
  })

  it('messages and replies of 65535 octets', async () => {
    const asking = await client(await listen())
    const message = Buffer.alloc(65535, 'ab')
    asking.socket.write(framed(message, Buffer.from('after')))
    expect(await asking.message()).toEqual(reversed(message))
    expect((await asking.message())?.toString()).toBe('retfa')
  })

  it('a client may close its side behind its last query and gets the replies', async () => {
    const asking = await client(await listen())
    asking.socket.end(framed(Buffer.from('one'), Buffer.from('two')))
    expect((await asking.message())?.toString()).toBe('eno')
    expect((await asking.message())?.toString()).toBe('owt')
    expect(await asking.message()).toBeNull()
  })

  it('length 0 is silence, and the connection goes on', async () => {
    const listener = await listen(PATIENT, (m, length, p, out) => (length === 1 ? 0 : mirror(m, length, p, out)))
    const asking = await client(listener)
    asking.socket.write(framed(Buffer.from('1'), Buffer.from('22')))
    expect((await asking.message())?.toString()).toBe('22')
  })

  it('RFC 7766 section 6.2.3: an idle connection is closed', async () => {
    const listener = await listen({ idleMs: 80, messageMs: 10_000 })
    const asking = await client(listener)
    await asking.closing()
    expect(listener.traffic.read('tcpTimeouts')).toBe(1)
  })

  it('a client that drips octets is cut, however lively it looks', async () => {
    const listener = await listen({ idleMs: 600_000, messageMs: 80 })
    const asking = await client(listener)
    asking.socket.write(framed(Buffer.from('whole')))
    await asking.message()
    asking.socket.write(Buffer.from([0, 200]))
    const drip = setInterval(() => asking.socket.write('x'), 5)
    await asking.closing()
    clearInterval(drip)
    expect(listener.traffic.read('tcpTimeouts')).toBe(1)
  })

  it('a client that does not read is not read from, and cut when its time is over', async () => {
    let answered = 0
    const big: Respond = (_message, _length, _peer, out) => {
      answered++
      return out.length
    }
    const listener = await listen({ idleMs: 400, messageMs: 10_000 }, big)
    const asking = await client(listener)
    asking.socket.pause()
    asking.socket.write(framed(...Array.from({ length: 2000 }, () => Buffer.from('give'))))
    asking.socket.write(Buffer.alloc(64 << 20))
    await until('the cut', () => listener.traffic.read('tcpTimeouts') === 1)
    // 256 KiB here, and what the kernel buffers on both sides: a fraction of the 130 MB asked for.
    expect(answered).toBeLessThan(400)
    expect(listener.traffic.read('bytesIn')).toBeLessThan(4 << 20)
  })

  it('a client that reads late gets everything', async () => {
    const listener = await listen(PATIENT, (_m, _l, _p, out) => out.fill(7, 0, 60_000) && 60_000)
    const asking = await client(listener)
    asking.socket.pause()
    asking.socket.end(framed(...Array.from({ length: 300 }, () => Buffer.from('give'))))
    await until('the backlog', () => listener.traffic.read('bytesOut') > 256 * 1024)
    asking.socket.resume()
    for (let i = 0; i < 300; i++) expect(await asking.message()).toHaveLength(60_000)
    expect(await asking.message()).toBeNull()
  })

  it('a client that reads late when the server closes gets everything, and the end', async () => {
    const listener = await listen(PATIENT, (_m, _l, _p, out) => out.fill(7, 0, 60_000) && 60_000)
    const asking = await client(listener)
    asking.socket.pause()
    asking.socket.write(framed(...Array.from({ length: 300 }, () => Buffer.from('give'))))
    await until('the backlog', () => listener.traffic.read('bytesOut') > 256 * 1024)
    const closed = listener.close()
    asking.socket.resume()
    for (let i = 0; i < 300; i++) expect(await asking.message()).toHaveLength(60_000)
    expect(await asking.message()).toBeNull()
    await closed
  })

  it('a client that resets in the middle of everything does no harm', async () => {
    const listener = await listen()
    for (let i = 0; i < 20; i++) {
      const asking = await client(listener)
      asking.socket.write(framed(Buffer.alloc(5000, 'x'), Buffer.from('y')))
      asking.socket.resetAndDestroy()
    }
    const asking = await client(listener)
    asking.socket.write(framed(Buffer.from('ok')))
    expect((await asking.message())?.toString()).toBe('ko')
  })

  it('IPv6', async () => {
    const asking = await client(await listen(PATIENT, mirror, '::1'))
    asking.socket.write(framed(Buffer.from('six')))
    expect((await asking.message())?.toString()).toBe('xis')
  })

  it('one client with a thousand queries in one segment delays another by a turn, not by all of them', async () => {
    const order: string[] = []
    const listener = await listen(PATIENT, (message, length, peer, out) => {
      order.push(String.fromCharCode(message[0]!))
      return mirror(message, length, peer, out)
    })
    const [greedy, modest] = [await client(listener), await client(listener)]
    greedy.socket.write(framed(...Array.from({ length: 3000 }, () => Buffer.from('g'))))
    modest.socket.write(framed(Buffer.from('m')))
    expect((await modest.message())?.toString()).toBe('m')
    for (let i = 0; i < 3000; i++) expect((await greedy.message())?.toString()).toBe('g')
    expect(order).toHaveLength(3001)
    expect(order.indexOf('m')).toBeLessThan(1000)
  })

  it('says which address it could not bind, why and what to do', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    open.push(() => holder.close())
    const { port } = holder.address() as { port: number }
    const options = { host: '127.0.0.1', port, respond: mirror, desk: new Desk(newTraffic()) }
    await expect(listenTcp(options)).rejects.toThrow(/cannot listen on tcp 127\.0\.0\.1:\d+ \(EADDRINUSE\): .*stop it/)
  })

  it('close lets replies leave, then closes everyone within a second', async () => {
    const listener = await listen()
    const busy = await client(listener)
    const idle = await client(listener)
    const stubborn = await client(listener)
    busy.socket.write(framed(Buffer.from('last')))
    await until('the query', () => listener.traffic.read('bytesIn') > 0)
    const began = performance.now()
    await listener.close()
    expect(performance.now() - began).toBeLessThan(1000)
    expect((await busy.message())?.toString()).toBe('tsal')
    await Promise.all([busy.closing(), idle.closing(), stubborn.closing()])
    await expect(StreamClient.tcp(listener.address)).rejects.toThrow()
  })
})
