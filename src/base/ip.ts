/**
 * IP addresses as bytes: a Uint8Array of 4 (IPv4) or 16 (IPv6) octets in network order.
 * An IPv4-mapped IPv6 address (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2) is always turned into the IPv4 address it stands for.
 */
export type Family = 4 | 6
export type AddressBytes = Uint8Array

const DECIMAL_OCTET = /^(0|[1-9][0-9]{0,2})$/
const HEX_GROUP = /^[0-9a-fA-F]{1,4}$/

/** Parses the textual form of RFC 4291 section 2.2 or dotted quad without leading zeros; null for anything else (zones `%eth0` too). */
export function parseAddress(text: string): AddressBytes | null {
  return text.includes(':') ? unmap(parseV6(text)) : parseV4(text)
}

export function familyOf(address: AddressBytes): Family {
  return address.length === 4 ? 4 : 6
}

/** Dotted quad, or RFC 5952 text: lower case, longest run of zero groups (at least two, leftmost of equals) as `::`. */
export function formatAddress(address: AddressBytes): string {
  if (address.length === 4) return `${address[0]}.${address[1]}.${address[2]}.${address[3]}`
  const groups = Array.from({ length: 8 }, (_, i) => (address[2 * i]! << 8) | address[2 * i + 1]!)
  let bestStart = -1
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let j = i
    while (j < 8 && groups[j] === 0) j++
    if (j - i > bestLength) {
      bestStart = i
      bestLength = j - i
    }
    if (j > i) i = j
  }
  const hex = (part: number[]) => part.map(group => group.toString(16)).join(':')
  if (bestStart < 0) return hex(groups)
  return `${hex(groups.slice(0, bestStart))}::${hex(groups.slice(bestStart + bestLength))}`
}

/** Octets 4 x `index` to 4 x `index` + 3 as an unsigned 32-bit number, `index` 0..3; 0 past the end of an IPv4 address. */
export function wordOf(address: AddressBytes, index: number): number {
  const at = 4 * index
  if (at >= address.length) return 0
  return ((address[at]! << 24) | (address[at + 1]! << 16) | (address[at + 2]! << 8) | address[at + 3]!) >>> 0
}

/** Octets 0..3. */
export const high32 = (address: AddressBytes): number => wordOf(address, 0)

/** Octets 4..7; 0 for IPv4. */
export const low32 = (address: AddressBytes): number => wordOf(address, 1)

function parseV4(text: string): AddressBytes | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const bytes = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!
    if (!DECIMAL_OCTET.test(part) || Number(part) > 255) return null
    bytes[i] = Number(part)
  }
  return bytes
}

function parseV6(text: string): AddressBytes | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = parseGroups(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : []
  if (head === null || tail === null) return null
  const gap = 8 - head.length - tail.length
  if (halves.length === 1 ? gap !== 0 : gap < 1) return null
  const bytes = new Uint8Array(16)
  const groups = [...head, ...new Array<number>(gap).fill(0), ...tail]
  groups.forEach((group, i) => {
    bytes[2 * i] = group >> 8
    bytes[2 * i + 1] = group & 255
  })
  return bytes
}

/** Groups of 16 bits; the last may be a dotted quad where `dotted` allows it. */
function parseGroups(text: string, dotted: boolean): number[] | null {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!
    if (HEX_GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16))
      continue
    }
    const quad = dotted && i === parts.length - 1 ? parseV4(part) : null
    if (quad === null) return null
    groups.push((quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!)
  }
  return groups
}

function unmap(address: AddressBytes | null): AddressBytes | null {
  if (address === null || address[10] !== 255 || address[11] !== 255) return address
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return address
  return address.slice(12)
}
