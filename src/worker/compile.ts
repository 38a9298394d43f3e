import { ArenaWriter } from '../base/arena.ts'
import type { Millis } from '../base/brand.ts'
import { formatProblem } from '../base/problem.ts'
import type { Measurement } from '../model/measurement.ts'
import type { CompileJob, CompileStats, ContentProblem } from '../model/planner.ts'
import type { ZoneStatus } from '../model/status.ts'
import { type CompiledMaps, compileMaps } from '../plan/compile-map.ts'
import type { UnmeasuredMaps } from '../plan/measured-maps.ts'
import { GeoTables } from './geo-tables.ts'
import { buildZoneTables, type ZoneTablesBuilt } from './zone-tables.ts'

/** Section of an arena that says what it is; read back when tables come from disk. */
export const STATS_SECTION = 'generation'

export interface GenerationInput
  extends Pick<CompileJob, 'generation' | 'deployment' | 'fresh' | 'mode' | 'coarse' | 'stable' | 'configHash'> {
  readonly measurements: readonly Measurement[]
  readonly asOf: Millis
}

export type Generation =
  | {
      readonly kind: 'compiled'
      readonly writer: ArenaWriter
      readonly maps: CompiledMaps
      readonly stats: Omit<CompileStats, 'buildMs' | 'bytes' | 'moved'>
      readonly problems: readonly ContentProblem[]
    }
  | { readonly kind: 'refused'; readonly problems: readonly ContentProblem[] }

/** What one job read from disk; the next job of the same configuration works with it again. */
interface Sources {
  readonly configHash: string
  readonly zones: ZoneTablesBuilt
  readonly geo: GeoTables
  /** The maps without measurements; null until the first fine compile of these sources. */
  unmeasured: UnmeasuredMaps | null
}

/**
 * Compiles configuration, zones, geo data and measurements into one generation of tables. What was read is kept only when its generation was
 * compiled: a refused reload leaves nothing behind.
 */
export class Compiler {
  #sources: Sources | null = null
  /** File -> origin of every zone that has loaded. */
  readonly #origins = new Map<string, string>()

  /** Origins of tables that came from disk: a zone that does not load now is still known by name. */
  remember(zones: readonly ZoneStatus[]): void {
    for (const zone of zones) if (zone.error === null) this.#origins.set(zone.file, zone.origin)
  }

  async compile(input: GenerationInput, now: Millis): Promise<Generation> {
    const { deployment, mode, generation, coarse } = input
    const sources = await this.#read(input)
    const { zones, geo } = sources
    const problems = [...zones.problems, ...geo.problems.map(problem => ({ path: '', problem }))]
    if (mode === 'strict' && problems.some(({ problem }) => problem.severity === 'error'))
      return { kind: 'refused', problems }
    const mapInput = {
      deployment,
      cityRanges: geo.cityRanges(coarse),
      places: geo.geo.places,
      asnRanges: geo.asnRanges(coarse),
      measurements: input.measurements,
      asOf: input.asOf,
      stable: input.stable,
      generation,
    }
    const maps = compileMaps(mapInput, coarse ? undefined : (sources.unmeasured ?? undefined))
    if (!coarse) sources.unmeasured = maps.unmeasured
    const stats = {
      generation,
      builtAt: now,
      ranges: maps.stats.ranges4 + maps.stats.ranges6,
      rows: maps.stats.rows,
      places: Math.max(0, geo.geo.places.length - 1),
      measuredRows: maps.stats.measuredRows,
      alarms: geoAlarms(geo),
      coarse,
      configHash: input.configHash,
      geoHash: geo.geo.hash,
      zones: zones.statuses,
      clusterIds: deployment.clusters.map(cluster => cluster.id),
      serverCount: deployment.clusters.reduce((sum, cluster) => sum + cluster.servers.length, 0),
    }
    this.#sources = sources
    this.remember(zones.statuses)
    const writer = new ArenaWriter()
    writer.addJson(STATS_SECTION, stats)
    zones.compiled.sections(writer)
    maps.write(writer)
    return { kind: 'compiled', writer, maps, stats, problems }
  }

  async #read({ deployment, fresh, configHash }: GenerationInput): Promise<Sources> {
    if (!fresh && this.#sources?.configHash === configHash) return this.#sources
    return {
      configHash,
      zones: buildZoneTables(deployment, this.#origins),
      geo: await GeoTables.open(deployment.geo, this.#sources?.geo ?? null),
      unmeasured: null,
    }
  }
}

/** A database that could not be opened, and records that could not be read: their clients count as unlocated. */
function geoAlarms({ geo, problems }: GeoTables): string[] {
  const faults =
    geo.faults === 0 ? [] : [`${geo.faults} records of the geo databases are unreadable: clients there are unlocated`]
  return [...problems.map(formatProblem), ...faults]
}
