import { checksumFor, sumOf, swapped } from '../../src/listen/linux/xdp/checksum.ts'

/** One side of a conversation on an Ethernet. */
export interface Station {
  /** Ethernet address, 6 octets. */
  readonly mac: Uint8Array
  /** IPv4 address, 4 octets. */
  readonly address: Uint8Array
}

/** Ethernet frames one behind the other: frame `i` is `octets[starts[i]..starts[i + 1])`. */
export interface Frames {
  readonly octets: Uint8Array<ArrayBuffer>
  readonly starts: Uint32Array
}

/** Offset of the DNS message in a frame: Ethernet, IPv4 without options, UDP. */
export const MESSAGE = 14 + 20 + 8

/**
 * The frame of a UDP datagram to port `toPort` for each of the messages, as a machine that fills in its checksums itself would send it. Datagrams
 * leave from the ports in turn.
 */
export function framesOf(
  messages: readonly Uint8Array[],
  from: Station & { readonly ports: readonly number[] },
  to: Station & { readonly port: number },
): Frames {
  const starts = new Uint32Array(messages.length + 1)
  for (const [i, message] of messages.entries()) starts[i + 1] = starts[i]! + MESSAGE + message.length
  const octets = new Uint8Array(starts[messages.length]!)
  for (const [i, message] of messages.entries()) {
    const frame = octets.subarray(starts[i], starts[i + 1])
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
    frame.set(to.mac, 0)
    frame.set(from.mac, 6)
    view.setUint16(12, 0x0800)
    view.setUint16(14, 0x4500)
    view.setUint16(16, frame.length - 14)
    view.setUint16(20, 0x4000)
    view.setUint16(22, (64 << 8) | UDP)
    frame.set(from.address, 26)
    frame.set(to.address, 30)
    view.setUint16(24, checksumFor(sumOf(view, 14, 20)), true)
    view.setUint16(34, from.ports[i % from.ports.length]!)
    view.setUint16(36, to.port)
    view.setUint16(38, 8 + message.length)
    frame.set(message, MESSAGE)
    // The addresses and everything behind them; protocol and length stand for the rest of the pseudo-header (RFC 768).
    const sum = sumOf(view, 26, frame.length - 26) + swapped(UDP) + swapped(8 + message.length)
    view.setUint16(40, checksumFor(sum) || 0xffff, true)
  }
  return { octets, starts }
}

const UDP = 17
