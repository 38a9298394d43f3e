import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { newPeer } from '../../src/base/peer.ts'
import { MessageStream } from '../../src/listen/message-stream.ts'
import type { Respond } from '../../src/listen/respond.ts'
import { Turns } from '../../src/listen/turns.ts'
import { until } from '../fixture/until.ts'
import { framed, mirror, newTraffic } from './fixture.ts'

/**
 * A stream over a socket whose other end is the test: what a network shows only by chance, each write by itself and a client that reads
 * nothing, can be had at will.
 */
function open(respond: Respond = mirror) {
  const writes: Buffer[] = []
  const unread: (() => void)[] = []
  let reads = true
  const socket = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, taken) => {
      writes.push(chunk)
      if (reads) taken()
      else unread.push(taken)
    },
  })
  let moved = 0
  const traffic = newTraffic()
  const host = { traffic, turns: new Turns(), moved: () => moved++, weighed: () => {} }
  const stream = new MessageStream(socket as Socket, newPeer(), respond, host)
  return {
    stream,
    traffic,
    writes,
    moved: () => moved,
    hold: () => {
      reads = false
    },
    release: () => {
      reads = true
      for (const taken of unread.splice(0)) taken()
    },
    /** One segment from the client; resolves when `count` writes in all have been made. */
    send: async (segment: Buffer, count: number) => {
      socket.push(segment)
      await until(`${count} writes`, () => writes.length === count, 5_000, 1)
    },
  }
}

describe('MessageStream', () => {
  it('RFC 7766 section 8: length and message are one write', async () => {
    const { writes, send } = open()
    await send(framed(Buffer.from('hello')), 1)
    expect(writes).toEqual([framed(Buffer.from('olleh'))])
  })

  it('replies to queries that came together are one write, silence between them', async () => {
    const { writes, send } = open((m, length, peer, out) => (length === 1 ? 0 : mirror(m, length, peer, out)))
    await send(framed(...['ab', '-', 'cd', '', 'ef'].map(text => Buffer.from(text))), 1)
    expect(writes).toEqual([framed(...['ba', 'dc', 'fe'].map(text => Buffer.from(text)))])
  })

  it('large replies leave whole, as soon as there is no room for another behind them', async () => {
    const { writes, send } = open((_m, _l, _p, out) => out.fill(1, 0, 60_000) && 60_000)
    await send(framed(...Array.from({ length: 5 }, () => Buffer.from('give'))), 3)
    expect(writes.map(({ length }) => length)).toEqual([120_004, 120_004, 60_002])
  })

  it('a client moves when it asks with nothing unread; asking for more while replies wait is no sign of life', async () => {
    const { stream, traffic, moved, send, hold, release } = open()
    const began = performance.now()
    await send(framed(Buffer.from('one')), 1)
    hold()
    await send(framed(Buffer.from('two')), 2)
    expect(moved()).toBe(2)
    const movedAt = performance.now()
    await send(framed(Buffer.from('three')), 2)
    await until('the third reply', () => traffic.read('bytesOut') === 5 + 5 + 7, 5_000, 1)
    expect(moved()).toBe(2)
    expect([stream.isBusy(began), stream.isBusy(movedAt)]).toEqual([true, false])
    expect(stream.isLate(movedAt + 1_001, 1_000, 600_000)).toBe(true)
    release()
    await send(framed(Buffer.from('four')), 4)
    expect(moved()).toBe(3)
    expect(stream.isLate(movedAt + 1_000, 1_000, 600_000)).toBe(false)
  })
})
