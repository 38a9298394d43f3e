/**
 * How many clients a range of leaves stands for while nobody has counted: one per IPv4 /24. IPv6 is counted so that an operator's /32 weighs like
 * a /16 of IPv4: in /40s, with a bound per range, since allocations say more of address plans than of people.
 */
const LEAVES_PER_UNIT6 = 2 ** 16
const MOST_PER_RANGE6 = 2 ** 16
/** Where a geo database knows nothing there is mostly nobody: unlocated space counts little, and IPv6 an allocation's worth per range. */
const UNLOCATED_SHARE = 1 / 16
const MOST_UNLOCATED6 = 256

export function weight4(start: number, end: number, located: boolean): number {
  return (end - start) * (located ? 1 : UNLOCATED_SHARE)
}

/** Leaves between two 56-bit keys; exact up to 2^53, close enough beyond. */
export function leaves6(hi: number, lo: number, endHi: number, endLo: number): number {
  return (endHi - hi) * 0x1000000 + (endLo - lo)
}

export function weight6(leaves: number, located: boolean): number {
  const units = leaves / LEAVES_PER_UNIT6
  return located ? Math.min(units, MOST_PER_RANGE6) : Math.min(units, MOST_UNLOCATED6) * UNLOCATED_SHARE
}
