import { Arena, ArenaWriter } from '../base/arena.ts'
import { millis } from '../base/brand.ts'
import type { RangeTable } from '../base/range-table.ts'
import type { DemandRow } from '../model/demand.ts'
import type { Deployment } from '../model/deployment.ts'
import type { Measurement } from '../model/measurement.ts'
import type { Place } from '../model/place.ts'
import { compileMaps } from '../plan/compile-map.ts'
import type { DemandRows } from '../plan/demand.ts'
import type { UnmeasuredMaps } from '../plan/measured-maps.ts'
import type { World } from '../plan/world.ts'
import { RouteTables } from '../route/tables.ts'

/** What maps are compiled from: what a nameserver with the same configuration would have. */
export interface Sources {
  readonly deployment: Deployment
  readonly cityRanges: RangeTable
  readonly places: readonly Place[]
  readonly asnRanges: RangeTable
  readonly measurements: readonly Measurement[]
  /** What nameservers have counted per block; empty: nothing. */
  readonly counted: readonly DemandRow[]
}

/** A compiled map, as workers and the planner have it. */
export interface Tables {
  readonly world: World
  readonly route: RouteTables
  readonly rows: DemandRows
  readonly unmeasured: UnmeasuredMaps
}

/** Compiles as of Unix ms `asOf`. `before`: tables of the same sources, of which only measurements and their age have changed. */
export function compileTables(sources: Sources, asOf: number, before?: Tables): Tables {
  const { counted, ...rest } = sources
  const input = {
    ...rest,
    demand: counted,
    asOf: millis(asOf),
    survey: before?.world.input.survey ?? { number: 1, asOf: millis(asOf), evidence: '', demand: '' },
    held: [],
    stable: { services: {}, clusters: {} },
    generation: (before?.world.input.generation ?? 0) + 1,
  }
  const maps = compileMaps(input, before?.unmeasured)
  const writer = new ArenaWriter()
  maps.write(writer)
  const buffer = new ArrayBuffer(writer.byteLength)
  writer.writeTo(buffer)
  const verdict = Arena.open(buffer, false)
  if (verdict.kind === 'bad') throw new Error(verdict.reason)
  return { world: maps.world, route: RouteTables.open(verdict.arena), rows: maps.demand, unmeasured: maps.unmeasured }
}
