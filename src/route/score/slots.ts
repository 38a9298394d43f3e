import { NO_CLUSTER, SLOTS } from '../tables.ts'
import type { Field } from './field.ts'
import type { Ranked } from './rank.ts'

/** The best four of a ranking, and what being turned away from each costs the block. Written anew by every call. */
export interface Slots {
  /** Cluster indexes, best first, then NO_CLUSTER. */
  readonly clusters: Uint16Array
  /** Score of the next slot minus this score, ms, >= 0; of the last slot: Infinity, it has nowhere else to go. */
  readonly regretMs: Float64Array
}

export function newSlots(): Slots {
  return { clusters: new Uint16Array(SLOTS), regretMs: new Float64Array(SLOTS) }
}

/**
 * The operator's `fixed` clusters in front, then the ranking. One of the four is a core cluster if the ranking has any: core is where what fits
 * nowhere else ends, so it must be in reach of every block. An operator's own four are left alone.
 */
export function bestSlots(fixed: readonly number[], ranked: Ranked, field: Field, out: Slots): void {
  out.clusters.fill(NO_CLUSTER)
  let count = 0
  for (let i = 0; i < fixed.length && count < SLOTS; i++) out.clusters[count++] = fixed[i]!
  const own = count
  for (let i = 0; i < ranked.count && count < SLOTS; i++) {
    if (!out.clusters.includes(ranked.clusters[i]!)) out.clusters[count++] = ranked.clusters[i]!
  }
  if (own < SLOTS && count === SLOTS && !hasCore(out, field)) {
    const core = firstCore(ranked, field)
    if (core >= 0) out.clusters[SLOTS - 1] = core
  }
  setRegrets(out, count, field)
}

function hasCore(slots: Slots, field: Field): boolean {
  for (let i = 0; i < SLOTS; i++) {
    if (slots.clusters[i] !== NO_CLUSTER && isCore(field, slots.clusters[i]!)) return true
  }
  return false
}

function firstCore(ranked: Ranked, field: Field): number {
  for (let i = 0; i < ranked.count; i++) if (isCore(field, ranked.clusters[i]!)) return ranked.clusters[i]!
  return -1
}

function isCore(field: Field, cluster: number): boolean {
  return field.sites.clusters[cluster]!.tier === 'core'
}

/** By score under every policy: whatever put the clusters in this order, the client feels the network. */
function setRegrets(out: Slots, count: number, field: Field): void {
  for (let i = 0; i < SLOTS; i++) {
    out.regretMs[i] =
      i + 1 < count
        ? Math.max(0, field.sheet.scoreMs[out.clusters[i + 1]!]! - field.sheet.scoreMs[out.clusters[i]!]!)
        : Number.POSITIVE_INFINITY
  }
}
