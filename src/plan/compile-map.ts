import type { ArenaWriter } from '../base/arena.ts'
import type { EvidenceShares } from '../model/demand-evidence.ts'
import type { MapGroup } from '../route/race.ts'
import { type DemandRows, demandRows } from './demand.ts'
import { evidenceShares } from './demand-evidence.ts'
import { draftRows } from './draft-rows.ts'
import { fallbackOf } from './fallback.ts'
import { finalRows } from './final-rows.ts'
import { groupServices } from './map-groups.ts'
import { measureMaps, type UnmeasuredMaps } from './measured-maps.ts'
import { mergeRanges } from './merge.ts'
import { serviceTypes } from './service-types.ts'
import { sweep, sweepUnmeasured } from './sweep.ts'
import { compileTargets } from './targets/compile-targets.ts'
import { writeTargets } from './targets/write-targets.ts'
import { type MapInput, openWorld, type World } from './world.ts'
import { writeTables } from './write-tables.ts'

export interface MapStats {
  /** Maps: groups of services that choose alike. */
  readonly maps: number
  /** Ranges of all maps. */
  readonly ranges4: number
  readonly ranges6: number
  readonly rows: number
  /** Different combinations of evidence. */
  readonly profiles: number
  /** Those whose place a measured RTT contradicts. */
  readonly distrusted: number
  /** Of these, those whose measured RTTs no one place explains. */
  readonly anycast: number
  readonly places: number
  readonly measuredPrefixes: number
  /** Measurements that count. */
  readonly measuredRows: number
  /** Of the demand, by what the RTT of its first choice stands on; null where no service goes by RTT. */
  readonly evidence: EvidenceShares | null
}

export interface CompiledMaps {
  /** What the maps were made of; `explain` recomputes decisions from it. */
  readonly world: World
  /** Give it to the next compile of the same deployment, geo data and survey, when only measurements have changed since. */
  readonly unmeasured: UnmeasuredMaps
  /** Adds all sections; call it once and let go of it: it holds the tables. */
  readonly write: (writer: ArenaWriter) => void
  readonly demand: DemandRows
  /** Per service: record types (1 = A, 28 = AAAA) it answers. */
  readonly types: readonly (readonly number[])[]
  readonly stats: MapStats
}

/**
 * Compiles the maps of one generation. Pure: the same input gives the same bytes on every nameserver. `before`: `unmeasured` of an earlier
 * compile from the same deployment, geo data and survey; it saves time and changes nothing.
 *
 *   sources -> world -> sweep -> profiles -> draft rows per map group -> merged and cut ranges -> shed ranks -> rows and ranges
 *                                                                        first without measurements, then these laid over it
 */
export function compileMaps(input: MapInput, before?: UnmeasuredMaps): CompiledMaps {
  const world = openWorld(input, before?.estimates)
  const { groups, ofService } = groupServices(world)
  const unmeasured = before ?? compileUnmeasured(world, groups)
  const swept = sweep(world, unmeasured.swept)
  const { final, evidence, distrusted, anycast } = measureMaps(world, groups, swept, unmeasured)
  const targets = compileTargets(world, swept)
  return {
    world,
    unmeasured,
    write: writer => {
      writeTables(writer, world, final, unmeasured.fallbacks, ofService)
      writeTargets(writer, world, targets)
    },
    demand: demandRows(final),
    types: serviceTypes(input.deployment),
    stats: {
      maps: groups.length,
      ranges4: final.maps.reduce((sum, map) => sum + map.starts4.length, 0),
      ranges6: final.maps.reduce((sum, map) => sum + map.hi6.length, 0),
      rows: final.rows.count,
      profiles: swept.profiles.count,
      distrusted,
      anycast,
      places: Math.max(0, input.places.length - 1),
      measuredPrefixes: world.evidence.setAt.length - 2,
      measuredRows: world.evidence.rows.count,
      evidence: evidenceShares(groups, ofService, evidence),
    },
  }
}

function compileUnmeasured(world: World, groups: readonly MapGroup[]): UnmeasuredMaps {
  const swept = sweepUnmeasured(world)
  const drafts = draftRows(world, swept.profiles, groups)
  const maps = drafts.maps.map(rows => mergeRanges(swept, rows, drafts, world.sites.clusters.length, world.demand))
  const final = finalRows(world.sites, drafts, maps)
  return {
    estimates: world.estimates,
    swept,
    final,
    clusterWeights: maps.map(map => map.clusterWeight),
    evidence: maps.map(map => map.evidence),
    profileEvidence: drafts.maps.map(rows => rows.evidence),
    fallbacks: groups.map(group => fallbackOf(group, world.sites)),
  }
}
