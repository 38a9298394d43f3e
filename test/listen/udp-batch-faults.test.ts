import { afterEach, describe, expect, it } from 'vitest'
import type { Endpoint } from '../../src/listen/bind-error.ts'
import type { Libc } from '../../src/listen/linux/libc.ts'
import { mirror, newTraffic } from './fixture.ts'
import { PrivateNetwork } from './private-network.ts'
import { SyncClient } from './sync-client.ts'
import { libc, newBatch } from './udp-transports.ts'

const ERRNO = {
  EPERM: 1,
  EINTR: 4,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EFAULT: 14,
  EINVAL: 22,
  EMSGSIZE: 90,
  ENETDOWN: 100,
  ECONNABORTED: 103,
  ENOBUFS: 105,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
} as const
type Fault = keyof typeof ERRNO
type Call = 'recvmmsg' | 'sendmmsg' | 'poll'
/** What becomes of one call: an error, or that so many datagrams are moved and no more; of poll, 0 = its time was up. */
type Step = Fault | number

/** The real C library, but for the next calls of some kinds. A kernel does not fail when it is told to. */
class FaultyLibc {
  readonly libc: Libc
  readonly #steps: Record<Call, Step[]> = { recvmmsg: [], sendmmsg: [], poll: [] }
  readonly calls: Record<Call, number> = { recvmmsg: 0, sendmmsg: 0, poll: 0 }
  #errno = 0

  constructor(real: Libc) {
    const faulty = (call: Call, really: (most: number) => number, count: number): number => {
      this.calls[call]++
      const step = this.#steps[call].shift() ?? count
      if (typeof step === 'string') this.#errno = ERRNO[step]
      if (typeof step === 'string' || step === 0) return step === 0 ? 0 : -1
      const result = really(Math.min(step, count))
      if (result < 0) this.#errno = real.errno()
      return result
    }
    this.libc = {
      ...real,
      recvmmsg: (fd, headers, count, flags, timeout) =>
        faulty('recvmmsg', most => real.recvmmsg(fd, headers, most, flags, timeout), count),
      sendmmsg: (fd, headers, count, flags) =>
        faulty('sendmmsg', most => real.sendmmsg(fd, headers, most, flags), count),
      poll: (fds, count, milliseconds) => faulty('poll', () => real.poll(fds, count, milliseconds), count),
      errno: () => this.#errno,
    }
  }

  /** From now on these become of the next calls; the ones behind them are real. */
  next(call: Call, ...steps: Step[]): void {
    this.#steps[call] = steps
    this.calls[call] = 0
  }
}

const open: { close(): unknown }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

/** A batch on one address whose kernel fails on demand, and ten messages that wait for it. */
function faulty(messages = 10) {
  const kernel = new FaultyLibc(libc!)
  const traffic = newTraffic()
  const batch = newBatch({ libc: kernel.libc, respond: mirror, traffic })
  const asking = new SyncClient()
  open.push(batch, asking)
  const address = batch.open({ host: '127.0.0.1', port: 0 })
  const ask = (count: number, to: Endpoint = address): void => {
    for (let i = 0; i < count; i++) asking.send(String(i), to)
  }
  ask(messages)
  return { kernel, traffic, batch, asking, ask }
}
const ALL = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

describe.skipIf(libc === null)('replies', () => {
  it('that leave in parts all leave, in order, once', () => {
    const { kernel, traffic, batch, asking } = faulty()
    kernel.next('sendmmsg', 1, 3, 2, 'EINTR', 1, 'EINTR', 'EINTR')
    batch.turn()
    expect(asking.texts()).toEqual(ALL)
    expect(traffic.read('sendErrors')).toBe(0)
    expect(kernel.calls.sendmmsg).toBe(8)
  })

  it.each(['EPERM', 'ENOBUFS', 'ENOMEM', 'EMSGSIZE', 'EHOSTUNREACH', 'EINVAL'] as const)(
    'of which one is refused with %s: the others leave',
    fault => {
      const { kernel, traffic, batch, asking } = faulty()
      kernel.next('sendmmsg', 2, fault, 1, fault)
      batch.turn()
      expect(asking.texts()).toEqual(ALL.filter(text => text !== '2' && text !== '4'))
      expect(traffic.read('sendErrors')).toBe(2)
    },
  )

  it('are waited for while the send buffer is full', () => {
    const { kernel, traffic, batch, asking } = faulty()
    kernel.next('sendmmsg', 'EAGAIN', 4, 'EAGAIN', 'EINTR', 2, 'EAGAIN')
    kernel.next('poll', 1, 'EINTR')
    batch.turn()
    expect(asking.texts()).toEqual(ALL)
    expect(kernel.calls.poll).toBe(3)
    expect(traffic.read('sendErrors')).toBe(0)
  })

  it('are given up when it stays full', () => {
    const { kernel, traffic, batch, asking, ask } = faulty()
    kernel.next('sendmmsg', 3, 'EAGAIN')
    kernel.next('poll', 0)
    batch.turn()
    expect(asking.texts()).toEqual(ALL.slice(0, 3))
    expect(traffic.read('sendErrors')).toBe(7)
    ask(2)
    batch.turn()
    expect(asking.texts()).toEqual(['0', '1'])
  })

  it('are given up one by one, without end to wait for, when the kernel has room and takes none', () => {
    const { kernel, traffic, batch, asking } = faulty()
    kernel.next('sendmmsg', 1, ...new Array<Fault>(1000).fill('EAGAIN'))
    batch.turn()
    expect(asking.texts()).toEqual(ALL.slice(0, 1))
    expect(traffic.read('sendErrors')).toBe(9)
    expect(kernel.calls.poll).toBe(9)
  })
})

describe.skipIf(libc === null)('a turn in which nothing comes', () => {
  it.each(['EAGAIN', 'EINTR', 'ENOMEM', 'ENOBUFS'] as const)('for %s: the next one brings it', fault => {
    const { kernel, traffic, batch, asking } = faulty()
    kernel.next('recvmmsg', fault)
    batch.turn()
    expect(asking.texts()).toEqual([])
    batch.turn()
    expect(asking.texts()).toEqual(ALL)
    expect(traffic.read('sendErrors')).toBe(0)
  })

  it.each(['ENETDOWN', 'ECONNABORTED', 'ECONNREFUSED', 'EHOSTUNREACH'] as const)(
    'for %s, which the network left on the socket: counted, and the next one brings it',
    fault => {
      const { kernel, traffic, batch, asking } = faulty()
      kernel.next('recvmmsg', fault)
      batch.turn()
      expect(traffic.read('sendErrors')).toBe(1)
      batch.turn()
      expect(asking.texts()).toEqual(ALL)
    },
  )

  it.each(['EBADF', 'EFAULT', 'EINVAL'] as const)(
    'for %s, a fault of ours: thrown, since it would come for ever',
    fault => {
      const { kernel, batch } = faulty()
      kernel.next('recvmmsg', fault)
      expect(() => batch.turn()).toThrow(`recvmmsg: ${fault}`)
    },
  )

  it('for an interrupted poll, too; but not for one that is wrong', () => {
    const { kernel, batch, asking } = faulty()
    batch.open({ host: '127.0.0.2', port: 0 })
    kernel.next('poll', 'EINTR', 'ENOMEM', 'EINVAL')
    batch.turn()
    batch.turn()
    expect(() => batch.turn()).toThrow('poll: EINVAL')
    expect(kernel.calls.recvmmsg).toBe(0)
    batch.turn()
    expect(asking.texts()).toEqual(ALL)
  })

  it('because a socket is gone: thrown', () => {
    const { kernel, batch } = faulty()
    const fds: number[] = []
    const socket = kernel.libc.socket
    kernel.libc.socket = (...of) => fds[fds.push(socket(...of)) - 1]!
    const two = newBatch({ libc: kernel.libc, respond: mirror, traffic: newTraffic() })
    open.push(two)
    for (const host of ['127.0.0.1', '127.0.0.2']) two.open({ host, port: 0 })
    libc!.close(fds[0]!)
    expect(() => two.turn()).toThrow('recvmmsg: EBADF')
    // The number is the batch's to close: nobody else may get it before.
    expect(libc!.socket(2, 2, 0)).toBe(fds[0])
    batch.turn()
  })
})

describe.skipIf(libc === null || !PrivateNetwork.isAllowed())(
  'a send buffer that is really full, before a slow link',
  () => {
    /** Ten replies of 1000 octets, through a link of `rate`, out of a buffer that holds two of them. */
    function throughSlowLink(rate: string) {
      const network = new PrivateNetwork()
      open.push(network)
      network.run('ip link set lo up')
      const narrow: Libc = { ...libc!, bind: (fd, ...address) => narrowed(fd) || libc!.bind(fd, ...address) }
      const traffic = newTraffic()
      const batch = newBatch({
        libc: narrow,
        traffic,
        respond: (message, length, peer, out) => mirror(message, length, peer, out) && 1000,
      })
      const { asking, to } = network.within(() => ({
        asking: new SyncClient(),
        to: batch.open({ host: '127.0.0.1', port: 0 }),
      }))
      open.push(batch, asking)
      for (const text of ALL) asking.send(text, to)
      network.run(`tc qdisc add dev lo root tbf rate ${rate} burst 2000 limit 1000000`)
      batch.turn()
      return { asking, traffic }
    }

    it('empties again: every reply leaves', () => {
      const { asking, traffic } = throughSlowLink('8mbit')
      expect(traffic.read('sendErrors')).toBe(0)
      expect(asking.texts().map(text => text[0])).toEqual(ALL)
    })

    it('stays full: the rest is dropped and counted', () => {
      const { traffic } = throughSlowLink('8kbit')
      expect(traffic.read('sendErrors')).toBeGreaterThan(4)
      expect(traffic.read('sendErrors')).toBeLessThan(10)
    })
  },
)

const SOL_SOCKET = 1
const SO_SNDBUF = 7
/** As small as the kernel lets it be: 4608 octets, with what it counts for itself. */
function narrowed(fd: number): number {
  return libc!.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, new Uint8Array(4), 4)
}
