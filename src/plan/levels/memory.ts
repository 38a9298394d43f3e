import type { Run } from './run.ts'
import type { LevelState } from './state.ts'
import { DOUBT_CHANGE, DOUBT_MS, DOUBT_REST, SHAPE_FADE_MS } from './tuning.ts'

/**
 * Demand of every cell as the run before left it: of each first choice its demand, spread by weight and shape. Where a new map gave a cluster a
 * larger or smaller share of all blocks, as much more or less. Shapes fade: what a past crowd looked like says less and less of the next.
 */
export function rememberedDemand(run: Run, before: LevelState | null): Float64Array {
  const { cells, memories } = run
  const keep = before === null ? 1 : Math.exp((before.at - run.now) / SHAPE_FADE_MS)
  const shaped = Float64Array.from(cells.weight, (weight, k) => weight * (before?.shape[cells.key[k]!] ?? 1) ** keep)
  const shapedSum = sumByGroup(run, shaped)
  const weightSum = sumByGroup(run, cells.weight)
  const all = weightSum.reduce((sum, weight) => sum + weight, 0)
  const demand = memories.map((memory, c) => {
    const share = weightSum[c]! / all
    const change = memory.weight > 0 ? share / memory.weight : 1
    memory.weight = share
    if (run.freshness[c] === 'never') memory.demand = null
    else if (memory.demand === null && run.freshness[c] !== 'news') memory.demand = memory.report!.value
    return (memory.demand ?? 0) * change
  })
  return shaped.map((value, k) => {
    const c = cells.group[k]!
    return shapedSum[c]! > 0 ? (demand[c]! * value) / shapedSum[c]! : 0
  })
}

/** Leaves the demand of each first choice in its memory and returns the shape of those cells that differ from it. */
export function rememberDemand(run: Run, demand: Float64Array): Record<string, number> {
  const { cells } = run
  const sum = sumByGroup(run, demand)
  const weight = sumByGroup(run, cells.weight)
  run.memories.forEach((memory, c) => {
    if (memory.report === null || run.freshness[c] === 'never') return
    if (memory.demand === null || Math.abs(sum[c]! - memory.demand) > DOUBT_CHANGE * memory.demand)
      memory.newsAt = run.now
    memory.demand = sum[c]!
  })
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
