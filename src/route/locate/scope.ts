/**
 * The largest aligned prefix that contains leaf `key` (24 bits) inside the range [start, end): it must miss the neighbours on both sides, so it
 * is one bit longer than the longer of the prefixes it shares with them. Prefixes made so never overlap (RFC 7871 section 7.2.1), and none could
 * be shorter and still true. Returns 0..24; `end` is 2^24 for the last range.
 */
export function scope4(key: number, start: number, end: number): number {
  const below = start === 0 ? -1 : Math.clz32(key ^ (start - 1)) - 8
  const above = end >= 0x1000000 ? -1 : Math.clz32(key ^ end) - 8
  return (below > above ? below : above) + 1
}

/** The same over 56-bit leaves (`hi` 32 bits, `lo` 24). `endHi` is 2^32 for the last range. Returns 0..56. */
export function scope6(hi: number, lo: number, startHi: number, startLo: number, endHi: number, endLo: number): number {
  let below = -1
  if (startLo > 0) below = shared(hi, lo, startHi, startLo - 1)
  else if (startHi > 0) below = shared(hi, lo, startHi - 1, 0xffffff)
  const above = endHi >= 0x100000000 ? -1 : shared(hi, lo, endHi, endLo)
  return (below > above ? below : above) + 1
}

/** Bits that two different 56-bit leaves share at the front. */
function shared(hiA: number, loA: number, hiB: number, loB: number): number {
  const difference = hiA ^ hiB
  return difference !== 0 ? Math.clz32(difference) : 24 + Math.clz32(loA ^ loB)
}
