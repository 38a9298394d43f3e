import { type Millis, millis } from '../../base/brand.ts'
import type { Allocation } from '../../model/fleet-plan.ts'
import type { LevelsInput } from '../../model/planner.ts'
import type { DemandRows } from '../demand.ts'
import type { Cells } from '../levels/cells.ts'
import { openLists } from '../levels/lists.ts'
import { demandOf, rememberedBasis, rememberedDemand } from '../levels/memory.ts'
import { Placement } from '../levels/placement.ts'
import { type RaiseRule, raiseLevels } from '../levels/raise.ts'
import { prepareRun, type Run } from '../levels/run.ts'
import { readState } from '../levels/state.ts'
import { HOLD_MS } from '../levels/tuning.ts'
import { lowerLevelsWhereWorthwhile } from './return.ts'
import { FILL_BELOW_TARGET, LOWER_BELOW_TARGET, RAISE_ABOVE_TARGET } from './tuning.ts'
import { Worth } from './worth.ts'

/** The map that is allocated. */
export interface Market {
  readonly rows: DemandRows
  /** ms by cluster and rank, see `ShedRanks.regrets`; null = unknown. */
  readonly regrets: Float32Array | null
  /** Number of the survey that the rows were compiled from. */
  readonly survey: number
}

export interface AllocationPlan {
  readonly allocation: Allocation
  /** Shares of all demand that these floors settle elsewhere than those before: because they had to, and because it is better for them. */
  readonly moved: { readonly forced: number; readonly voluntary: number }
}

/**
 * Who is to serve whom until the next survey: a floor under the level of every cluster. All clusters rank blocks by the same fixed order, so that
 * the outcome of deferred acceptance (Gale and Shapley 1962; between clients and clusters, Maggs and Sitaraman 2015) is one cutoff per cluster
 * (Azevedo and Leshno 2016): a block goes to the first of its slots whose rank is not below the cutoff.
 *
 *   forced      from the floors in force upwards: blocks propose to their slots in order, and a cluster keeps those with most to lose, up to its target.
 *               Where some blocks' lists hold no room, no floor goes above the level in force: load control has found out how far targets must rise
 *   voluntary   from there downwards where there is room, within the budget of what may move of its own accord
 *
 * Demand is what the levels are planned for (levels/basis.ts): while it is the same, so is the allocation.
 * Keeps what does not change between two plans of one map: the second costs a fraction of the first.
 */
export class Allocator {
  readonly #market: Market
  readonly #worth: Worth
  #cells: Cells | undefined
  #placement: { readonly of: Placement; readonly key: string } | null = null

  constructor(market: Market) {
    this.#market = market
    this.#worth = new Worth(market.rows, market.regrets)
  }

  /**
   * The next allocation. Demand is what `planLevels` planned for and left in `state`; before the first estimate the floors stay as they are. `floors` are
   * those in force, of this survey or the one before: ranks are quantiles, and keep their meaning.
   */
  plan(input: LevelsInput): AllocationPlan {
    const { rows, survey } = this.#market
    const now = millis(Math.max(0, input.now))
    const verdict = readState(input.state, now, HOLD_MS)
    const before = verdict.kind === 'read' ? verdict.state : null
    const run = prepareRun({ ...input, rows }, before, now, 1000 * input.ttlSeconds, HOLD_MS, this.#cells)
    this.#cells = run.cells
    const basis = rememberedBasis(run, before)
    const demand = basis === null ? rememberedDemand(run, before) : demandOf(run, basis)
    const all = demand.reduce((sum, load) => sum + load, 0)
    if (before === null || all === 0) {
      const allocation = { survey, at: now, floors: input.floors ?? {}, planned: {} }
      return { allocation, moved: { forced: 0, voluntary: 0 } }
    }
    const placement = this.#place(run, demand)
    const inForce = placement.save()
    const targets = Float64Array.from(run.targets, (target, c) =>
      Math.max(target, run.aims[c]! + run.memories[c]!.relax),
    )
    raiseToTargets(run, placement, targets)
    const forced = placement.movedSince(inForce)
    const voluntary = lowerLevelsWhereWorthwhile(placement, this.#worth, roomToReturn(run, placement, targets))
    const moved = { forced: forced / all, voluntary: voluntary / all }
    return { allocation: allocationOf(run, placement, survey, now), moved }
  }

  #place(run: Run, demand: Float64Array): Placement {
    const key = run.closed.join()
    if (this.#placement?.key === key) this.#placement.of.reload(demand, run.floors)
    else {
      const lists = openLists(run.rows, run.cells, run.closed)
      this.#placement = { of: new Placement(lists, demand, run.floors), key }
    }
    return this.#placement.of
  }
}

const RAISE: RaiseRule = { above: RAISE_ABOVE_TARGET, receiverAbove: RAISE_ABOVE_TARGET }

/**
 * Raises the floors in force where a cluster would be above its target (a share of capacity). Where there is no room for that, levels that load
 * control has come to, which sees every ten seconds who is how full, are the most.
 */
function raiseToTargets(run: Run, placement: Placement, targets: Float64Array): void {
  const stuck = raiseLevels(placement, run.capacity, targets, RAISE)
  if (stuck.length === 0 && run.memories.every(memory => memory.relax === 0)) return
  placement.apply(placement.levels.map((level, c) => Math.min(level, Math.max(run.floors[c]!, run.memories[c]!.level))))
}

/** Load that each cluster may be filled to by blocks that come back; -1 where none may: it is full, or turned blocks away not long ago. */
function roomToReturn(run: Run, placement: Placement, targets: Float64Array): Float64Array {
  return targets.map((target, c) => {
    const { raisedAt, hold } = run.memories[c]!
    const quiet = raisedAt === 0 || run.now - raisedAt >= hold
    const low = placement.settled[c]! <= (target - LOWER_BELOW_TARGET) * run.capacity[c]!
    return quiet && low && run.closed[c]! < 1 ? (target - FILL_BELOW_TARGET) * run.capacity[c]! : -1
  })
}

function allocationOf(run: Run, placement: Placement, survey: number, at: Millis): Allocation {
  const floors: Record<string, number> = {}
  const planned: Record<string, number> = {}
  run.ids.forEach((id, c) => {
    if (placement.levels[c]! > 0) floors[id] = placement.levels[c]!
    // A thousandth is finer than anything that is known of loads.
    const share = Math.round((1000 * placement.settled[c]!) / run.capacity[c]!) / 1000
    if (Number.isFinite(run.capacity[c]!) && run.closed[c]! < 1) planned[id] = share
  })
  return { survey, at, floors, planned }
}
