import type { Placement } from '../levels/placement.ts'
import { VOLUNTARY_SHARE } from './tuning.ts'
import type { Worth } from './worth.ts'

interface Step {
  readonly cluster: number
  readonly level: number
  readonly demand: number
  /** ms per demand that moves; Infinity where none does. */
  readonly gain: number
}

/**
 * Lowers levels so that blocks come back to clusters they would rather have, largest gain first, where it is worth the move, and no more than the budget
 * in all; returns the demand that moves. `room[c]`: load up to which c may be filled, below 0 = not to be lowered.
 *
 * To lower one level takes load from the other clusters and gives none: no step makes another cluster too full, and while nobody is filled past its
 * target, none goes below the cutoffs of deferred acceptance.
 */
export function lowerLevelsWhereWorthwhile(placement: Placement, worth: Worth, room: Float64Array): number {
  const budget = VOLUNTARY_SHARE * placement.settled.reduce((sum, load) => sum + load, 0)
  let moved = 0
  for (let found = true; found; ) {
    found = false
    for (const { cluster } of stepsByGain(placement, worth, room, budget - moved)) {
      // The steps before it may have made room, and have taken of the budget.
      const step = stepOf(placement, worth, room, cluster, budget - moved)
      if (step === null) continue
      placement.apply(placement.levels.with(cluster, step.level))
      moved += step.demand
      found = true
    }
  }
  return moved
}

function stepsByGain(placement: Placement, worth: Worth, room: Float64Array, budget: number): readonly Step[] {
  const steps: Step[] = []
  for (let c = 0; c < placement.clusters; c++) {
    const step = stepOf(placement, worth, room, c, budget)
    if (step !== null) steps.push(step)
  }
  return steps.sort((a, b) => b.gain - a.gain || a.cluster - b.cluster)
}

/**
 * The step down, as far as room and budget allow, at whose end most is gained beyond what its moves must gain: no rank at the end of it comes back whose
 * blocks had better stay. null where there is none.
 */
function stepOf(placement: Placement, worth: Worth, room: Float64Array, cluster: number, budget: number): Step | null {
  const present = placement.levels[cluster]!
  if (present === 0 || room[cluster]! < 0) return null
  const most = Math.min(room[cluster]!, placement.settled[cluster]! + budget)
  const lowest = placement.levelToFill(cluster, most, 1, 0)
  const sum = { demand: 0, gain: 0, beyond: 0 }
  let best = { level: present, ...sum }
  for (let level = present - 1; level >= lowest; level--) {
    placement.eachTurnedAway(cluster, level, (row, at, demand) => {
      const { gain, beyond } = worth.ofReturn(row, cluster, at)
      sum.demand += demand
      sum.gain += demand * gain
      sum.beyond += demand * beyond
    })
    const more = sum.beyond === best.beyond && (sum.demand > best.demand || level === 0)
    if (sum.beyond > best.beyond || more) best = { level, ...sum }
  }
  if (best.level === present) return null
  const { level, demand, gain } = best
  return { cluster, level, demand, gain: demand > 0 ? gain / demand : Number.POSITIVE_INFINITY }
}
