import { Arena, ArenaWriter } from '../base/arena.ts'
import { millis } from '../base/brand.ts'
import type { RangeTable } from '../base/range-table.ts'
import type { DemandRow } from '../model/demand.ts'
import type { Deployment } from '../model/deployment.ts'
import type { Measurement } from '../model/measurement.ts'
import type { Place } from '../model/place.ts'
import type { Market } from '../plan/allocate/allocate.ts'
import { compileMaps } from '../plan/compile-map.ts'
import type { DemandRows } from '../plan/demand.ts'
import type { UnmeasuredMaps } from '../plan/measured-maps.ts'
import type { World } from '../plan/world.ts'
import { RouteTables, SLOTS } from '../route/tables.ts'

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
  /** What the planner allocates. */
  readonly market: Market
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
  return {
    world: maps.world,
    route: RouteTables.open(verdict.arena),
    market: {
      rows: counted.length > 0 ? heavyRows(maps.demand) : maps.demand,
      regrets: maps.unmeasured.final.ranks.regrets(),
      survey: input.survey.number,
    },
    unmeasured: maps.unmeasured,
  }
}

/** Of all demand so much may be left out of what the planner walks, in the lightest rows. */
const LIGHT_SHARE = 1e-4

/** Where demand was counted, most of a map is space that nobody asked from: next to no weight, but rows without number. */
function heavyRows({ slots, ranks, weight, score }: DemandRows): DemandRows {
  const order = Array.from(weight.keys()).sort((a, b) => weight[a]! - weight[b]!)
  let left = LIGHT_SHARE * weight.reduce((sum, value) => sum + value, 0)
  const first = order.findIndex(row => {
    left -= weight[row]!
    return left < 0
  })
  const kept = order.slice(Math.max(0, first)).sort((a, b) => a - b)
  const out = {
    slots: new Uint16Array(kept.length * SLOTS),
    ranks: new Uint8Array(kept.length * SLOTS),
    weight: Float64Array.from(kept, row => weight[row]!),
    score: Float32Array.from(kept, row => score?.[row] ?? 0),
  }
  kept.forEach((row, i) => {
    out.slots.set(slots.subarray(row * SLOTS, row * SLOTS + SLOTS), i * SLOTS)
    out.ranks.set(ranks.subarray(row * SLOTS, row * SLOTS + SLOTS), i * SLOTS)
  })
  return out
}
