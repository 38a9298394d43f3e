import { explainedLoad, uncertaintyOf } from './demand.ts'
import { basisOf, demandOf, rememberedBasis } from './memory.ts'
import type { Run } from './run.ts'
import type { Basis, LevelState } from './state.ts'
import { BETTER_KNOWN, CRUMB, SAME_SIGMA } from './tuning.ts'

/**
 * The demand to plan for: that of the plan before, until the estimate explains the load of some cluster otherwise, by more than the noise of reports does.
 * Estimates never rest, and some cluster always stands close to a limit: a plan that followed them would move blocks for nothing, for ever. On
 * the same basis the same plan is made, so moves stop where demand does not change.
 *
 * `estimate`: demand by cell; `held`: where each cell's demand goes under the plan in force, see {@link heldPlacement}.
 */
export function basisToPlanFor(run: Run, before: LevelState | null, estimate: Float64Array, held: Float64Array): Basis {
  const basis = rememberedBasis(run, before)
  const keep = basis !== null && !isBetterKnown(run, before) && isSame(run, demandOf(run, basis), estimate, held)
  if (keep) return basis
  return basisOf(run, estimate)
}

/** A demand that is news is first known from one report. */
function isBetterKnown(run: Run, before: LevelState | null): boolean {
  return run.memories.some(({ averaged }, c) => {
    const then = before?.clusters[run.ids[c]!]?.averaged ?? averaged
    return BETTER_KNOWN.some(reports => then < reports && averaged >= reports)
  })
}

function isSame(run: Run, planned: Float64Array, estimate: Float64Array, held: Float64Array): boolean {
  const n = run.ids.length
  const then = explainedLoad(planned, held, n)
  const now = explainedLoad(estimate, held, n)
  return then.every((load, c) => Math.abs(now[c]! - load) <= noiseOf(run, c, Math.max(load, now[c]!)))
}

/** What an estimate of so much load may be off by, in load units. */
function noiseOf(run: Run, c: number, load: number): number {
  const capacity = run.capacity[c]!
  return Math.max(SAME_SIGMA * uncertaintyOf(run.memories[c]!) * load, Number.isFinite(capacity) ? CRUMB * capacity : 0)
}
