import type { Placement } from './placement.ts'
import { RAISE_ABOVE_AIM, RECEIVER_ABOVE_AIM, RECEIVER_SPILL, RELAX_MAX, RELAX_STEP } from './tuning.ts'

/**
 * Raises levels as deferred acceptance does (Gale and Shapley 1962): every cluster above its limit turns away its lowest ranks until it is at its
 * aim, all at once; those turned away settle in their next slots; again, until nothing changes. Levels only rise, so it ends, and the order
 * of clusters does not matter. `capacity` in load units (Infinity = no limit known), `aims` as shares of it.
 * Returns the clusters that are left above their limit because nobody there has anywhere else to go.
 */
export function raiseLevels(placement: Placement, capacity: Float64Array, aims: Float64Array): number[] {
  const before = placement.settled.slice()
  for (;;) {
    const next = placement.levels.slice()
    const full = overfull(placement, capacity, aims, before)
    for (const c of full) next[c] = placement.levelToShed(c, aims[c]! * capacity[c]!)
    if (full.every(c => next[c] === placement.levels[c])) return full
    placement.apply(next)
  }
}

function overfull(placement: Placement, capacity: Float64Array, aims: Float64Array, before: Float64Array): number[] {
  const found: number[] = []
  for (let c = 0; c < placement.clusters; c++) {
    const receives = placement.settled[c]! - before[c]! > RECEIVER_SPILL * capacity[c]!
    const limit = aims[c]! + (receives ? RECEIVER_ABOVE_AIM : RAISE_ABOVE_AIM)
    if (placement.settled[c]! > limit * capacity[c]!) found.push(c)
  }
  return found
}

const MOST_STEPS = 600

/**
 * Raises levels, and where some blocks' lists hold no room at all, the targets of all clusters in those lists together, the lowest first: they end
 * up equally full, and none is overrun in favour of another. `relax[c]` (share of capacity added to the aim) is read and raised.
 */
export function raiseWithRoom(
  placement: Placement,
  capacity: Float64Array,
  aims: Float64Array,
  relax: Float64Array,
): number[] {
  const saved = placement.save()
  for (let step = 0; ; step++) {
    const raised = aims.map((aim, c) => aim + relax[c]!)
    const stuck = raiseLevels(placement, capacity, raised)
    if (stuck.length === 0 || step === MOST_STEPS || !relaxReach(placement, stuck, capacity, aims, relax)) return stuck
    placement.restore(saved)
  }
}

/** One step up for the clusters that the stuck blocks could use. False when they are all at the end of the scale. */
function relaxReach(
  placement: Placement,
  stuck: readonly number[],
  capacity: Float64Array,
  aims: Float64Array,
  relax: Float64Array,
): boolean {
  const reach = new Uint8Array(placement.clusters)
  for (const c of stuck) placement.markLists(c, reach)
  let lowest = Number.POSITIVE_INFINITY
  reach.forEach((reached, c) => {
    if (reached === 1 && Number.isFinite(capacity[c]!)) lowest = Math.min(lowest, aims[c]! + relax[c]!)
  })
  if (lowest > RELAX_MAX) return false
  reach.forEach((reached, c) => {
    if (reached === 1) relax[c] = Math.max(relax[c]!, lowest + RELAX_STEP - aims[c]!)
  })
  return true
}
