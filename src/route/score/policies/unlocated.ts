import type { Terms } from '../../race.ts'
import type { Field } from '../field.ts'
import { weighted } from './weighted.ts'

/** Behind every cluster of the block's own network, whatever its hash. */
const ELSEWHERE = 1e9

/**
 * Nobody knows where the block is: clusters of its own network first, then all others by weight. Not a policy of its own but what the policies
 * that need a place fall back to.
 */
export function unlocated(field: Field, terms: Terms, blockHash: number, keys: Float64Array): void {
  weighted(field, terms, blockHash, keys)
  for (let i = 0; i < field.count; i++) {
    if (field.sites.restricted[field.clusters[i]!] === 0) keys[i] = keys[i]! + ELSEWHERE
  }
}
