import type { RangeTable } from '../base/range-table.ts'
import type { DemandRow, DemandTable } from '../model/demand.ts'
import { leavesOf } from './known-demand.ts'
import { leaves6, weight4, weight6 } from './weight.ts'

/** Nothing is ever known of everybody: this share of the demand at least is left to blocks of which nothing is known. */
const LEAST_UNKNOWN = 0.05
/** So many counted queries are half believed: below, what was counted is more chance than demand. */
const HALF_BELIEVED = 1_000

/**
 * Brings what is known of demand and what is not to one scale: 1 = a located leaf of which nothing is known.
 *
 * All demand is spread over all leaves. The blocks that are known make a share of it (their queries of all queries), and all others together the rest;
 * if those are to count 1 each, then a query per second weighs as many leaves as there are unknown ones, divided by the queries per second that
 * nobody can place. An average known block thus is to an average unknown one what its demand is, and both kinds compare inside one quantile.
 * Few counted queries are chance: of n, the share n / (n + 1000) is believed, the rest counts as not placed. A report is believed.
 *
 * `weightOfAll`: what all leaves would weigh if nothing were known ({@link weightOfWorld}).
 */
export function weighDemand({ total, queries, rows }: DemandTable, weightOfAll: number): DemandRow[] {
  if (total <= 0) return []
  const belief = queries / (queries + HALF_BELIEVED)
  let placed = 0
  let covered = 0
  for (const { prefix, qps, reported } of rows) {
    placed += reported ? qps : qps * belief
    covered += prefix.family === 4 ? weight4(0, leavesOf(prefix), true) : weight6(leavesOf(prefix), true)
  }
  const unplaced = Math.max(total - placed, LEAST_UNKNOWN * total)
  const unknown = Math.max(1, weightOfAll - covered)
  const leavesPerQps = unknown / unplaced
  return rows.map(({ prefix, qps, reported }) => ({
    prefix,
    weight: qps * (reported ? 1 : belief) * leavesPerQps,
  }))
}

/** What all leaves weigh while nothing is known of anybody. `places`: tables whose value is not 0 where blocks are located. */
export function weightOfWorld(places: readonly RangeTable[]): number {
  const [base, ...more] = places
  let weight = base === undefined ? 0 : weightOf(base, true)
  // What another table locates besides was counted as unlocated; that the first may have located it too is not looked at.
  for (const table of more) weight += weightOf(table, false)
  return weight
}

/** `whole`: unlocated space included; else what locating its located ranges adds. */
function weightOf({ v4, v6 }: RangeTable, whole: boolean): number {
  let sum = 0
  const add = (located: boolean, weigh: (located: boolean) => number): void => {
    if (whole) sum += weigh(located)
    else if (located) sum += weigh(true) - weigh(false)
  }
  v4.starts.forEach((start, i) => {
    add(v4.values[i] !== 0, located => weight4(start, v4.starts[i + 1] ?? 2 ** 24, located))
  })
  v6.hi.forEach((hi, i) => {
    const leaves = leaves6(hi, v6.lo[i]!, v6.hi[i + 1] ?? 2 ** 32, v6.lo[i + 1] ?? 0)
    add(v6.values[i] !== 0, located => weight6(leaves, located))
  })
  return sum
}
