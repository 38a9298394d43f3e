import { NO_CLUSTER, SLOTS } from '../../route/tables.ts'
import type { DemandRows } from '../demand.ts'

/**
 * Rows with the same list of clusters form a *cell*: the unit whose demand is estimated. A crowd is regional, first choices are not: blocks of one
 * first choice with different next choices grow differently, and where they land when turned away is what the plan lives on. (With one
 * estimate per first choice, a crowd of 1.6 C in the simulation was planned 0.3 C wrong at a core cluster.)
 */
export interface Cells {
  readonly count: number
  /** Cell of each row; -1 for a row without cluster or weight. */
  readonly ofRow: Int32Array
  /** First choice of each cell, usable or not: the *group* it belongs to. */
  readonly group: Uint16Array
  /** Summed weight of each cell; 1 for a cell without rows. */
  readonly weight: Float64Array
  /** Ids of its clusters, best first, joined: the same over reloads. */
  readonly key: readonly string[]
  /** Its clusters, best first. */
  readonly list: readonly (readonly number[])[]
}

/** Most cells. A map with more distinct lists is told apart by fewer of their slots. */
const MOST_CELLS = 2000

/** Cells of the map, and one without rows for each cluster that is nobody's first choice: load that no row explains has its place there. */
export function cellsOf(rows: DemandRows, ids: readonly string[]): Cells {
  for (let depth = SLOTS; ; depth--) {
    const cells = gather(rows, ids, depth)
    if (cells.count <= MOST_CELLS || depth === 1) return cells
  }
}

function gather(rows: DemandRows, ids: readonly string[], depth: number): Cells {
  const numbers = new Map<number, number>()
  const ofRow = new Int32Array(rows.weight.length).fill(-1)
  const group: number[] = []
  const weight: number[] = []
  const key: string[] = []
  const lists: number[][] = []
  for (let row = 0; row < ofRow.length; row++) {
    const own = weightOf(rows, row)
    const code = own > 0 ? codeOf(rows, row, ids.length, depth) : 0
    if (code === 0) continue
    let cell = numbers.get(code)
    if (cell === undefined) {
      cell = group.length
      numbers.set(code, cell)
      const list = listOf(rows, row, ids.length).slice(0, depth)
      group.push(list[0]!)
      weight.push(0)
      lists.push(list)
      key.push(list.map(c => ids[c]).join(' '))
    }
    ofRow[row] = cell
    weight[cell]! += own
  }
  const chosen = new Set(group)
  ids.forEach((id, c) => {
    if (chosen.has(c)) return
    group.push(c)
    weight.push(1)
    key.push(id)
    lists.push([c])
  })
  return {
    count: group.length,
    ofRow,
    group: Uint16Array.from(group),
    weight: Float64Array.from(weight),
    key,
    list: lists,
  }
}

/** The first `depth` clusters of a row as one number, 0 = none. Exact up to 9,000 clusters. */
function codeOf(rows: DemandRows, row: number, clusters: number, depth: number): number {
  let code = 0
  let found = 0
  for (let at = row * SLOTS; at < row * SLOTS + SLOTS && found < depth; at++) {
    const cluster = rows.slots[at]!
    if (cluster >= clusters) continue
    code = code * (clusters + 1) + cluster + 1
    found++
  }
  return code
}

function listOf(rows: DemandRows, row: number, clusters: number): number[] {
  return Array.from(rows.slots.subarray(row * SLOTS, row * SLOTS + SLOTS)).filter(c => c !== NO_CLUSTER && c < clusters)
}

/** Weights beyond are no counts of leaves; within, their quotients stay finite. */
const LEAST_WEIGHT = 1e-9
const MOST_WEIGHT = 1e18

function weightOf(rows: DemandRows, row: number): number {
  const weight = rows.weight[row]!
  return weight >= LEAST_WEIGHT && weight <= MOST_WEIGHT ? weight : 0
}
