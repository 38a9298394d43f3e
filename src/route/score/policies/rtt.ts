import type { Terms } from '../../race.ts'
import type { Field } from '../field.ts'

/** Fastest network first, whatever the tier costs. */
export function rtt(field: Field, _terms: Terms, _blockHash: number, keys: Float64Array): void {
  for (let i = 0; i < field.count; i++) {
    const c = field.clusters[i]!
    keys[i] = field.sheet.networkMs[c]! + field.sites.clusters[c]!.biasMs
  }
}
