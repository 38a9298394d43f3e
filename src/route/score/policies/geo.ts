import type { Terms } from '../../race.ts'
import type { Field } from '../field.ts'
import { KM_PER_MS } from '../prior.ts'

/** Nearest first, by great circle alone. The key is the distance in ms at the speed of light in fibre, so that a bias has its usual unit. */
export function geo(field: Field, _terms: Terms, _blockHash: number, keys: Float64Array): void {
  for (let i = 0; i < field.count; i++) {
    const c = field.clusters[i]!
    keys[i] = field.sheet.distanceKm[c]! / KM_PER_MS + field.sites.clusters[c]!.biasMs
  }
}
