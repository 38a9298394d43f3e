import { spawn } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { droppedDatagrams } from '../../src/listen/linux/bound-socket.ts'
import type { Respond } from '../../src/listen/respond.ts'
import { BATCH, type UdpBatchOptions } from '../../src/listen/udp-batch.ts'
import { mirror, newTraffic, reversed } from './fixture.ts'
import { respondOf } from './responds.ts'
import { SyncClient } from './sync-client.ts'
import { libc, newBatch } from './udp-transports.ts'

const open: { close(): unknown }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

function serve(options: Partial<UdpBatchOptions> = {}) {
  const traffic = newTraffic()
  const batch = newBatch({ respond: mirror, traffic, ...options })
  open.push(batch)
  return { batch, traffic }
}
function client(host = '127.0.0.1'): SyncClient {
  const made = new SyncClient(host)
  open.push(made)
  return made
}
const local = (host = '127.0.0.1') => ({ host, port: 0 })
const mirrored = (text: string): string => reversed(Buffer.from(text)).toString()

describe.skipIf(libc === null)('a turn', () => {
  it(`answers ${BATCH} datagrams, in order; the next one waits for the next turn`, () => {
    const { batch } = serve()
    const [asking, to] = [client(), batch.open(local())]
    const messages = Array.from({ length: BATCH + 1 }, (_, i) => `message ${i}`)
    for (const message of messages) asking.send(message, to)
    batch.turn()
    expect(asking.texts()).toEqual(messages.slice(0, BATCH).map(mirrored))
    batch.turn()
    expect(asking.texts()).toEqual(messages.slice(BATCH).map(mirrored))
    batch.turn()
    expect(asking.texts()).toEqual([])
  })

  it('says when it begins to answer: once a batch, before the first, and not when nothing came', () => {
    const said: string[] = []
    const respond: Respond = (message, length) => {
      said.push(Buffer.from(message.subarray(0, length)).toString())
      return 0
    }
    const { batch } = serve({ respond, begin: () => said.push('begins') })
    const [asking, to] = [client(), batch.open(local())]
    for (const text of ['one', 'two']) asking.send(text, to)
    batch.turn()
    batch.turn()
    asking.send('three', to)
    batch.turn()
    expect(said).toEqual(['begins', 'one', 'two', 'begins', 'three'])
  })

  it('gives each its own answer where others get none', async () => {
    const { batch } = serve({ respond: await respondOf('silentForOne') })
    const to = batch.open(local())
    const clients = Array.from({ length: BATCH }, () => client())
    clients.forEach((each, i) => {
      each.send(i % 3 === 1 ? '!' : `number ${i}`, to)
    })
    batch.turn()
    expect(clients.map(each => each.texts())).toEqual(
      clients.map((_, i) => (i % 3 === 1 ? [] : [mirrored(`number ${i}`)])),
    )
  })

  it('waits for the first datagram only, with one socket and with several', () => {
    const { batch, traffic } = serve({ waitMs: 60_000 })
    const asking = client()
    const to = [batch.open(local())]
    asking.send('one', to[0]!)
    batch.turn()
    to.push(batch.open(local()))
    asking.send('two', to[1]!)
    batch.turn()
    expect(traffic.read('bytesIn')).toBe(6)
    expect(asking.texts()).toEqual(['eno', 'owt'])
  })

  it.each([1, 2])('waits for a datagram that is yet to come, with %i sockets', sockets => {
    const { batch, traffic } = serve({ waitMs: 60_000 })
    const addresses = Array.from({ length: sockets }, () => batch.open(local()))
    // The pause lets the turn begin first; without it nothing would be tested, and nothing fail.
    const script = `sleep 0.3; echo -n hello > /dev/udp/127.0.0.1/${addresses.at(-1)!.port}`
    spawn('bash', ['-c', script], { stdio: 'ignore' })
    batch.turn()
    expect(traffic.read('bytesIn')).toBe(5)
  })

  it('is over when the wait is, without datagrams: with no socket, one, several, and none again', () => {
    const { batch } = serve({ waitMs: 1 })
    batch.turn()
    for (const _ of [1, 2, 3]) {
      batch.open(local())
      batch.turn()
    }
    batch.close()
    batch.turn()
    batch.close()
  })

  it('answers a batch of each socket, however busy one is', () => {
    const { batch } = serve()
    const [busy, quiet] = [batch.open(local()), batch.open(local('127.0.0.2'))]
    const [flood, asking] = [client(), client()]
    for (let i = 0; i < 500; i++) flood.send('flood', busy)
    asking.send('one', quiet)
    batch.turn()
    expect(asking.texts()).toEqual(['eno'])
    expect(flood.texts()).toHaveLength(BATCH)
  })
})

describe.skipIf(libc === null)('several sockets', () => {
  it('IPv4 and IPv6 share the memory of a batch: every sender stays whole', async () => {
    const { batch } = serve({ respond: await respondOf('tellPeer') })
    const [v4, v6] = [batch.open(local()), batch.open(local('::1'))]
    const [four, six] = [client('127.9.8.7'), client('::1')]
    for (const round of [1, 2]) {
      for (let i = 0; i < BATCH; i++) {
        four.send(`${round}`, v4)
        six.send(`${round}`, v6)
      }
      batch.turn()
      expect(new Set(four.texts())).toEqual(new Set([`4 7f090807 0 0 0 ${round}`]))
      const sixes = six.texts()
      expect(sixes).toHaveLength(BATCH)
      expect(new Set(sixes)).toEqual(new Set([`6 0 0 0 1 ${round}`]))
    }
  })

  it('two batches share one address: each gets some of the clients, and each client one answer', () => {
    const [first, second] = [serve(), serve()]
    const to = first.batch.open(local())
    expect(second.batch.open(to)).toEqual(to)
    const clients = Array.from({ length: 200 }, () => client())
    for (const each of clients) each.send('x', to)
    for (let i = 0; i < 200 / BATCH; i++) for (const { batch } of [first, second]) batch.turn()
    expect(clients.map(each => each.texts())).toEqual(clients.map(() => ['x']))
    const [some, others] = [first, second].map(({ traffic }) => traffic.read('bytesIn'))
    expect(some! + others!).toBe(200)
    expect(Math.min(some!, others!)).toBeGreaterThan(20)
  })

  it('an address that cannot be bound leaves the others as they were, and no descriptor open', () => {
    const { batch } = serve()
    const to = batch.open(local())
    const before = libc!.socket(2, 2, 0)
    libc!.close(before)
    for (const host of ['203.0.113.77', 'fe80::1', 'no address'])
      for (let i = 0; i < 5; i++) expect(() => batch.open(local(host))).toThrow('cannot listen')
    // The lowest free number is the next one: POSIX, socket().
    const after = libc!.socket(2, 2, 0)
    libc!.close(after)
    expect(after).toBe(before)
    const asking = client()
    asking.send('one', to)
    batch.turn()
    expect(asking.texts()).toEqual(['eno'])
  })
})

describe.skipIf(libc === null)('what escapes from `respond`', () => {
  it('comes out of the turn behind the replies made; the rest of the batch is counted, and the next turn is sound', async () => {
    const { batch, traffic } = serve({ respond: await respondOf('dieOfBoom') })
    const [v4, v6] = [batch.open(local()), batch.open(local('::1'))]
    const [asking, six] = [client(), client('::1')]
    for (const text of ['one', 'boom', 'two', 'three']) asking.send(text, v4)
    expect(() => batch.turn()).toThrow('boom it was')
    expect(asking.texts()).toEqual(['eno'])
    expect(traffic.read('ignored')).toBe(3)
    // Names of IPv6 are longer: there must be room for them again.
    for (let i = 0; i < 4; i++) six.send(`six ${i}`, v6)
    asking.send('four', v4)
    batch.turn()
    expect(six.texts()).toEqual(['0 xis', '1 xis', '2 xis', '3 xis'])
    expect(asking.texts()).toEqual(['ruof'])
  })
})

describe.skipIf(libc === null)('what does not fit', () => {
  it('into the receive buffer is counted by the kernel, of all sockets together', () => {
    const { batch, traffic } = serve({ receiveBuffer: 4096 })
    const to = [batch.open(local()), batch.open(local('127.0.0.2')), batch.open(local('127.0.0.3'))]
    expect(batch.dropped).toBe(0)
    const asking = client()
    for (let i = 0; i < 100; i++) for (const each of to.slice(0, 2)) asking.send('x', each)
    for (let i = 0; i < 5; i++) batch.turn()
    expect(traffic.read('bytesIn')).toBeGreaterThan(0)
    expect(batch.dropped).toBe(200 - traffic.read('bytesIn'))
    expect(batch.dropped).toBeGreaterThan(0)
  })

  it('nothing is told of what is no socket', () => expect(droppedDatagrams(libc!, -1)).toBe(0))
})
