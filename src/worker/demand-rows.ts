import type { RangeTable } from '../base/range-table.ts'
import { rangesOfPrefixes } from '../base/range-table.ts'
import type { DemandRow } from '../model/demand.ts'
import { readTable } from '../model/demand-text.ts'
import type { Deployment } from '../model/deployment.ts'
import { weighDemand, weightOfWorld } from '../plan/weigh-demand.ts'

/** The rows of a packed demand table (model/demand-text), weighed against the world that the deployment and the geo data know. '': none. */
export function demandRowsOf(text: string, { geo }: Deployment, cityRanges: RangeTable): readonly DemandRow[] {
  const table = text === '' ? null : readTable(text)
  if (table === null) return []
  const places = geo.overrides.flatMap(({ prefix, place }) => (place === undefined ? [] : [{ prefix, value: 1 }]))
  return weighDemand(table, weightOfWorld([cityRanges, rangesOfPrefixes(places)]))
}
