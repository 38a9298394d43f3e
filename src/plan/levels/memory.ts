import { MOST_LOAD } from '../../model/signals.ts'
import type { Run } from './run.ts'
import type { Basis, LevelState } from './state.ts'
import { DOUBT_CHANGE, DOUBT_MS, DOUBT_REST, SHAPE_FADE_MS } from './tuning.ts'

/**
 * Demand of every cell as the run before left it: of each first choice its demand, spread by weight and shape. Where a new map gave a cluster a
 * larger or smaller share of all blocks, as much more or less. Shapes fade: what a past crowd looked like says less and less of the next.
 */
export function rememberedDemand(run: Run, before: LevelState | null): Float64Array {
  const keep = before === null ? 1 : Math.exp((before.at - run.now) / SHAPE_FADE_MS)
  const change = growthOfShares(run, before)
  const demand = run.memories.map((memory, c) => {
    if (run.freshness[c] === 'never') memory.demand = null
    else if (memory.demand === null && run.freshness[c] !== 'news') memory.demand = memory.report!.value
    return (memory.demand ?? 0) * change[c]!
  })
  return spread(run, demand, before?.shape ?? {}, keep)
}

/** What was planned for last, carried over to the map of now; null where a cluster is new since. */
export function rememberedBasis(run: Run, before: LevelState | null): Basis | null {
  const basis = before?.basis ?? null
  if (basis === null || run.ids.some(id => !Object.hasOwn(basis.demand, id))) return null
  const change = growthOfShares(run, before)
  return {
    demand: Object.fromEntries(run.ids.map((id, c) => [id, Math.min(MOST_LOAD, basis.demand[id]! * change[c]!)])),
    shape: basis.shape,
  }
}

/** Demand of every cell that a basis stands for. */
export function demandOf(run: Run, { demand, shape }: Basis): Float64Array {
  return spread(
    run,
    run.ids.map(id => demand[id]!),
    shape,
    1,
  )
}

/** By cluster: its share of all blocks as a multiple of what it was in the map before. */
function growthOfShares(run: Run, before: LevelState | null): number[] {
  return sharesOf(run).map((share, c) => {
    const known = before?.clusters[run.ids[c]!]?.weight ?? 0
    return known > 0 ? share / known : 1
  })
}

function sharesOf(run: Run): number[] {
  const weights = sumByGroup(run, run.cells.weight)
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  return Array.from(weights, weight => weight / all)
}

function spread(run: Run, demand: readonly number[], shape: LevelState['shape'], keep: number): Float64Array {
  const { cells } = run
  const shaped = Float64Array.from(cells.weight, (weight, k) => weight * (shape[cells.key[k]!] ?? 1) ** keep)
  const sum = sumByGroup(run, shaped)
  return shaped.map((value, k) => {
    const c = cells.group[k]!
    return sum[c]! > 0 ? (demand[c]! * value) / sum[c]! : 0
  })
}

/** Leaves the demand of each first choice in its memory and returns the shape of those cells that differ from it. */
export function rememberDemand(run: Run, demand: Float64Array): Record<string, number> {
  const sum = sumByGroup(run, demand)
  const shares = sharesOf(run)
  run.memories.forEach((memory, c) => {
    memory.weight = shares[c]!
    if (memory.report === null || run.freshness[c] === 'never') return
    if (memory.demand === null || Math.abs(sum[c]! - memory.demand) > DOUBT_CHANGE * memory.demand)
      memory.newsAt = run.now
    memory.demand = sum[c]!
  })
  return shapeOf(run, demand)
}

/** The basis that {@link demandOf} makes this demand of, but for the rounding of shapes. */
export function basisOf(run: Run, demand: Float64Array): Basis {
  const sum = sumByGroup(run, demand)
  return {
    demand: Object.fromEntries(run.ids.map((id, c) => [id, sum[c]!])),
    shape: shapeOf(run, demand),
  }
}

function shapeOf(run: Run, demand: Float64Array): Record<string, number> {
  const { cells } = run
  const sum = sumByGroup(run, demand)
  const weight = sumByGroup(run, cells.weight)
  const shape: Record<string, number> = {}
  demand.forEach((value, k) => {
    const c = cells.group[k]!
    const ratio = (value * weight[c]!) / (cells.weight[k]! * sum[c]!)
    if (Math.abs(ratio - 1) > 0.03) shape[cells.key[k]!] = Number(Math.min(100, Math.max(0.01, ratio)).toPrecision(4))
  })
  return shape
}

function sumByGroup(run: Run, values: Float64Array): Float64Array {
  const sums = new Float64Array(run.ids.length)
  values.forEach((value, k) => {
    sums[run.cells.group[k]!]! += value
  })
  return sums
}

/** How open to correction each cell's demand is, {@link DOUBT_REST} to 1. */
export function doubtOf(run: Run): Float64Array {
  const doubt = run.memories.map(
    ({ newsAt }) => DOUBT_REST + (1 - DOUBT_REST) * (newsAt > 0 ? Math.exp((newsAt - run.now) / DOUBT_MS) : 0),
  )
  return Float64Array.from(run.cells.group, c => doubt[c]!)
}
