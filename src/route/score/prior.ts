import { REGIONS } from '../region.ts'

/**
 * Share of the speed of light in fibre that a median path between two regions reaches, fitted to measured city-to-city RTTs. Lower triangle in
 * the order of REGIONS; symmetric.
 */
const ALPHA: readonly (readonly number[])[] = [
  [0.75],
  [0.65, 0.4],
  [0.65, 0.35, 0.35],
  [0.75, 0.65, 0.55, 0.75],
  [0.7, 0.65, 0.5, 0.55, 0.2],
  [0.6, 0.45, 0.35, 0.5, 0.35, 0.25],
  [0.6, 0.55, 0.5, 0.5, 0.3, 0.3, 0.4],
  [0.7, 0.65, 0.6, 0.4, 0.35, 0.35, 0.5, 0.75],
  [0.55, 0.55, 0.55, 0.4, 0.35, 0.4, 0.25, 0.2, 0.25],
  [0.75, 0.6, 0.45, 0.6, 0.5, 0.3, 0.4, 0.5, 0.35, 0.75],
]
/** Where one of the regions is not known. */
const ALPHA_UNKNOWN = 0.5

const STRIDE = REGIONS.length + 1
const PAIRS = Float64Array.from({ length: STRIDE * STRIDE }, (_, pair) => {
  const [a, b] = [Math.floor(pair / STRIDE), pair % STRIDE]
  return ALPHA[Math.max(a, b)]?.[Math.min(a, b)] ?? ALPHA_UNKNOWN
})

const BASE_MS = 20
const BORDER_MS = 8
/** Round trip at the speed of light in fibre: 100 km per millisecond. */
export const KM_PER_MS = 100

/** RTT in ms that one expects without any measurement (ROUTING section 4, `prior`). */
export function priorMs(km: number, regionA: number, regionB: number, sameCountry: boolean): number {
  return BASE_MS + (sameCountry ? 0 : BORDER_MS) + km / (KM_PER_MS * PAIRS[regionA * STRIDE + regionB]!)
}
