import { xorshift } from '../harness/xorshift.ts'
import { FIRST_OCTET } from './blocks.ts'
import { type Spot, spots } from './sites.ts'

const PLACES = 2_000
/** Networks of the city database: /18s, 64 blocks each. */
export const NETWORK_LENGTH = 18
export const NETWORK_COUNT = 1 << 16

/** Where clients are. */
export const PLACE_SPOTS: readonly Spot[] = spots(PLACES, 57)

const random = xorshift(91)
const placeOfNetwork = Uint16Array.from({ length: NETWORK_COUNT }, () => random(PLACES))

/** Number in {@link PLACE_SPOTS} of the place of network `i`. */
export const networkPlace = (i: number): number => placeOfNetwork[i]!

/** First three octets of network `i`. */
export const networkStart = (i: number): [number, number, number] => [
  FIRST_OCTET + (i >>> 10),
  (i >>> 2) & 255,
  (i & 3) << 6,
]

/** Number of the place of a client block. */
export const blockPlace = ([a, b, c]: readonly [number, number, number]): number =>
  networkPlace(((a - FIRST_OCTET) << 10) | (b << 2) | (c >>> 6))
