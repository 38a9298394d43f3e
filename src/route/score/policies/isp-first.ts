import { TIERS } from '../../../model/cluster.ts'
import type { Terms } from '../../race.ts'
import type { Field } from '../field.ts'

/** A class is skipped when its best is worse than 1.5 x the best of all + 20 ms, or loses more than 5 %. */
const WORST_RATIO = 1.5
const WORST_EXTRA_MS = 20
const WORST_LOSS = 0.05
/** Further apart than any two scores: classes never mix. */
const CLASS_STEP = 1e7

/**
 * Tier by tier: inside the ISP, then the exchange, then the core; by network inside a tier (Netflix Open Connect). A tier whose best
 * cluster is much worse than what another offers goes behind the others.
 */
export function ispFirst(field: Field, _terms: Terms, _blockHash: number, keys: Float64Array): void {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < field.count; i++) {
    keys[i] = costOf(field, i)
    best = Math.min(best, keys[i]!)
  }
  for (let tier = 0; tier < TIERS.length; tier++) {
    const step = (acceptable(field, tier, best, keys) ? tier : TIERS.length + tier) * CLASS_STEP
    for (let i = 0; i < field.count; i++) if (tierOf(field, i) === tier) keys[i] = keys[i]! + step
  }
}

function acceptable(field: Field, tier: number, bestOfAll: number, costs: Float64Array): boolean {
  let best = -1
  for (let i = 0; i < field.count; i++) {
    if (tierOf(field, i) === tier && (best < 0 || costs[i]! < costs[best]!)) best = i
  }
  if (best < 0) return true
  const loss = field.sheet.loss[field.clusters[best]!]!
  return costs[best]! <= WORST_RATIO * bestOfAll + WORST_EXTRA_MS && loss <= WORST_LOSS
}

function costOf(field: Field, i: number): number {
  const c = field.clusters[i]!
  return field.sheet.networkMs[c]! + field.sites.clusters[c]!.biasMs
}

function tierOf(field: Field, i: number): number {
  return TIERS.indexOf(field.sites.clusters[field.clusters[i]!]!.tier)
}
