import { mixPair } from '../../../base/hash.ts'
import type { Terms } from '../../race.ts'
import type { Field } from '../field.ts'

/**
 * Weighted rendezvous hash of the block (Thaler and Ravishankar 1998; the logarithm makes shares proportional to weights): changing one weight
 * moves only that cluster's share. Weight 0 is never chosen.
 */
export function weighted(field: Field, terms: Terms, blockHash: number, keys: Float64Array): void {
  for (let i = 0; i < field.count; i++) {
    const c = field.clusters[i]!
    const uniform = (mixPair(blockHash, field.sites.hash[c]!) + 0.5) / 2 ** 32
    const weight = terms.weights[c]!
    keys[i] = weight > 0 ? -Math.log(uniform) / weight : Number.POSITIVE_INFINITY
  }
}
