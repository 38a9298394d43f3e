import { formatAddress, parseAddress } from '../../../../src/base/ip.ts'

/** A UDP datagram and what is around it. */
export interface Packet {
  readonly from: string
  readonly to: string
  readonly fromPort: number
  readonly toPort: number
  readonly payload: Uint8Array
  readonly fromMac?: Uint8Array
  readonly toMac?: Uint8Array
}

export const OUR_MAC = Uint8Array.of(0x02, 0x10, 0x20, 0x30, 0x40, 0xfe)
export const THEIR_MAC = Uint8Array.of(0xf0, 0x01, 0x02, 0x03, 0x04, 0x05)

const be16 = (...values: number[]): number[] => values.flatMap(value => [value >>> 8, value & 255])

/** Ones' complement of the ones' complement sum, RFC 1071; `fold` of a list of octets. */
export function checksum(octets: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < octets.length; i += 2) sum += octets[i]! * 256 + (octets[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum % 65536) + Math.floor(sum / 65536)
  return 0xffff - sum
}

/** The frame, written octet by octet from the RFCs; independent of the program's own. `udpSum` overrides the UDP checksum. */
export function frameOf(packet: Packet, udpSum?: number): Uint8Array {
  const [from, to] = [parseAddress(packet.from)!, parseAddress(packet.to)!]
  const length = 8 + packet.payload.length
  const pseudo =
    from.length === 4 ? [...from, ...to, 0, 17, ...be16(length)] : [...from, ...to, 0, 0, ...be16(length), 0, 0, 0, 17]
  const udp = [...be16(packet.fromPort, packet.toPort, length, 0), ...packet.payload]
  const sum = udpSum ?? (checksum([...pseudo, ...udp]) || 0xffff)
  udp.splice(6, 2, ...be16(sum))
  const macs = [...(packet.toMac ?? OUR_MAC), ...(packet.fromMac ?? THEIR_MAC)]
  if (from.length === 16) {
    return Uint8Array.from([...macs, 0x86, 0xdd, 0x60, 0, 0, 0, ...be16(length), 17, 64, ...from, ...to, ...udp])
  }
  const header = [0x45, 0, ...be16(20 + length), 0, 0, 0x40, 0, 64, 17, 0, 0, ...from, ...to]
  header.splice(10, 2, ...be16(checksum(header)))
  return Uint8Array.from([...macs, 0x08, 0x00, ...header, ...udp])
}

/** Sum of the pseudo-header alone, as the kernel leaves it to a card that would finish it. */
export function partialSum({ from, to, payload }: Packet): number {
  const octets = [...parseAddress(from)!, ...parseAddress(to)!, ...be16(17, 8 + payload.length)]
  return 0xffff - checksum(octets)
}

/** What a frame holds. Throws unless every length and checksum of it is right. */
export function parseFrame(frame: Uint8Array): Packet {
  const v6 = frame[12] === 0x86
  const ip = [...frame.slice(14)]
  const header = v6 ? 40 : 20
  const length = v6 ? ip[4]! * 256 + ip[5]! : ip[2]! * 256 + ip[3]! - 20
  const [from, to] = v6 ? [ip.slice(8, 24), ip.slice(24, 40)] : [ip.slice(12, 16), ip.slice(16, 20)]
  const udp = ip.slice(header)
  if (!v6 && checksum(ip.slice(0, 20)) !== 0) throw new Error('wrong header checksum')
  if (udp.length !== length || udp[4]! * 256 + udp[5]! !== length) throw new Error('wrong length')
  if (udp[6] === 0 && udp[7] === 0) throw new Error('no checksum')
  if (checksum([...from, ...to, ...be16(17, length), ...udp]) !== 0) throw new Error('wrong checksum')
  return {
    ...{ from: formatAddress(Uint8Array.from(from)), to: formatAddress(Uint8Array.from(to)) },
    ...{ fromPort: udp[0]! * 256 + udp[1]!, toPort: udp[2]! * 256 + udp[3]! },
    ...{ toMac: frame.slice(0, 6), fromMac: frame.slice(6, 12), payload: Uint8Array.from(udp.slice(8)) },
  }
}
