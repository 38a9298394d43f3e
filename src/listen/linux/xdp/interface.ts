import { AF_INET, SOCK_CLOEXEC, SOCK_DGRAM } from '../constants.ts'
import type { Libc } from '../libc.ts'

/** What an AF_XDP transport has to know of a network interface. */
export interface Interface {
  readonly name: string
  readonly index: number
  /** Ethernet address, 6 octets. */
  readonly mac: Uint8Array
  /** Longest IP packet, octets. */
  readonly mtu: number
  /** Receive queues, at least 1. */
  readonly queues: number
}

/** netdevice(7); linux/ethtool.h */
const SIOCGIFMTU = 0x8921
const SIOCGIFHWADDR = 0x8927
const SIOCETHTOOL = 0x8946
const ETHTOOL_GCHANNELS = 0x3c
const ARPHRD_ETHER = 1

/*
 *   ifreq             0 name(16)  16 address family or MTU, or pointer(8)  18 Ethernet address(6)      40 octets
 *   ethtool_channels  0 command(4)  4 most: receive, transmit, other, combined(4 each)  20 the same as they are now     36 octets
 */
const IFREQ = 40
const NAME_OCTETS = 16
const CHANNELS = 36
const RECEIVE_NOW = 20
const COMBINED_NOW = 32

/** Reads an interface of this thread's network. null when there is none such that carries Ethernet. */
export function readInterface(libc: Libc, name: string): Interface | null {
  const index = libc.interfaceIndex(name)
  if (index === 0 || Buffer.byteLength(name) >= NAME_OCTETS) return null
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) return null
  try {
    const address = request(libc, fd, name, SIOCGIFHWADDR)
    const mtu = request(libc, fd, name, SIOCGIFMTU)
    if (address === null || mtu === null || address.getUint16(16, true) !== ARPHRD_ETHER) return null
    const mac = new Uint8Array(address.buffer.slice(18, 24))
    return { name, index, mac, mtu: mtu.getInt32(16, true), queues: queuesOf(libc, fd, name) }
  } finally {
    libc.close(fd)
  }
}

function request(libc: Libc, fd: number, name: string, what: number): DataView<ArrayBuffer> | null {
  const view = named(name)
  return libc.ioctl(fd, what, new Uint8Array(view.buffer)) === 0 ? view : null
}

/** A driver that does not tell has one. */
function queuesOf(libc: Libc, fd: number, name: string): number {
  const channels = new DataView(new ArrayBuffer(CHANNELS))
  channels.setUint32(0, ETHTOOL_GCHANNELS, true)
  const ifreq = named(name)
  ifreq.setBigUint64(16, BigInt(libc.addressOf(new Uint8Array(channels.buffer))), true)
  if (libc.ioctl(fd, SIOCETHTOOL, new Uint8Array(ifreq.buffer)) !== 0) return 1
  return Math.max(1, channels.getUint32(RECEIVE_NOW, true) + channels.getUint32(COMBINED_NOW, true))
}

function named(name: string): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(IFREQ))
  new Uint8Array(view.buffer).set(Buffer.from(name))
  return view
}
