import type { AddressBytes } from '../src/base/ip.ts'

/** The fewest prefixes that cover first..last, both included, in address order. Addresses of one family, first <= last. */
export function* cidrs(first: AddressBytes, last: AddressBytes): Generator<{ address: AddressBytes; length: number }> {
  const bits = first.length * 8
  const end = toNumber(last) + 1n
  for (let at = toNumber(first); at < end; ) {
    let host = 0
    while (host < bits && (at & ((2n << BigInt(host)) - 1n)) === 0n && at + (2n << BigInt(host)) <= end) host++
    yield { address: toAddress(at, first.length), length: bits - host }
    at += 1n << BigInt(host)
  }
}

function toNumber(address: AddressBytes): bigint {
  return address.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n)
}

function toAddress(value: bigint, octets: number): AddressBytes {
  return Uint8Array.from({ length: octets }, (_, i) => Number((value >> BigInt(8 * (octets - 1 - i))) & 255n))
}
