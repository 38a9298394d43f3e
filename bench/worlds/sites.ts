import { xorshift } from '../harness/xorshift.ts'

/** A place on the map of a world, degrees. */
export interface Spot {
  readonly lat: number
  readonly lon: number
  readonly country: string
  readonly continent: string
}

/** Where people are; every place of a world is near one of these. */
const METROS: readonly Spot[] = (
  [
    [37.6, 127, 'KR', 'AS'],
    [35.7, 139.7, 'JP', 'AS'],
    [31.2, 121.5, 'CN', 'AS'],
    [1.4, 103.8, 'SG', 'AS'],
    [19.1, 72.9, 'IN', 'AS'],
    [41, 29, 'TR', 'AS'],
    [51.5, -0.1, 'GB', 'EU'],
    [48.9, 2.4, 'FR', 'EU'],
    [50.1, 8.7, 'DE', 'EU'],
    [40.4, -3.7, 'ES', 'EU'],
    [59.3, 18.1, 'SE', 'EU'],
    [52.2, 21, 'PL', 'EU'],
    [40.7, -74, 'US', 'NA'],
    [41.9, -87.6, 'US', 'NA'],
    [34.1, -118.2, 'US', 'NA'],
    [32.8, -96.8, 'US', 'NA'],
    [43.7, -79.4, 'CA', 'NA'],
    [19.4, -99.1, 'MX', 'NA'],
    [-23.6, -46.6, 'BR', 'SA'],
    [-34.6, -58.4, 'AR', 'SA'],
    [-26.2, 28, 'ZA', 'AF'],
    [6.5, 3.4, 'NG', 'AF'],
    [-33.9, 151.2, 'AU', 'OC'],
    [-36.8, 174.8, 'NZ', 'OC'],
  ] as const
).map(([lat, lon, country, continent]) => ({ lat, lon, country, continent }))

/** `count` places: the metros in turn, each time some degrees beside the last. */
export function spots(count: number, seed: number): Spot[] {
  const random = xorshift(seed)
  const beside = (degrees: number): number => Math.round((degrees + (random(4001) - 2000) / 1000) * 100) / 100
  return Array.from({ length: count }, (_, i) => {
    const metro = METROS[i % METROS.length]!
    return { ...metro, lat: beside(metro.lat), lon: beside(metro.lon) }
  })
}

/** Sites of the clusters: those of a smaller world are in every larger one. */
export const sites = (count: number): Spot[] => spots(count, 31)
