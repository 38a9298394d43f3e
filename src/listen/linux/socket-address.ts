import { familyOf, parseAddress, wordOf } from '../../base/ip.ts'
import type { Peer } from '../../base/peer.ts'
import type { Endpoint } from '../bind-error.ts'
import { AF_INET, AF_INET6 } from './constants.ts'

/*
 *   sockaddr_in    0 family(2)  2 port(2)  4 address(4)                                          16 octets, ip(7)
 *   sockaddr_in6   0 family(2)  2 port(2)  4 flow information(4)  8 address(16)  24 scope id(4)  28 octets, ipv6(7)
 *
 * Family and scope id are in the order of the machine (low octet first), port and address in that of the network.
 */
export const LONGEST_SOCKET_ADDRESS = 28
const IPV4_OCTETS = 16

/**
 * The address to bind to; `interfaceIndex` finds the number of the interface of a link-local one (`fe80::1%eth0`), 0 = none such.
 * null for what is no literal address.
 */
export function socketAddress({ host, port }: Endpoint, interfaceIndex: (name: string) => number): Uint8Array | null {
  const [literal = '', zone] = host.split('%')
  const address = parseAddress(literal)
  if (address === null) return null
  const v6 = familyOf(address) === 6
  const view = new DataView(new ArrayBuffer(v6 ? LONGEST_SOCKET_ADDRESS : IPV4_OCTETS))
  view.setUint16(0, v6 ? AF_INET6 : AF_INET, true)
  view.setUint16(2, port)
  for (let word = 0; word < (v6 ? 4 : 1); word++) view.setUint32((v6 ? 8 : 4) + 4 * word, wordOf(address, word))
  if (v6 && zone !== undefined) view.setUint32(24, interfaceIndex(zone), true)
  return new Uint8Array(view.buffer)
}

/** Port of the socket address at `octets[at..]`, 0..65535. */
export function portAt(octets: Uint8Array, at: number): number {
  return (octets[at + 2]! << 8) | octets[at + 3]!
}

/** Reads the address at `octets[at..]` into `peer`. */
export function readPeerAt(octets: Uint8Array, at: number, peer: Peer): void {
  peer.port = portAt(octets, at)
  if (octets[at] === AF_INET) {
    peer.family = 4
    peer.hi = wordAt(octets, at + 4)
    peer.lo = 0
    peer.hostHi = 0
    peer.hostLo = 0
    return
  }
  peer.family = 6
  peer.hi = wordAt(octets, at + 8)
  peer.lo = wordAt(octets, at + 12)
  peer.hostHi = wordAt(octets, at + 16)
  peer.hostLo = wordAt(octets, at + 20)
}

/**
 * Writes the socket address of a peer; returns its length. `interfaceIndex`: the interface that the peer was heard by, which is where a link-local
 * address holds.
 */
export function writePeer(octets: Uint8Array, peer: Peer, port: number, interfaceIndex: number): number {
  const { family, hi, lo, hostHi, hostLo } = peer
  const view = new DataView(octets.buffer, octets.byteOffset, LONGEST_SOCKET_ADDRESS)
  octets.fill(0)
  view.setUint16(0, family === 6 ? AF_INET6 : AF_INET, true)
  view.setUint16(2, port)
  if (family === 4) {
    view.setUint32(4, hi)
    return IPV4_OCTETS
  }
  view.setUint32(8, hi)
  view.setUint32(12, lo)
  view.setUint32(16, hostHi)
  view.setUint32(20, hostLo)
  // fe80::/10, RFC 4007 section 6
  if (hi >>> 22 === 0xfe80 >>> 6) view.setUint32(24, interfaceIndex, true)
  return LONGEST_SOCKET_ADDRESS
}

function wordAt(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0
}
