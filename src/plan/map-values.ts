import { RangeBuilder, type RangeTable } from '../base/range-table.ts'

/** The table with every value replaced; neighbours that become equal merge. */
export function mapValues(table: RangeTable, replace: (value: number) => number): RangeTable {
  const builder = new RangeBuilder()
  const { v4, v6 } = table
  for (let i = 0; i < v4.starts.length; i++) builder.push4(v4.starts[i]!, replace(v4.values[i]!))
  for (let i = 0; i < v6.hi.length; i++) builder.push6(v6.hi[i]!, v6.lo[i]!, replace(v6.values[i]!))
  return builder.finish()
}
