import type { Point } from '../../base/earth.ts'
import { countryNumber, REGIONS, regionOf } from '../region.ts'
import type { Sites } from '../sites.ts'

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

/** What an RTT between two countries that the operator imported counts beside the prior of the place. */
const EXTERNAL_WEIGHT = 0.3

/** A place as the prior sees it. */
export interface Origin extends Point {
  readonly country?: string
  readonly continent?: string
}

/** Writes into `out`, by cluster, the RTT in ms that one expects from the place: the prior, with what is known of its country. */
export function expectRtts(origin: Origin, distanceKm: Float64Array, sites: Sites, out: Float64Array): void {
  const region = regionOf(origin.country, origin.continent)
  const count = sites.clusters.length
  const row = countryNumber(origin.country) * count
  for (let c = 0; c < count; c++) {
    const { country } = sites.clusters[c]!.location
    const same = country !== undefined && country === origin.country
    const prior = priorMs(distanceKm[c]!, region, sites.region[c]!, same)
    const external = sites.external === null ? 0 : sites.external[row + c]!
    out[c] = external === 0 ? prior : prior + EXTERNAL_WEIGHT * (external - prior)
  }
}
