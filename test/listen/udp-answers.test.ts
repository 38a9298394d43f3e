import type { RemoteInfo } from 'node:dgram'
import { describe, expect, it } from 'vitest'
import { answerDatagrams, type DatagramSocket, MOST_WAITING } from '../../src/listen/udp-answers.ts'
import { mirror, newTraffic } from './fixture.ts'

/** A socket whose kernel is busy: sends wait until the test lets them go. On loopback no real socket's ever does. */
class BusySocket implements DatagramSocket {
  receive: (message: Buffer, from: RemoteInfo) => void = () => {}
  readonly waiting: { octets: Uint8Array; length: number; sent: (error: Error | null) => void }[] = []
  on(_event: 'message', listener: (message: Buffer, from: RemoteInfo) => void): void {
    this.receive = listener
  }
  send(
    octets: Uint8Array,
    _o: number,
    length: number,
    port: number,
    _a: string,
    sent: (e: Error | null) => void,
  ): void {
    if (port === 0) throw new RangeError('Port should be > 0 and < 65536')
    this.waiting.push({ octets, length, sent })
  }
  ask(text: string, port = 5000, address = '192.0.2.1'): void {
    this.receive(Buffer.from(text), { address, port, family: 'IPv4', size: text.length })
  }
  /** What would leave now. */
  texts(): string[] {
    return this.waiting.map(({ octets, length }) => Buffer.from(octets).toString('latin1', 0, length))
  }
}

function busy() {
  const socket = new BusySocket()
  const traffic = newTraffic()
  answerDatagrams(socket, mirror, traffic)
  return { socket, traffic }
}

describe('answerDatagrams', () => {
  it('a reply that waits is not overwritten by the next ones', () => {
    const { socket } = busy()
    for (const text of ['one', 'two', 'three']) socket.ask(text)
    expect(socket.texts()).toEqual(['eno', 'owt', 'eerht'])
  })

  it('one buffer serves as long as nothing waits', () => {
    const { socket } = busy()
    const buffers = ['one', 'two', 'three'].map(text => {
      socket.ask(text)
      const { octets, sent } = socket.waiting.shift()!
      sent(null)
      return octets
    })
    expect(new Set(buffers).size).toBe(1)
  })

  it('so many may wait and no more; what is dropped is counted', () => {
    const { socket, traffic } = busy()
    for (let i = 0; i < MOST_WAITING + 7; i++) socket.ask(`message ${i}`)
    expect(socket.waiting).toHaveLength(MOST_WAITING)
    expect(traffic.read('sendErrors')).toBe(7)
    socket.waiting[0]!.sent(null)
    socket.ask('room again')
    expect(socket.waiting).toHaveLength(MOST_WAITING + 1)
  })

  it('failed sends are counted', () => {
    const { socket, traffic } = busy()
    socket.ask('one')
    socket.waiting[0]!.sent(new Error('EPERM'))
    expect(traffic.read('sendErrors')).toBe(1)
  })

  it('source port 0 is dropped unanswered: `send` would throw', () => {
    const { socket, traffic } = busy()
    socket.ask('one', 0)
    expect(socket.waiting).toHaveLength(0)
    expect(traffic.read('ignored')).toBe(1)
  })
})
