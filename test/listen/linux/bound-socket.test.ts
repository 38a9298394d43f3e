import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Endpoint } from '../../../src/listen/bind-error.ts'
import { SEND_BUFFER_OCTETS } from '../../../src/listen/datagram.ts'
import { openDatagramSocket, openStreamSocket } from '../../../src/listen/linux/bound-socket.ts'
import { MSG_DONTWAIT, SO_RCVBUF, SO_SNDBUF, SOL_SOCKET } from '../../../src/listen/linux/constants.ts'
import type { UdpBatch } from '../../../src/listen/udp-batch.ts'
import { mirror, newTraffic, type TestTraffic } from '../fixture.ts'
import { PrivateNetwork } from '../private-network.ts'
import { respondOf } from '../responds.ts'
import { SyncClient } from '../sync-client.ts'
import { systemCalls } from '../system-calls.ts'
import { libc, newBatch } from '../udp-transports.ts'

const open: { close(): unknown }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

const shared = { transport: 'tcp', freebind: true, beside: false } as const
const OPTIONS = { receiveBuffer: 0, freebind: false, dontFragment: true, waitMs: 0 }

function granted(receiveBuffer: number, option = SO_RCVBUF): number {
  const { fd } = openDatagramSocket(libc!, { ...OPTIONS, host: '127.0.0.1', port: 0, receiveBuffer })
  const value = new Int32Array(1)
  libc!.getsockopt(fd, SOL_SOCKET, option, new Uint8Array(value.buffer), Uint8Array.of(4, 0, 0, 0))
  libc!.close(fd)
  return value[0]!
}

describe.skipIf(libc === null)('SO_SNDBUF', () => {
  it('has room for more than the replies that wait for one neighbour', () => {
    const most = Number(readFileSync('/proc/sys/net/core/wmem_max', 'utf8'))
    expect(granted(0, SO_SNDBUF)).toBeGreaterThanOrEqual(2 * Math.min(SEND_BUFFER_OCTETS, most))
  })
})

describe.skipIf(libc === null)('SO_RCVBUF', () => {
  it('is twice what was asked for, as the kernel counts its own part; 0 leaves it alone', () => {
    expect(granted(100_000)).toBe(200_000)
    expect(granted(300_000)).toBe(600_000)
    expect(granted(0)).not.toBe(granted(1))
  })

  it.skipIf(process.geteuid?.() !== 0)('goes beyond net.core.rmem_max with the right to it, else as far as it', () => {
    expect(granted(64 << 20)).toBe(128 << 20)
    process.seteuid!(65534)
    const [much, little] = [granted(64 << 20), granted(50_000)]
    process.seteuid!(0)
    expect(much).toBeLessThan(128 << 20)
    expect(little).toBe(100_000)
  })
})

describe.skipIf(libc === null || !PrivateNetwork.isAllowed())('in a network of its own', () => {
  let network: PrivateNetwork
  beforeEach(async () => {
    network = new PrivateNetwork()
    open.push(network)
    network.run('ip link set lo up mtu 1500')
    await network.has('127.0.0.1', '::1')
  })

  describe.each([
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ])('fragments, %s', (_family, host) => {
    /** A server whose replies are as long as asked, a client, and all that passes between them. */
    async function exchange(dontFragment: boolean) {
      const respond = await respondOf('asLongAsAsked')
      const traffic = newTraffic()
      const batch = newBatch({ respond, traffic, dontFragment })
      open.push(batch)
      const made = network.within(() => ({
        to: batch.open({ host, port: 0 }),
        asking: new SyncClient(host),
        wire: new Wire(),
      }))
      open.push(made.asking, made.wire)
      const reply = (octets: number): { got: number | undefined; packets: Packet[] } => {
        made.asking.send(String(octets), made.to)
        made.wire.packets()
        batch.turn()
        const packets = made.wire.packets()
        return { got: made.asking.receive()?.length, packets }
      }
      return { reply, traffic }
    }

    it('DF is set on every reply, and one too long for the link does not leave (RFC 9715 section 3.1)', async () => {
      const { reply, traffic } = await exchange(true)
      const { got, packets } = reply(1232)
      expect(got).toBe(1232)
      expect(packets).not.toHaveLength(0)
      for (const packet of packets) expect(packet).toEqual({ mayBeFragmented: false, isFragment: false })
      expect(reply(3000)).toEqual({ got: undefined, packets: [] })
      expect(traffic.read('sendErrors')).toBe(1)
      expect(reply(1300).got).toBe(1300)
    })

    it('else a long reply leaves in fragments', async () => {
      const { reply, traffic } = await exchange(false)
      const { got, packets } = reply(3000)
      expect(got).toBe(3000)
      expect(packets.filter(({ isFragment }) => isFragment).length).toBeGreaterThanOrEqual(3)
      expect(reply(1232).packets).toContainEqual({ mayBeFragmented: host === '127.0.0.1', isFragment: false })
      expect(traffic.read('sendErrors')).toBe(0)
    })
  })

  describe.each(['192.0.2.77', '2001:db8::77'])('an address that the machine lacks, %s', host => {
    const bound = (freebind: boolean): { batch: UdpBatch; to: Endpoint; traffic: TestTraffic } => {
      const traffic = newTraffic()
      const batch = newBatch({ respond: mirror, traffic, freebind })
      open.push(batch)
      return { batch, traffic, to: network.within(() => batch.open({ host, port: 0 })) }
    }
    const giveAddress = async (): Promise<void> => {
      network.run(`ip address add ${host} dev lo nodad`)
      await network.has(host)
    }

    it('is bound only when it may be (IP_FREEBIND), and serves once it is there', async () => {
      expect(() => bound(false)).toThrow(/EADDRNOTAVAIL/)
      const { batch, to } = bound(true)
      await giveAddress()
      const asking = network.within(() => new SyncClient(host))
      open.push(asking)
      asking.send('hello', to)
      batch.turn()
      expect(asking.texts()).toEqual(['olleh'])
    })

    it('TCP, too: connections are accepted once it is there', async () => {
      const fd = network.within(() => openStreamSocket(libc!, { ...shared, host, port: 0 }, 16))
      const server = createServer(socket => socket.end('welcome\n'))
      open.push(server)
      server.listen({ fd })
      await once(server, 'listening')
      await giveAddress()
      const { port } = server.address() as { port: number }
      const script = `exec 3<>/dev/tcp/${host}/${port} && cat <&3`
      const asking = network.within(() => spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] }))
      const [said] = await once(asking.stdout, 'data')
      expect(String(said)).toBe('welcome\n')
    })
  })

  it('TCP sockets share their port with nobody, and say so', () => {
    const listen = (host: string): number =>
      network.within(() => openStreamSocket(libc!, { ...shared, host, port: 5300 }, 16))
    const fd = listen('127.0.0.1')
    expect(() => listen('127.0.0.1')).toThrow(/^cannot listen on tcp 127\.0\.0\.1:5300 \(EADDRINUSE\): .*stop it/)
    libc!.close(fd)
    // Those of IPv6 are of IPv6 only.
    for (const each of [listen('::'), listen('0.0.0.0')]) libc!.close(each)
  })

  it('a port that the system picks is shared with nobody who has it already, and with those who come after', () => {
    const [first, second] = [0, 1].map(() => newBatch({ respond: mirror, traffic: newTraffic() }))
    open.push(first!, second!)
    network.within(() => {
      writeFileSync('/proc/sys/net/ipv4/ip_local_port_range', '40000 40000')
      expect(first!.open({ host: '127.0.0.1', port: 0 }).port).toBe(40000)
      expect(() => second!.open({ host: '127.0.0.1', port: 0 })).toThrow(/EADDRINUSE/)
      expect(second!.open({ host: '127.0.0.1', port: 40000 }).port).toBe(40000)
    })
  })

  it('link-local: bound with its interface, and the reply leaves by it', async () => {
    network.run('ip link add left type veth peer name right')
    for (const side of ['left', 'right']) network.run(`ip link set ${side} up`)
    network.run('ip address add fe80::1 dev left nodad')
    network.run('ip address add fe80::1 dev right nodad')
    await network.has('fe80::1 dev right')
    const batch = newBatch({ respond: mirror, traffic: newTraffic() })
    open.push(batch)
    const asking = network.within(() => new SyncClient('fe80::1%right'))
    open.push(asking)
    const to = network.within(() => batch.open({ host: 'fe80::1%right', port: 0 }))
    expect(() => network.within(() => batch.open({ host: 'fe80::1', port: 0 }))).toThrow(/EINVAL.*fe80::1%eth0/)
    network.within(() => asking.send('hello', { ...to, host: 'fe80::1%right' }))
    batch.turn()
    expect(asking.texts()).toEqual(['olleh'])
  })

  it('a socket that the operator ends from outside is a mishap of the network', ({ skip }) => {
    const traffic = newTraffic()
    const batch = newBatch({ respond: mirror, traffic })
    open.push(batch)
    network.within(() => batch.open({ host: '127.0.0.1', port: 5300 }))
    skip(!network.run('ss --kill --udp --all --numeric --no-header').includes('5300'), 'ss cannot end UDP sockets here')
    batch.turn()
    expect(traffic.read('sendErrors')).toBe(1)
    const asking = network.within(() => new SyncClient())
    open.push(asking)
    asking.send('hello', { host: '127.0.0.1', port: 5300 })
    batch.turn()
    expect(asking.texts()).toEqual(['olleh'])
  })
})

interface Packet {
  /** IPv4 without DF; never so for IPv6, where only the sender fragments. */
  readonly mayBeFragmented: boolean
  readonly isFragment: boolean
}

const AF_PACKET = 17
const SOCK_DGRAM = 2
/** ETH_P_ALL in the order of the network. */
const EVERYTHING = 0x0300
const FRAGMENT_HEADER = 44

/** The IP packets that pass every interface of the network in which it was opened, packet(7). */
class Wire {
  readonly #calls = systemCalls()
  readonly #fd = this.#calls.socket(AF_PACKET, SOCK_DGRAM, EVERYTHING)

  /** Those since the last look; those that leave are there once they were sent. */
  packets(): Packet[] {
    const packets: Packet[] = []
    const room = Buffer.alloc(65536)
    while (this.#calls.recv(this.#fd, room, room.length, MSG_DONTWAIT) > 0) packets.push(this.#read(room))
    return packets
  }

  close(): void {
    this.#calls.close(this.#fd)
  }

  #read(packet: Buffer): Packet {
    if (packet[0]! >>> 4 === 6) return { mayBeFragmented: false, isFragment: packet[6] === FRAGMENT_HEADER }
    // RFC 791 section 3.1: flags and offset; 0x4000 = DF, 0x2000 = more fragments.
    const word = packet.readUInt16BE(6)
    return { mayBeFragmented: (word & 0x4000) === 0, isFragment: (word & 0x3fff) !== 0 }
  }
}
