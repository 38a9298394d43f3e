/**
 * True when the possibly compressed name at `message[at]` equals `name[nameAt..]` (whole, lower case), ASCII case aside (RFC 4343).
 * For messages of our own making: pointers are followed without suspicion.
 */
export function sameNameAt(message: Uint8Array, at: number, name: Uint8Array, nameAt: number): boolean {
  let i = at
  let j = nameAt
  for (;;) {
    while (message[i]! >= 0xc0) i = ((message[i]! & 0x3f) << 8) | message[i + 1]!
    const label = message[i]!
    if (label !== name[j]) return false
    if (label === 0) return true
    for (const end = i + label; i < end; ) {
      let octet = message[++i]!
      if (octet >= 0x41 && octet <= 0x5a) octet += 32
      if (octet !== name[++j]) return false
    }
    i++
    j++
  }
}
