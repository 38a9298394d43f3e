import { RangeBuilder, type RangeTable } from '../base/range-table.ts'

/** One table out of several: everywhere the first value that is not 0. */
export function firstKnown(tables: readonly RangeTable[]): RangeTable {
  const [first, ...rest] = tables
  if (first === undefined) return new RangeBuilder().finish()
  return rest.reduce((above, below) => overlay(above, below), first)
}

function overlay(above: RangeTable, below: RangeTable): RangeTable {
  const v4 = overlay4(above, below)
  const v6 = overlay6(above, below)
  return { v4, v6 }
}

function overlay4({ v4: above }: RangeTable, { v4: below }: RangeTable): RangeTable['v4'] {
  // One file per address family is the common case: nothing to combine then.
  if (isBlank(above.values)) return below
  if (isBlank(below.values)) return above
  const builder = new RangeBuilder()
  const a = above.starts
  const b = below.starts
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    builder.push4(Math.max(a[i]!, b[j]!), above.values[i]! || below.values[j]!)
    const nextA = a[i + 1] ?? Infinity
    const nextB = b[j + 1] ?? Infinity
    if (nextA <= nextB) i++
    if (nextB <= nextA) j++
  }
  return builder.finish().v4
}

function overlay6({ v6: above }: RangeTable, { v6: below }: RangeTable): RangeTable['v6'] {
  if (isBlank(above.values)) return below
  if (isBlank(below.values)) return above
  const builder = new RangeBuilder()
  for (let i = 0, j = 0; i < above.hi.length && j < below.hi.length; ) {
    const later = order6(above, i, below, j) >= 0 ? above : below
    const at = later === above ? i : j
    builder.push6(later.hi[at]!, later.lo[at]!, above.values[i]! || below.values[j]!)
    const order = order6(above, i + 1, below, j + 1)
    if (order <= 0) i++
    if (order >= 0) j++
  }
  return builder.finish().v6
}

/** Negative when range i of `a` begins before range j of `b`; a range past the end begins after everything. */
function order6(a: RangeTable['v6'], i: number, b: RangeTable['v6'], j: number): number {
  if (i >= a.hi.length || j >= b.hi.length) return Number(i >= a.hi.length) - Number(j >= b.hi.length)
  return a.hi[i]! - b.hi[j]! || a.lo[i]! - b.lo[j]!
}

const isBlank = (values: Uint32Array): boolean => values.length === 1 && values[0] === 0
