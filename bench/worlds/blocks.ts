/** Client blocks of a world are /24s of 11.0.0.0 to 74.255.255.255: nothing special-purpose lies between. */
export const BLOCK_COUNT = 1 << 22
export const FIRST_OCTET = 11

const HALF = 11
const MASK = BLOCK_COUNT - 1

/**
 * The `i`-th client block, 0 <= i < {@link BLOCK_COUNT}: three octets of a /24. All are different, and neighbours in number are none in
 * address: the first n are a random sample of the space, and those of a smaller sample are in every larger one.
 */
export function clientBlock(i: number): [number, number, number] {
  const at = scattered(i)
  return [FIRST_OCTET + (at >>> 16), (at >>> 8) & 255, at & 255]
}

/** A permutation of the 22-bit numbers: odd factors and shifts to the right can both be undone. */
function scattered(i: number): number {
  let at = i & MASK
  for (const factor of [0x2c1b3c6d, 0x297a2d39, 0x1b873593]) {
    at = Math.imul(at, factor) & MASK
    at ^= at >>> HALF
  }
  return at
}
