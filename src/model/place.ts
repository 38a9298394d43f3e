import type { Point } from '../base/earth.ts'

/** Where a block of clients is, as far as anyone said. */
export interface Place extends Point {
  /** ISO 3166-1 alpha-2; undefined where the database has none. */
  readonly country?: string
  /** AF AN AS EU NA OC SA. */
  readonly continent?: string
  /** The database's own radius of confidence, km; 0 = not given. */
  readonly radiusKm: number
  /** True when the point is only the middle of a country. */
  readonly centroid: boolean
  /** Which source said it, as a person would name it: `city.mmdb`, `overrides.yaml`, `country default`. */
  readonly from: string
}
