import { millis } from '../../base/brand.ts'
import type { Placement } from './placement.ts'
import type { Run } from './run.ts'
import { FILL_BELOW_AIM, LOWER_BELOW_AIM, LOWER_STEP_RANKS, REPORT_LAG_MS, RETURNING_FACTOR } from './tuning.ts'

/**
 * Lets blocks back where a cluster has been settled well below its aim for its hold time since the last raise: some ranks at a time, and not before
 * the lowering before this one can be seen in the reports.
 */
export function lowerLevels(run: Run, placement: Placement): void {
  const next = placement.levels.slice()
  run.memories.forEach((memory, c) => {
    const capacity = run.capacity[c]!
    const aim = run.aims[c]! + memory.relax
    const low = Number.isFinite(capacity) && placement.settled[c]! < (aim - LOWER_BELOW_AIM) * capacity
    if (!low || run.closed[c]! >= 1) {
      memory.lowSince = millis(0)
      return
    }
    if (memory.lowSince === 0) memory.lowSince = run.now
    const quiet = run.now - Math.max(memory.raisedAt, memory.lowSince) >= memory.hold
    const seen = run.now - memory.loweredAt >= run.ttlMs + 2 * REPORT_LAG_MS
    if (!quiet || !seen) return
    const floor = Math.max(run.floors[c]!, placement.levels[c]! - LOWER_STEP_RANKS)
    next[c] = placement.levelToFill(c, (aim - FILL_BELOW_AIM) * capacity, RETURNING_FACTOR, floor)
    if (next[c] !== placement.levels[c]) memory.loweredAt = run.now
  })
  placement.apply(next)
}
