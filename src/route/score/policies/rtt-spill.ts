import type { Terms } from '../../race.ts'
import type { Field } from '../field.ts'

/** Lowest score first (network, tier and bias); what does not fit spills along the same list (YouTube, after Adhikari et al. 2012). */
export function rttSpill(field: Field, _terms: Terms, _blockHash: number, keys: Float64Array): void {
  for (let i = 0; i < field.count; i++) keys[i] = field.sheet.scoreMs[field.clusters[i]!]!
}
