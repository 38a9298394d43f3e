import { type AddressBytes, high32 } from '../src/base/ip.ts'

export interface Cidr {
  readonly address: AddressBytes
  readonly length: number
}

/** The fewest prefixes that cover first..last, both included, in address order. Addresses of one family, first <= last. */
export function cidrs(first: AddressBytes, last: AddressBytes): Cidr[] {
  return first.length === 4 ? cidrs4(high32(first), high32(last)) : cidrs6(wide(first), wide(last))
}

/** Numbers, because four of five ranges are IPv4 and BigInt costs ten times as much. */
function cidrs4(first: number, last: number): Cidr[] {
  const found: Cidr[] = []
  for (let at = first; at <= last; ) {
    let size = 1
    while (size < 2 ** 32 && at % (2 * size) === 0 && at + 2 * size - 1 <= last) size *= 2
    found.push({ address: bytesOf(4, view => view.setUint32(0, at)), length: 32 - Math.log2(size) })
    at += size
  }
  return found
}

function cidrs6(first: bigint, last: bigint): Cidr[] {
  const found: Cidr[] = []
  for (let at = first; at <= last; ) {
    let host = 0
    let size = 1n
    for (; host < 128 && (at & size) === 0n && at + 2n * size - 1n <= last; host++) size *= 2n
    const address = bytesOf(16, view => {
      view.setBigUint64(0, at >> 64n)
      view.setBigUint64(8, at & 0xffffffffffffffffn)
    })
    found.push({ address, length: 128 - host })
    at += size
  }
  return found
}

function wide(address: AddressBytes): bigint {
  const view = new DataView(address.buffer, address.byteOffset, 16)
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8)
}

function bytesOf(octets: number, write: (view: DataView) => void): AddressBytes {
  const bytes = new Uint8Array(octets)
  write(new DataView(bytes.buffer))
  return bytes
}
