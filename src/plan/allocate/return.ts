import type { Placement } from '../levels/placement.ts'
import { VOLUNTARY_SHARE, WORTHWHILE_MS } from './tuning.ts'

interface Step {
  readonly cluster: number
  readonly level: number
  readonly demand: number
  /** ms per demand that moves; Infinity where none does. */
  readonly gain: number
}

/**
 * Lowers levels so that blocks come back to clusters they would rather have, largest gain first, where it is worth the move, and no more than the budget
 * in all; returns the demand that moves. `room[c]`: load up to which c may be filled, below 0 = not to be lowered. `regrets`: ms by cluster
 * and rank, null = unknown, and every move is worth it.
 *
 * To lower one level takes load from the other clusters and gives none: no step makes another cluster too full, and while nobody is filled past its
 * target, none goes below the cutoffs of deferred acceptance.
 */
export function lowerLevelsWhereWorthwhile(
  placement: Placement,
  regrets: Float32Array | null,
  room: Float64Array,
): number {
  const budget = VOLUNTARY_SHARE * placement.settled.reduce((sum, load) => sum + load, 0)
  let moved = 0
  for (let found = true; found; ) {
    found = false
    for (const { cluster } of stepsByGain(placement, regrets, room, budget - moved)) {
      // The steps before it may have made room, and have taken of the budget.
      const step = stepOf(placement, regrets, room, cluster, budget - moved)
      if (step === null) continue
      placement.apply(placement.levels.with(cluster, step.level))
      moved += step.demand
      found = true
    }
  }
  return moved
}

function stepsByGain(
  placement: Placement,
  regrets: Float32Array | null,
  room: Float64Array,
  budget: number,
): readonly Step[] {
  const steps: Step[] = []
  for (let c = 0; c < placement.clusters; c++) {
    const step = stepOf(placement, regrets, room, c, budget)
    if (step !== null) steps.push(step)
  }
  return steps.sort((a, b) => b.gain - a.gain || a.cluster - b.cluster)
}

/** The longest step down that room and budget allow; null where there is none, or where it is not worth it. */
function stepOf(
  placement: Placement,
  regrets: Float32Array | null,
  room: Float64Array,
  cluster: number,
  budget: number,
): Step | null {
  if (placement.levels[cluster] === 0 || room[cluster]! < 0) return null
  const most = Math.min(room[cluster]!, placement.settled[cluster]! + budget)
  const level = placement.levelToFill(cluster, most, 1, 0)
  if (level === placement.levels[cluster]) return null
  const { demand, gain } = placement.returns(cluster, level, regrets, WORTHWHILE_MS)
  if (gain < WORTHWHILE_MS * demand * (1 - 1e-9)) return null
  return { cluster, level, demand, gain: demand > 0 ? gain / demand : Number.POSITIVE_INFINITY }
}
