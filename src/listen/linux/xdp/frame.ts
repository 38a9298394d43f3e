import type { Octets } from '../../../base/octets.ts'
import type { Peer } from '../../../base/peer.ts'
import { checksumFor, copySumming, folded, sumOf, swapped } from './checksum.ts'

/*
 * Ethernet     0 destination(6)  6 source(6)  12 type(2)                                                                  14 octets
 * IPv4        14 0x45  15 class(1)  16 length(2)  18 id(2)  20 DF, fragment(2)  22 TTL(1)  23 protocol(1)  24 checksum(2)
 *             26 source(4)  30 destination(4)                                                               RFC 791,  20 octets
 * IPv6        14 6, class, flow label(4)  18 length of what follows(2)  20 protocol(1)  21 hop limit(1)
 *             22 source(16)  38 destination(16)                                                             RFC 8200, 40 octets
 * UDP          0 source port(2)  2 destination port(2)  4 length(2)  6 checksum(2)                          RFC 768,   8 octets
 */
export const ETHERNET = 14
const TYPE = 12
const TYPE_IPV4 = 0x0800
const TYPE_IPV6 = 0x86dd
const UDP = 8
const PROTOCOL_UDP = 17
const DF = 0x4000
const MORE_FRAGMENTS_OR_OFFSET = 0x3fff
/** The two offsets of the UDP header, by which the family is known, too. */
export const UDP_IN_IPV4 = ETHERNET + 20
export const UDP_IN_IPV6 = ETHERNET + 40

/** What leaves beside the answer itself. */
export interface LeavingOptions {
  /** DF on IPv4; without it packets are numbered, so that a router may cut them up (RFC 6864). */
  readonly dontFragment: boolean
  /** TTL and hop limit of what leaves, 1..255. */
  readonly ttl: number
  readonly hopLimit: number
}

/**
 * Reads the UDP datagrams of Ethernet frames, and writes their answers: back to where they came from, all addresses exchanged.
 *
 * The interface has not looked at what it received: every length and checksum is verified here. One thing is different from a wire: what a
 * machine sends to itself over a virtual interface (veth) carries the sum of the pseudo-header alone, for a card to finish that is not there
 * (CHECKSUM_PARTIAL). No way leads from XDP to the flag that tells; so such a sum passes for a right one.
 */
export class UdpFrames {
  readonly #options: LeavingOptions
  /** Identification of the next IPv4 packet without DF. */
  #id = 0
  /** Of the frame read last: where its UDP header is ({@link UDP_IN_IPV4}, {@link UDP_IN_IPV6}). */
  #udp = 0

  constructor(options: LeavingOptions) {
    this.#options = options
  }

  /**
   * Reads the frame `frames[at..at+length)`: who sent it, and its payload, which is copied into `inbox`. Returns the payload's length; -1 for
   * what is not whole and right, or comes from port 0, where nobody can be answered.
   */
  read(frames: DataView, at: number, length: number, peer: Peer, inbox: Octets): number {
    this.#udp = 0
    if (length < UDP_IN_IPV4 + UDP) return -1
    const type = frames.getUint16(at + TYPE)
    const payload =
      type === TYPE_IPV4 ? readIpv4(frames, at, length) : type === TYPE_IPV6 ? readIpv6(frames, at, length) : -1
    if (payload < 0) return -1
    const udp = type === TYPE_IPV4 ? UDP_IN_IPV4 : UDP_IN_IPV6
    const read = readUdp(frames, at, udp, payload, inbox)
    if (read < 0) return -1
    this.#udp = udp
    readPeer(frames, at, udp, peer)
    return read
  }

  /** Of the frame read last. */
  get udp(): number {
    return this.#udp
  }

  /**
   * Writes the frame that answers the one at `frames[asked..]`, the last that was read well, with the first `length` octets of `out`, to
   * `frames[to..]`. Returns its length: `udp` + 8 + `length`, for which there must be room.
   */
  write(frames: DataView, asked: number, to: number, out: Octets, length: number): number {
    const udp = this.#udp
    frames.setInt32(to, frames.getInt32(asked + 6))
    frames.setInt16(to + 4, frames.getInt16(asked + 10))
    frames.setInt16(to + 6, frames.getInt16(asked))
    frames.setInt32(to + 8, frames.getInt32(asked + 2))
    const addresses =
      udp === UDP_IN_IPV4
        ? this.#writeIpv4(frames, asked, to, UDP + length)
        : this.#writeIpv6(frames, asked, to, UDP + length)
    const ports = frames.getInt32(asked + udp)
    frames.setInt32(to + udp, (ports << 16) | (ports >>> 16))
    frames.setUint16(to + udp + 4, UDP + length)
    const payload = copySumming(out.view, 0, frames, to + udp + UDP, length)
    // The length once for the pseudo-header and once for itself.
    const lengths = 2 * swapped(UDP + length)
    const checksum = checksumFor(addresses + swapped(PROTOCOL_UDP) + lengths + sumOf(frames, to + udp, 4) + payload)
    // 0 says that there is none.
    frames.setUint16(to + udp + 6, checksum === 0 ? 0xffff : checksum, true)
    return udp + UDP + length
  }

  /** Returns the sum of both addresses, as the other does. */
  #writeIpv4(frames: DataView, asked: number, to: number, octets: number): number {
    const { dontFragment, ttl } = this.#options
    const length = UDP_IN_IPV4 - ETHERNET + octets
    if (!dontFragment) this.#id = (this.#id + 1) & 0xffff
    frames.setUint32(to + TYPE, (TYPE_IPV4 << 16) | 0x4500)
    frames.setUint16(to + 16, length)
    frames.setUint16(to + 18, this.#id)
    frames.setUint16(to + 20, dontFragment ? DF : 0)
    frames.setUint16(to + 22, (ttl << 8) | PROTOCOL_UDP)
    frames.setUint16(to + 24, 0)
    frames.setInt32(to + 26, frames.getInt32(asked + 30))
    frames.setInt32(to + 30, frames.getInt32(asked + 26))
    const addresses = sumOf(frames, to + 26, 8)
    frames.setUint16(to + 24, checksumFor(addresses + sumOf(frames, to + ETHERNET, 12)), true)
    return addresses
  }

  #writeIpv6(frames: DataView, asked: number, to: number, octets: number): number {
    frames.setUint16(to + TYPE, TYPE_IPV6)
    frames.setUint32(to + ETHERNET, 0x60000000)
    frames.setUint32(to + 18, ((octets << 16) | (PROTOCOL_UDP << 8) | this.#options.hopLimit) >>> 0)
    const destination = copySumming(frames, asked + 22, frames, to + 38, 16)
    return destination + copySumming(frames, asked + 38, frames, to + 22, 16)
  }
}

/** Octets behind the IPv4 header; -1 for what is not whole and right. Octets behind the packet are the frame's own (padding). */
function readIpv4(frames: DataView, at: number, length: number): number {
  const total = frames.getUint16(at + 16)
  if (frames.getUint8(at + ETHERNET) !== 0x45) return -1
  if (total > length - ETHERNET || total < UDP_IN_IPV4 - ETHERNET) return -1
  if ((frames.getUint16(at + 20) & MORE_FRAGMENTS_OR_OFFSET) !== 0) return -1
  if (frames.getUint8(at + 23) !== PROTOCOL_UDP) return -1
  if (folded(sumOf(frames, at + ETHERNET, 20)) !== 0xffff) return -1
  return total - 20
}

/** The same of IPv6. Extension headers never come here. */
function readIpv6(frames: DataView, at: number, length: number): number {
  if (length < UDP_IN_IPV6 || frames.getUint8(at + ETHERNET) >>> 4 !== 6) return -1
  const payload = frames.getUint16(at + 18)
  if (payload > length - UDP_IN_IPV6 || frames.getUint8(at + 20) !== PROTOCOL_UDP) return -1
  return payload
}

/** Copies the payload of the datagram, of which there are `octets`. Returns its length; -1 for what is not whole and right. */
function readUdp(frames: DataView, at: number, udp: number, octets: number, inbox: Octets): number {
  if (octets < UDP) return -1
  const header = at + udp
  const length = frames.getUint16(header + 4)
  if (length < UDP || length > octets || length - UDP > inbox.length) return -1
  if (frames.getUint16(header) === 0) return -1
  const payload = copySumming(frames, header + UDP, inbox.view, 0, length - UDP)
  const checksum = frames.getUint16(header + 6, true)
  // RFC 768: IPv4 may come without. RFC 8200 section 8.1: IPv6 may not.
  if (checksum === 0) return udp === UDP_IN_IPV4 ? length - UDP : -1
  const addresses = udp === UDP_IN_IPV4 ? sumOf(frames, at + 26, 8) : sumOf(frames, at + 22, 32)
  const pseudo = addresses + swapped(PROTOCOL_UDP) + swapped(length)
  const right = folded(pseudo + sumOf(frames, header, UDP) + payload) === 0xffff
  return right || checksum === folded(pseudo) ? length - UDP : -1
}

/** Who sent the frame. */
function readPeer(frames: DataView, at: number, udp: number, peer: Peer): void {
  peer.port = frames.getUint16(at + udp)
  if (udp === UDP_IN_IPV4) {
    peer.family = 4
    peer.hi = frames.getUint32(at + 26)
    peer.lo = 0
    peer.hostHi = 0
    peer.hostLo = 0
    return
  }
  peer.family = 6
  peer.hi = frames.getUint32(at + 22)
  peer.lo = frames.getUint32(at + 26)
  peer.hostHi = frames.getUint32(at + 30)
  peer.hostLo = frames.getUint32(at + 34)
}
