import type { Millis } from '../../base/brand.ts'
import type { ClusterLoadInput, LevelsInput } from '../../model/planner.ts'
import { MOST_LOAD } from '../../model/signals.ts'
import type { DemandRows } from '../demand.ts'
import { type Cells, cellsOf } from './cells.ts'
import { type Freshness, receiveReport } from './reports.ts'
import { type ClusterMemory, freshMemory, type LevelState } from './state.ts'
import { AIM_BELOW_TARGET, STALE_CAPACITY } from './tuning.ts'

/** One planning run: everything by cluster index. */
export interface Run {
  readonly now: Millis
  readonly ttlMs: number
  readonly baseHold: number
  readonly clusters: readonly ClusterLoadInput[]
  readonly ids: readonly string[]
  readonly memories: readonly ClusterMemory[]
  readonly freshness: readonly Freshness[]
  /** To plan with, in load units: less while reports are stale, Infinity where nothing is known. */
  readonly capacity: Float64Array
  /** Share of capacity that a cluster is meant to carry. */
  readonly targets: Float64Array
  /** Share of capacity to fill to. */
  readonly aims: Float64Array
  /** Share of blocks it may not serve. */
  readonly closed: Float64Array
  /** No level goes below, 0..256: what the allocation asks for, of clusters that there is ground to plan for. */
  readonly floors: Uint16Array
  readonly rows: DemandRows
  readonly cells: Cells
}

/** Judges the input and copies what is remembered of each cluster. `cells`: of these rows and clusters, where they are at hand. */
export function prepareRun(
  input: LevelsInput & { readonly rows: DemandRows },
  before: LevelState | null,
  now: Millis,
  ttlMs: number,
  baseHold: number,
  cells?: Cells,
): Run {
  const { clusters, rows } = input
  const ids = clusters.map(cluster => cluster.id)
  const memories = clusters.map(({ id }) => ({ ...(before?.clusters[id] ?? freshMemory(baseHold)) }))
  const targets = Float64Array.from(clusters, ({ target }) => (target > 0 && target <= 1 ? target : 0.75))
  const freshness = clusters.map((cluster, c) => receiveReport(memories[c]!, cluster.load, now))
  return {
    now,
    ttlMs,
    baseHold,
    clusters,
    rows,
    ids,
    memories,
    freshness,
    capacity: Float64Array.from(clusters, (cluster, c) => plannedCapacity(cluster.capacity, freshness[c]!)),
    targets,
    aims: targets.map(target => Math.max(0.05, target - AIM_BELOW_TARGET)),
    closed: Float64Array.from(clusters, closedShare),
    floors: Uint16Array.from(clusters, ({ id, capacity }, c) => {
      const planned = plannedCapacity(capacity, freshness[c]!) < Number.POSITIVE_INFINITY
      return planned ? floorOf(input.floors?.[id]) : 0
    }),
    cells: cells ?? cellsOf(rows, ids),
  }
}

function plannedCapacity(capacity: number, freshness: Freshness): number {
  if (!(capacity > 0 && capacity <= MOST_LOAD) || freshness === 'never' || freshness === 'fading')
    return Number.POSITIVE_INFINITY
  return freshness === 'stale' ? STALE_CAPACITY * capacity : capacity
}

function floorOf(floor: number | undefined): number {
  return floor !== undefined && floor > 0 ? Math.min(256, Math.round(floor)) : 0
}

function closedShare({ usable, drainPercent }: ClusterLoadInput): number {
  if (!usable) return 1
  return drainPercent > 0 ? Math.min(1, drainPercent / 100) : 0
}
