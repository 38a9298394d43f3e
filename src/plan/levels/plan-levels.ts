import { type Millis, millis } from '../../base/brand.ts'
import type { LevelsInput, LevelsVerdict } from '../../model/planner.ts'
import { alarmsOf } from './alarms.ts'
import { believe, explainedLoad, fitDemand } from './demand.ts'
import { heldPlacement, momentOf, published } from './history.ts'
import { lowerLevels } from './lower.ts'
import { Placement } from './placement.ts'
import { raiseLevels, raiseWithRoom } from './raise.ts'
import { type DemandRows, openLists } from './rows.ts'
import { prepareRun, type Run } from './run.ts'
import { type ClusterMemory, type LevelState, type Published, readState } from './state.ts'
import { FADE_AFTER_MS, FADE_MS, HOLD_MAX_MS, HOLD_MS, RELAX_STEP } from './tuning.ts'

export interface LevelPlan extends LevelsVerdict {
  readonly state: LevelState
}

/**
 * The shed level of every cluster for the next ten seconds or so: ROUTING section 5. A pure function; what it must remember travels in `state`
 * (give null at first, afterwards what the run before returned, by whichever controller).
 *
 * 1. estimate the demand of each group of blocks, so that the loads it explains match the reports
 * 2. raise levels until every cluster is at its aim (raising aims together where there is no room)
 * 3. lower levels, late and little by little, where there is room again
 *
 * `capacity` and `load.value` are in one unit for all clusters; `target` is a share of capacity (0..1]. Bad input never throws: a report that is
 * no number is no report, a capacity that is no positive number is an unknown one, an unreadable state is no state.
 */
export function planLevels(input: LevelsInput & { readonly rows: DemandRows }): LevelPlan {
  const now = millis(Number.isFinite(input.now) ? Math.max(0, input.now) : 0)
  const ttlMs = 1000 * (input.ttlSeconds >= 1 && input.ttlSeconds <= 86_400 ? input.ttlSeconds : 30)
  const baseHold = Math.min(HOLD_MAX_MS, Math.max(HOLD_MS, 2 * ttlMs))
  const verdict = readState(input.state, now, baseHold)
  const before = verdict.kind === 'read' ? verdict.state : null
  const run = prepareRun(input, before, now, ttlMs, baseHold)

  const demand = estimateDemand(run, before?.history ?? [])
  const stuck = setLevels(run, demand, before?.at ?? now)

  const state: LevelState = {
    version: 1,
    at: now,
    clusters: Object.fromEntries(run.ids.map((id, c) => [id, run.memories[c]!])),
    history: published(before?.history ?? [], publishedNow(run), ttlMs),
  }
  return {
    levels: Object.fromEntries(run.ids.map((id, c) => [id, run.memories[c]!.level])),
    state,
    alarms: alarmsOf(run, stuck, verdict.kind === 'unreadable'),
    stale: run.ids.filter((_, c) => run.freshness[c] === 'stale' || run.freshness[c] === 'fading'),
  }
}

/** Demand per group (first choice), in load units; leaves it in the memories. */
function estimateDemand(run: Run, history: readonly Published[]): Float64Array {
  const demand = rememberedDemand(run)
  const past = history.length > 0 ? history : [publishedNow(run)]
  const held = (at: readonly Millis[]) => heldPlacement(run.rows, run.weights, run.ids, past, at, run.ttlMs)
  const heldThen = held(run.memories.map(memory => momentOf(memory.report?.at ?? run.now)))
  const heldAtLast = held(run.memories.map(() => millis(Number.MAX_SAFE_INTEGER)))
  const expected = explainedLoad(demand, heldThen)
  const transit = explainedLoad(
    demand,
    heldThen.map((share, i) => Math.abs(share - heldAtLast[i]!)),
  )
  const believed = run.memories.map((memory, c) => {
    const capacity = run.capacity[c]!
    switch (run.closed[c]! >= 1 ? 'stale' : run.freshness[c]!) {
      case 'news':
        if (memory.demand === null) return memory.report!.value
        return believe(memory, {
          reported: memory.report!.value,
          expected: expected[c]!,
          transit: transit[c]!,
          capacity,
        })
      case 'known':
        return expected[c]!
      default:
        // Its demand stays what it was. A dead cluster's report would say that nobody wants it.
        return Number.NaN
    }
  })
  fitDemand(demand, heldThen, Float64Array.from(believed))
  run.memories.forEach((memory, c) => {
    if (memory.demand !== null || memory.report !== null) memory.demand = demand[c]!
  })
  return demand
}

/** Demands of the run before; where a new map gave a cluster a larger or smaller share of all blocks, as much more or less of them. */
function rememberedDemand(run: Run): Float64Array {
  const all = run.weights.reduce((sum, weight) => sum + weight, 0)
  return Float64Array.from(run.memories, (memory, c) => {
    const share = all > 0 ? run.weights[c]! / all : 0
    const change = memory.weight > 0 && share > 0 ? share / memory.weight : 1
    memory.weight = share
    if (run.freshness[c] === 'never') memory.demand = null
    else if (memory.demand === null && run.freshness[c] !== 'news') memory.demand = memory.report!.value
    return (memory.demand ?? 0) * change
  })
}

/** Steps 2 and 3 on the settled loads; returns the clusters that no step could help. */
function setLevels(run: Run, demand: Float64Array, lastRun: Millis): number[] {
  const lists = openLists(run.rows, run.weights, run.closed)
  const placement = new Placement(
    lists,
    demand,
    Uint16Array.from(run.memories, (_, c) => startLevel(run, c, lastRun)),
  )
  const started = placement.levels.slice()
  const stuck = raise(run, placement)
  run.memories.forEach((memory, c) => {
    if (placement.levels[c]! > started[c]!) noteRaise(memory, run)
  })
  lowerLevels(run, placement)
  run.memories.forEach((memory, c) => {
    memory.level = placement.levels[c]!
  })
  return stuck
}

/** The level in force, except for clusters that there is no ground to plan for. */
function startLevel(run: Run, c: number, lastRun: Millis): number {
  const memory = run.memories[c]!
  const { capacity } = run.clusters[c]!
  if (capacity === 0) return 256
  if (!(capacity > 0) || run.freshness[c] === 'never') return 0
  if (run.freshness[c] !== 'fading') return memory.level
  const left = memory.report!.at + FADE_AFTER_MS + FADE_MS - run.now
  return Math.round((memory.level * left) / (left + run.now - lastRun))
}

function raise(run: Run, placement: Placement): number[] {
  const relax = Float64Array.from(run.memories, memory => memory.relax)
  const less = relax.map((share, c) =>
    run.now - run.memories[c]!.relaxedAt >= run.baseHold ? Math.max(0, share - RELAX_STEP) : share,
  )
  const saved = placement.save()
  // Raised targets come down a step when there is room for two.
  const tried = less.map((share, c) => (share < relax[c]! ? Math.max(0, share - RELAX_STEP) : share))
  const fits =
    raiseLevels(
      placement,
      run.capacity,
      run.aims.map((aim, c) => aim + tried[c]!),
    ).length === 0
  placement.restore(saved)
  const chosen = fits ? less : relax
  const stuck = raiseWithRoom(placement, run.capacity, run.aims, chosen)
  run.memories.forEach((memory, c) => {
    if (chosen[c] !== memory.relax) memory.relaxedAt = run.now
    memory.relax = chosen[c]!
  })
  return stuck
}

function noteRaise(memory: ClusterMemory, run: Run): void {
  const undone = memory.loweredAt > 0 && run.now - memory.loweredAt <= memory.hold + run.baseHold
  if (undone) memory.hold = Math.min(HOLD_MAX_MS, 2 * memory.hold)
  else if (run.now - memory.raisedAt > HOLD_MAX_MS) memory.hold = run.baseHold
  memory.raisedAt = run.now
}

function publishedNow(run: Run): Published {
  const positive = (value: (c: number) => number) =>
    Object.fromEntries(run.ids.map((id, c) => [id, value(c)] as const).filter(([, x]) => x > 0))
  return { at: run.now, levels: positive(c => run.memories[c]!.level), closed: positive(c => run.closed[c]!) }
}
