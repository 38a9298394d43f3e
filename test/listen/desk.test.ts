import { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Desk, type StreamLimits } from '../../src/listen/desk.ts'
import type { Respond } from '../../src/listen/respond.ts'
import { listenTcp } from '../../src/listen/tcp.ts'
import { until } from '../fixture/until.ts'
import { atDesk, framed, mirror, newTraffic, StreamClient, type TestListener } from './fixture.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const PATIENT: Partial<StreamLimits> = { idleMs: 600_000, messageMs: 600_000 }
/** So much that it does not all fit into the buffers of the kernel. */
const FLOOD_OF_REPLIES = 1000

async function listen(limits: Partial<StreamLimits>, respond: Respond = mirror) {
  const host = '127.0.0.1'
  const listening = await atDesk({ ...PATIENT, ...limits }, desk => listenTcp({ host, port: 0, respond, desk }))
  open.push(listening.close)
  return listening
}
type Listening = Pick<TestListener<never>, 'address'>

async function client({ address }: Listening, from = '127.0.0.1'): Promise<StreamClient> {
  const made = await StreamClient.tcp(address, from)
  open.push(() => made.socket.destroy())
  return made
}

/** Resolves when the server has answered: a connection that it took before is then at the desk. */
async function ask(asking: StreamClient, text = 'ab'): Promise<string | undefined> {
  asking.socket.write(framed(Buffer.from(text)))
  return (await asking.message())?.toString()
}

async function served(listening: Listening, from?: string): Promise<StreamClient> {
  const made = await client(listening, from)
  expect(await ask(made)).toBe('ba')
  return made
}

const whole: Respond = (_message, _length, _peer, out) => out.length

/** A client that asks for far more than it reads. */
async function deaf(listening: Listening, from?: string, queries = FLOOD_OF_REPLIES): Promise<StreamClient> {
  const made = await client(listening, from)
  made.socket.pause()
  made.socket.write(framed(...Array.from({ length: queries }, () => Buffer.from('give'))))
  return made
}

describe('RFC 7766 section 6.2.3: when all places are taken, the idle make room', () => {
  it('of one address, the connection idle longest', async () => {
    const listening = await listen({ perAddress: 2 })
    const [first, second] = [await served(listening), await served(listening)]
    expect(await ask(first)).toBe('ba')
    const third = await served(listening)
    await second.closing()
    expect(await ask(first)).toBe('ba')
    expect(await ask(third)).toBe('ba')
    expect(listening.traffic.read('tcpEvicted')).toBe(1)
    expect(listening.traffic.read('tcpTimeouts')).toBe(0)
    expect(listening.traffic.read('tcpRefused')).toBe(0)
  })

  it('of all, first one of the address that holds most, however long others are idle', async () => {
    const listening = await listen({ connections: 4 })
    const modest = await served(listening, '127.0.0.3')
    const greedy = [await served(listening, '127.0.0.2'), await served(listening, '127.0.0.2')]
    greedy.push(await served(listening, '127.0.0.2'))
    const next = await served(listening, '127.0.0.4')
    await greedy[0]!.closing()
    for (const alive of [modest, greedy[1]!, greedy[2]!, next]) expect(await ask(alive)).toBe('ba')
  })

  it('of addresses that hold as many, the one that was quiet longest', async () => {
    const listening = await listen({ connections: 3 })
    const [a, b, c] = [
      await served(listening, '127.0.0.2'),
      await served(listening, '127.0.0.3'),
      await served(listening, '127.0.0.4'),
    ]
    await ask(a!)
    const next = await served(listening, '127.0.0.5')
    await b!.closing()
    for (const alive of [a!, c!, next]) expect(await ask(alive)).toBe('ba')
  })

  it('who starts a message and goes no further is idle', async () => {
    const listening = await listen({ connections: 1 })
    const dripping = await served(listening)
    dripping.socket.write(Buffer.from([0, 9, 1]))
    await until('the start of a message', () => listening.traffic.read('bytesIn') === 4 + 3)
    await served(listening)
    await dripping.closing()
  })

  it('who has replies to read is not: the newcomer is refused, until the reader has stalled', async () => {
    const listening = await listen({ connections: 1 }, whole)
    const slow = await deaf(listening, '127.0.0.2')
    await until('a backlog', () => listening.traffic.read('bytesOut') > 256 * 1024)
    const refused = await client(listening, '127.0.0.3')
    await refused.closing()
    expect(listening.traffic.read('tcpRefused')).toBe(1)
    expect(listening.traffic.read('tcpEvicted')).toBe(0)
    await until('the place of the stalled one', async () => {
      const next = await client(listening, '127.0.0.3')
      next.socket.write(framed(Buffer.from('now')))
      return (await next.message()) !== null
    })
    expect(listening.traffic.read('tcpEvicted')).toBe(1)
    slow.socket.destroy()
  })

  it('who sends but does not read does not move', async () => {
    const listening = await listen({ idleMs: 300 }, whole)
    const deafOne = await deaf(listening)
    const sending = setInterval(() => deafOne.socket.write(framed(Buffer.from('more'))), 20)
    await until('the cut', () => listening.traffic.read('tcpTimeouts') === 1)
    clearInterval(sending)
  })

  it('IPv6 addresses count by /64', async () => {
    const traffic = newTraffic()
    const desk = new Desk(traffic, { ...PATIENT, perAddress: 1 })
    open.push(() => desk.close())
    // Loopback has one IPv6 address; what a socket says of its other end is all that the desk goes by.
    const arrive = (remoteAddress: string): Socket => {
      const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress })
      desk.admit(socket)?.open(socket, mirror)
      return socket
    }
    const [first, other] = [arrive('2001:db8:0:1::1'), arrive('2001:db8:0:2::1')]
    const second = arrive('2001:db8:0:1:ffff::2')
    expect([first.destroyed, other.destroyed, second.destroyed]).toEqual([true, false, false])
  })
})

describe('a well-behaved client among floods', () => {
  const ROUNDS = 40
  const PER_ROUND = 100

  /** Opens 4000 connections in rounds; between them a client with a kept connection and one with a new connection are served. */
  async function besiege(listening: Listening, from: (n: number) => string, burden: (one: StreamClient) => void) {
    const kept = await served(listening, '127.9.9.1')
    const flood: StreamClient[] = []
    open.push(() => {
      for (const one of flood) one.socket.destroy()
    })
    for (let round = 0; round < ROUNDS; round++) {
      const numbers = Array.from({ length: PER_ROUND }, (_, i) => round * PER_ROUND + i)
      const more = await Promise.all(numbers.map(n => StreamClient.tcp(listening.address, from(n))))
      for (const one of more) burden(one)
      flood.push(...more)
      expect(await ask(kept)).toBe('ba')
      const fresh = await served(listening, '127.9.9.2')
      fresh.socket.destroy()
    }
    return flood
  }
  const few = (n: number) => `127.1.1.${1 + (n % 100)}`
  const many = (n: number) => `127.2.${n >> 8}.${n & 255}`
  const silent = () => {}
  const starting = (one: StreamClient) => one.socket.write(Buffer.from([255, 255, 1, 2, 3]))

  it.each([
    ['4000 silent connections from 100 addresses', few, silent],
    ['4000 silent connections from 4000 addresses', many, silent],
    ['4000 unfinished messages from 100 addresses', few, starting],
    ['4000 unfinished messages from 4000 addresses', many, starting],
  ] as const)('%s', async (_, from, burden) => {
    const listening = await listen({ connections: 500 })
    const flood = await besiege(listening, from, burden)
    await until('the flood to be cut', () => flood.filter(one => !one.ended).length <= 500)
    expect(listening.traffic.read('tcpRefused')).toBe(0)
  })

  it('a hundred that ask for far more than they read', async () => {
    const listening = await listen({ connections: 50, held: 4 << 20 }, (message, length, peer, out) =>
      length === 4 ? whole(message, length, peer, out) : mirror(message, length, peer, out),
    )
    for (let n = 0; n < 100; n++) {
      await deaf(listening, many(n))
      if (n % 10 === 9) {
        await until('a place', async () => {
          const fresh = await client(listening, '127.9.9.2')
          return (await ask(fresh)) === 'ba'
        })
      }
    }
  })
})

describe('memory', () => {
  it('of unfinished messages is bounded: those who hold most are cut, the modest stay', async () => {
    const listening = await listen({ held: 1 << 20 })
    const modest = await served(listening, '127.0.0.9')
    modest.socket.write(framed(Buffer.from('later')).subarray(0, 4))
    const hoarders: StreamClient[] = []
    for (let i = 0; i < 60; i++) {
      const hoarder = await client(listening, `127.0.1.${i}`)
      hoarder.socket.write(Buffer.concat([Buffer.from([255, 255]), Buffer.alloc(60_000)]))
      hoarders.push(hoarder)
    }
    await until('some to be cut', () => listening.traffic.read('tcpEvicted') > 30)
    const left = hoarders.filter(one => !one.ended)
    expect(left.length).toBeLessThan(30)
    modest.socket.write(framed(Buffer.from('later')).subarray(4))
    expect((await modest.message())?.toString()).toBe('retal')
  })

  it('of unread replies is bounded', async () => {
    const listening = await listen({ held: 1 << 20 }, whole)
    for (let i = 0; i < 20; i++) await deaf(listening, `127.0.1.${i}`)
    await until('some to be cut', () => listening.traffic.read('tcpEvicted') > 10)
  })

  it('that was read again counts no more', async () => {
    const listening = await listen({ held: 2 << 20 }, whole)
    for (let i = 0; i < 8; i++) {
      const before = listening.traffic.read('bytesOut')
      const late = await deaf(listening, '127.0.0.1', 300)
      await until('a backlog', () => listening.traffic.read('bytesOut') - before > 256 * 1024)
      late.socket.resume()
      for (let reply = 0; reply < 300; reply++) expect(await late.message()).not.toBeNull()
    }
    expect(listening.traffic.read('tcpEvicted')).toBe(0)
  })
})
