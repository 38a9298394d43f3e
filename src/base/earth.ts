import type { Kilometres } from './brand.ts'

export interface Point {
  /** Degrees north, -90..90. */
  readonly lat: number
  /** Degrees east, -180..180. */
  readonly lon: number
}

/** Mean radius. */
export const EARTH_RADIUS_KM = 6371.0088
const RADIANS = Math.PI / 180

/** Great-circle distance by the haversine formula, on a sphere of the mean radius (error below 0.6 %). */
export function distanceKm(a: Point, b: Point): Kilometres {
  const sinLat = Math.sin(((b.lat - a.lat) * RADIANS) / 2)
  const sinLon = Math.sin(((b.lon - a.lon) * RADIANS) / 2)
  const h = sinLat * sinLat + Math.cos(a.lat * RADIANS) * Math.cos(b.lat * RADIANS) * sinLon * sinLon
  return (2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)))) as Kilometres
}
