import type { Placement } from './placement.ts'
import {
  AFRESH_GAIN,
  RAISE_ABOVE_AIM,
  RECEIVER_ABOVE_AIM,
  RECEIVER_SPILL,
  RELAX_MAX,
  RELAX_STEP,
  SCARCE_ABOVE_AIM,
  SCARCE_RECEIVER_ABOVE_AIM,
} from './tuning.ts'

/** When a level is raised. All are shares of capacity. */
export interface RaiseRule {
  /** Settled load above aim + this raises the level ... */
  readonly above: number
  /** ... and above aim + this where others' spill arrives. */
  readonly receiverAbove: number
}

/** The load plan of every ten seconds leaves what is near its aim alone. */
export const SPILL: RaiseRule = { above: RAISE_ABOVE_AIM, receiverAbove: RECEIVER_ABOVE_AIM }

/** What makes room where there is none: evenly. */
const SCARCE: RaiseRule = { above: SCARCE_ABOVE_AIM, receiverAbove: SCARCE_RECEIVER_ABOVE_AIM }

/** To the aim and no further: deferred acceptance by the book. */
export const EXACT: RaiseRule = { above: 0, receiverAbove: 0 }

/**
 * Raises levels as deferred acceptance does (Gale and Shapley 1962): every cluster above its limit turns away its lowest ranks until it is at its
 * aim, all at once; those turned away settle in their next slots; again, until nothing changes. Levels only rise, so it ends, and the order
 * of clusters does not matter. `capacity` in load units (Infinity = no limit known), `aims` as shares of it.
 * Returns the clusters that are left above their limit because nobody there has anywhere else to go.
 */
export function raiseLevels(
  placement: Placement,
  capacity: Float64Array,
  aims: Float64Array,
  rule: RaiseRule,
): number[] {
  const before = placement.settled.slice()
  for (;;) {
    const next = placement.levels.slice()
    const full = overfull(placement, capacity, aims, before, rule)
    for (const c of full) next[c] = placement.levelToShed(c, aims[c]! * capacity[c]!)
    if (full.every(c => next[c] === placement.levels[c])) return full
    placement.apply(next)
  }
}

function overfull(
  placement: Placement,
  capacity: Float64Array,
  aims: Float64Array,
  before: Float64Array,
  rule: RaiseRule,
): number[] {
  const found: number[] = []
  for (let c = 0; c < placement.clusters; c++) {
    const receives = placement.settled[c]! - before[c]! > RECEIVER_SPILL * capacity[c]!
    const limit = aims[c]! + (receives ? rule.receiverAbove : rule.above)
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
  rule: RaiseRule,
): number[] {
  const saved = placement.save()
  for (let step = 0; ; step++) {
    const raised = aims.map((aim, c) => aim + relax[c]!)
    const stuck = raiseLevels(placement, capacity, raised, rule)
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

/**
 * {@link raiseWithRoom}; and where that had to raise targets further, a second plan from the lowest levels that may be, `floors`: levels of the past may be
 * what stands in the way. The second is taken when it lowers the highest load by enough to be worth its moves. `relax` is left as chosen.
 */
export function makeRoom(
  placement: Placement,
  capacity: Float64Array,
  aims: Float64Array,
  relax: Float64Array,
  floors: Uint16Array,
): number[] {
  const before = relax.slice()
  const isAfresh = before.every(share => share === 0) && placement.levels.every((level, c) => level === floors[c])
  const stuck = raiseWithRoom(placement, capacity, aims, relax, SCARCE)
  if (isAfresh || relax.every((share, c) => share === before[c])) return stuck
  const patched = placement.save()
  const peak = peakLoad(placement, capacity)
  const afresh = new Float64Array(relax.length)
  placement.apply(floors)
  const stuckAfresh = raiseWithRoom(placement, capacity, aims, afresh, SCARCE)
  if (peakLoad(placement, capacity) < peak - AFRESH_GAIN) {
    relax.set(afresh)
    return stuckAfresh
  }
  placement.restore(patched)
  return stuck
}

function peakLoad(placement: Placement, capacity: Float64Array): number {
  return placement.settled.reduce((peak, load, c) => Math.max(peak, load / capacity[c]!), 0)
}
