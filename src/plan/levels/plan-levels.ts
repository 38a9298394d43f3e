import { type Millis, millis } from '../../base/brand.ts'
import type { LevelsInput, LevelsVerdict } from '../../model/planner.ts'
import type { DemandRows } from '../demand.ts'
import { alarmsOf } from './alarms.ts'
import { basisToPlanFor } from './basis.ts'
import { believe, explainedLoad, fitDemand, seedDemand, spreadNews } from './demand.ts'
import { heldPlacement, momentOf, published, samePlacement } from './history.ts'
import { openLists } from './lists.ts'
import { lowerLevels } from './lower.ts'
import { demandOf, doubtOf, rememberDemand, rememberedDemand } from './memory.ts'
import { Placement } from './placement.ts'
import { makeRoom, raiseLevels, raiseWithRoom, SPILL } from './raise.ts'
import { prepareRun, type Run } from './run.ts'
import { type ClusterMemory, type LevelState, type Published, readState } from './state.ts'
import { DOUBT_REST, FADE_AFTER_MS, FADE_MS, HOLD_MAX_MS, HOLD_MS, RELAX_STEP, SPILL_CAUTION } from './tuning.ts'

export interface LevelPlan extends LevelsVerdict {
  readonly state: LevelState
}

/**
 * The shed level of every cluster for the next ten seconds or so. A pure function; what it must remember travels in `state` (null at first, then
 * what the run before returned, by whichever controller).
 *
 * 0. begin at the levels in force, not below the floors that the allocation asks for
 * 1. estimate the demand of each group of blocks, so that the loads it explains match the reports; plan for it where it is another than before
 * 2. raise levels until every cluster is at its aim (raising aims together where there is no room)
 * 3. lower levels, late and little by little, where there is room again
 *
 * `capacity` and `load.value` are in one unit for all clusters; `target` is a share of capacity (0..1]. Bad input never throws: a report that is
 * no number is no report, a capacity that is no positive number is an unknown one, an unreadable state is no state.
 */
export function planLevels(input: LevelsInput & { readonly rows: DemandRows }): LevelPlan {
  const now = millis(Number.isFinite(input.now) ? Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, input.now)) : 0)
  const ttlMs = 1000 * (input.ttlSeconds >= 1 && input.ttlSeconds <= 86_400 ? input.ttlSeconds : 30)
  const baseHold = Math.min(HOLD_MAX_MS, Math.max(HOLD_MS, 2 * ttlMs))
  const verdict = readState(input.state, now, baseHold)
  const before = verdict.kind === 'read' ? verdict.state : null
  const run = prepareRun(input, before, now, ttlMs, baseHold)

  const past = knownPast(run, before)
  const { estimate, held } = estimateDemand(run, before, past)
  const shape = rememberDemand(run, estimate)
  const basis = basisToPlanFor(run, before, estimate, held)
  const stuck = setLevels(run, demandOf(run, basis), before?.at ?? now)

  const state: LevelState = {
    version: 1,
    at: now,
    clusters: Object.fromEntries(run.ids.map((id, c) => [id, run.memories[c]!])),
    shape,
    basis,
    history: published(past, publishedNow(run), ttlMs),
  }
  return {
    levels: Object.fromEntries(run.ids.map((id, c) => [id, run.memories[c]!.level])),
    state,
    alarms: alarmsOf(run, stuck, verdict.kind === 'unreadable'),
    stale: run.ids.filter((_, c) => run.freshness[c] === 'stale' || run.freshness[c] === 'fading'),
  }
}

/** Demand per cell, in load units, and where it goes under the plan in force. */
function estimateDemand(
  run: Run,
  before: LevelState | null,
  past: readonly Published[],
): { readonly estimate: Float64Array; readonly held: Float64Array } {
  const n = run.ids.length
  const demand = rememberedDemand(run, before)
  const held = (at: readonly Millis[]) => heldPlacement(run.rows, run.cells, run.ids, past, at, run.ttlMs)
  const heldThen = held(run.memories.map(memory => momentOf(memory.report?.at ?? run.now)))
  const heldAtLast = held(run.memories.map(() => millis(Number.MAX_SAFE_INTEGER)))
  const expected = explainedLoad(demand, heldThen, n)
  const moving = heldThen.map((share, i) => Math.abs(share - heldAtLast[i]!))
  const transit = explainedLoad(demand, moving, n)
  const believed = Float64Array.from(run.memories, (_, c) => believedLoad(run, c, expected[c]!, transit[c]!))
  seedDemand(demand, run.cells, believed)
  spreadNews(demand, run.cells, expected, believed)
  fitDemand(demand, heldThen, believed, doubtOf(run))
  return { estimate: demand, held: heldAtLast }
}

/**
 * What was published, as of now: a cluster that has died or come back since the last run did so somewhere between, and the nameservers did not wait for
 * this run.
 */
function knownPast(run: Run, before: LevelState | null): readonly Published[] {
  const today = publishedNow(run)
  const last = before?.history.at(-1)
  if (before === null || last === undefined) return [today]
  const changed = { at: millis((before.at + run.now) / 2), levels: last.levels, closed: today.closed }
  return samePlacement(last, changed) ? before.history : [...before.history, changed]
}

/** NaN where the reports say nothing: the demand behind it stays what it was. */
function believedLoad(run: Run, c: number, expected: number, transit: number): number {
  const memory = run.memories[c]!
  // A dead cluster's report would say that nobody wants it.
  if (run.closed[c]! >= 1) return Number.NaN
  if (run.freshness[c] === 'known') return expected
  if (run.freshness[c] !== 'news') return Number.NaN
  const reported = memory.report!.value
  if (memory.demand === null) {
    memory.averaged = 1
    return reported
  }
  const aim = run.aims[c]! + memory.relax
  return believe(memory, { reported, expected, transit, capacity: run.capacity[c]!, aim })
}

/** Steps 2 and 3 on the settled loads; returns the clusters that no step could help. */
function setLevels(run: Run, demand: Float64Array, lastRun: Millis): number[] {
  const lists = openLists(run.rows, run.cells, run.closed)
  const start = Uint16Array.from(run.memories, (_, c) => startLevel(run, c, lastRun))
  const placement = new Placement(lists, demand, start)
  const stuck = raise(run, placement, doubtOf(run))
  run.memories.forEach((memory, c) => {
    if (placement.levels[c]! > start[c]!) noteRaise(memory, run)
  })
  lowerLevels(run, placement)
  run.memories.forEach((memory, c) => {
    memory.level = placement.levels[c]!
  })
  return stuck
}

/** The level in force, not below what the allocation asks; except for clusters that there is no ground to plan for. */
function startLevel(run: Run, c: number, lastRun: Millis): number {
  const memory = run.memories[c]!
  const { capacity } = run.clusters[c]!
  if (capacity === 0) return 256
  if (!(capacity > 0) || run.freshness[c] === 'never') return 0
  if (run.freshness[c] !== 'fading') return Math.max(memory.level, run.floors[c]!)
  const left = memory.report!.at + FADE_AFTER_MS + FADE_MS - run.now
  return Math.round((memory.level * left) / (left + run.now - lastRun))
}

/** Raises levels: with caution about blocks in doubt where there is room for that, else without, else with raised targets. */
function raise(run: Run, placement: Placement, doubt: Float64Array): number[] {
  const { capacity, aims } = run
  const relax = lessRelaxed(run, placement)
  const saved = placement.save()
  placement.beware(doubt.map(share => SPILL_CAUTION * Math.max(0, share - DOUBT_REST)))
  const raised = aims.map((aim, c) => aim + relax[c]!)
  let stuck: number[] = []
  if (raiseLevels(placement, capacity, raised, SPILL).length > 0) {
    placement.restore(saved)
    placement.beware(null)
    stuck = makeRoom(placement, capacity, aims, relax, run.floors)
  }
  run.memories.forEach((memory, c) => {
    if (relax[c]! > memory.relax) {
      memory.relaxedAt = run.now
      noteUndone(memory, run)
    }
    memory.relax = relax[c]!
  })
  return stuck
}

/** How much targets stay raised: from time to time what would be needed now is found out, and they come half the way down if that is clearly less. */
function lessRelaxed(run: Run, placement: Placement): Float64Array {
  const relax = Float64Array.from(run.memories, memory => memory.relax)
  const due = run.memories.map(memory => memory.relax > 0 && run.now - memory.relaxedAt >= memory.hold)
  if (!due.includes(true)) return relax
  const saved = placement.save()
  const needed = relax.map((share, c) => (due[c] ? 0 : share))
  raiseWithRoom(placement, run.capacity, run.aims, needed, SPILL)
  placement.restore(saved)
  return relax.map((share, c) => {
    if (!due[c]) return share
    run.memories[c]!.relaxedAt = run.now
    const spare = share - needed[c]!
    if (spare < 1.9 * RELAX_STEP) return share
    run.memories[c]!.loweredAt = run.now
    return spare === share && spare <= 2 * RELAX_STEP ? 0 : share - spare / 2
  })
}

function noteRaise(memory: ClusterMemory, run: Run): void {
  if (!noteUndone(memory, run) && run.now - memory.raisedAt > HOLD_MAX_MS) memory.hold = run.baseHold
  memory.raisedAt = run.now
}

/** Doubles the hold of a cluster that was let back in too soon. */
function noteUndone(memory: ClusterMemory, run: Run): boolean {
  const undone = memory.loweredAt > 0 && run.now - memory.loweredAt <= memory.hold + run.baseHold
  if (undone) memory.hold = Math.min(HOLD_MAX_MS, 2 * memory.hold)
  return undone
}

function publishedNow(run: Run): Published {
  const positive = (value: (c: number) => number) =>
    Object.fromEntries(run.ids.map((id, c) => [id, value(c)] as const).filter(([, x]) => x > 0))
  return { at: run.now, levels: positive(c => run.memories[c]!.level), closed: positive(c => run.closed[c]!) }
}
