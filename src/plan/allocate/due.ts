import type { Millis } from '../../base/brand.ts'
import type { Allocation } from '../../model/fleet-plan.ts'
import { ALLOCATE_MS } from './tuning.ts'

/** Is an allocation for the map of this survey due, after `last`? Never for a survey before that of `last`, but for old age. */
export function isAllocationDue(last: Allocation | null, survey: number, now: Millis): boolean {
  return last === null || last.survey < survey || now - last.at >= ALLOCATE_MS
}

/** The floors that an allocation asks for under the map of this survey: none, where it was made for another. */
export function floorsFor(allocation: Allocation | null | undefined, survey: number): Allocation['floors'] {
  return allocation?.survey === survey ? allocation.floors : {}
}
