import { ArenaWriter } from '../base/arena.ts'
import type { Millis } from '../base/brand.ts'
import type { Prefix } from '../base/prefix.ts'
import { formatProblem } from '../base/problem.ts'
import type { DemandRow } from '../model/demand.ts'
import type { EstimateStats } from '../model/estimates.ts'
import type { CompileJob, CompileStats, ContentProblem, TableSet } from '../model/planner.ts'
import type { ZoneStatus } from '../model/status.ts'
import type { Survey } from '../model/survey.ts'
import { type CompiledMaps, compileMaps } from '../plan/compile-map.ts'
import type { Measurements } from '../plan/counted-rows.ts'
import type { Estimates } from '../plan/estimate/estimates.ts'
import type { UnmeasuredMaps } from '../plan/measured-maps.ts'
import type { Outlook } from '../plan/sticky/hold.ts'
import { lookOut } from '../plan/sticky/outlook.ts'
import type { MapInput } from '../plan/world.ts'
import { demandRowsOf } from './demand-rows.ts'
import { GeoTables } from './geo-tables.ts'
import { ZONES_FILE, zonesFileOf } from './snapshot.ts'
import { hasErrors, zoneJob } from './zone-job.ts'
import type { BuiltZones, ZoneSets } from './zone-sets.ts'

/** Section of an arena that says what it is; read back when tables come from disk. */
export const STATS_SECTION = 'generation'

export interface GenerationInput
  extends Pick<
    CompileJob,
    'generation' | 'deployment' | 'fresh' | 'mode' | 'coarse' | 'stable' | 'configHash' | 'survey' | 'demand' | 'held'
  > {
  readonly measurements: Measurements
  /** Those that count in the survey, as far as they are still there; not read where {@link Compiler.needsSurvey} says that they are known. */
  readonly surveyed?: Measurements
  readonly asOf: Millis
  /** The set of zone tables that workers read; null = none. */
  readonly zonesInUse: TableSet | null
}

export type Generation =
  | {
      readonly kind: 'compiled'
      /** Which set of zone tables it goes with. */
      readonly zones: TableSet
      /** The map, to be written. */
      readonly writer: ArenaWriter
      readonly maps: CompiledMaps
      readonly stats: Omit<CompileStats, 'buildMs' | 'bytes' | 'moved'>
      readonly problems: readonly ContentProblem[]
    }
  | { readonly kind: 'refused'; readonly problems: readonly ContentProblem[] }

/** What one job read from disk; the next job of the same configuration works with it again. */
interface Sources {
  readonly configHash: string
  readonly zones: BuiltZones
  readonly geo: GeoTables
  /** The ground of the maps, and what it was compiled from; null until the first fine compile of these sources. */
  ground: Ground | null
}

interface Ground {
  readonly maps: UnmeasuredMaps
  readonly survey: number
  /** As it was given, and as it was weighed. */
  readonly demand: string
  readonly rows: readonly DemandRow[]
}

/**
 * Compiles configuration, zones, geo data and measurements into one generation of tables. What was read is kept only when its generation was
 * compiled: a refused reload leaves nothing behind.
 */
export class Compiler {
  readonly #zoneSets: ZoneSets
  #sources: Sources | null = null
  /** File -> origin of every zone that has loaded. */
  readonly #origins = new Map<string, string>()
  /** What counts in the survey that was compiled last: a reload in the middle of one goes by the same measurements as all nameservers do. */
  #surveyed: { readonly number: number; readonly measurements: Measurements } = {
    number: 0,
    measurements: [],
  }

  constructor(zoneSets: ZoneSets) {
    this.#zoneSets = zoneSets
  }

  /** Origins of tables that came from disk: a zone that does not load now is still known by name. */
  remember(zones: readonly ZoneStatus[]): void {
    for (const zone of zones) if (zone.error === null) this.#origins.set(zone.file, zone.origin)
  }

  /** Must the next compile be given what counts in this survey? */
  needsSurvey(survey: Survey): boolean {
    return survey.number > 0 && survey.number !== this.#surveyed.number
  }

  async compile(input: GenerationInput, now: Millis): Promise<Generation> {
    const { deployment, generation, coarse } = input
    const sources = await this.#read(input)
    if ('refused' in sources) return { kind: 'refused', problems: sources.refused }
    const { zones, geo } = sources
    const survey = input.survey.number
    const held = !coarse && sources.ground?.survey === survey ? sources.ground : null
    const ground = held?.demand === input.demand ? held : null
    const cityRanges = geo.cityRanges(coarse)
    const rows = ground?.rows ?? demandRowsOf(input.demand, deployment, cityRanges)
    const mapInput = {
      deployment,
      cityRanges,
      places: geo.geo.places,
      asnRanges: geo.asnRanges(coarse),
      measurements: input.measurements,
      asOf: input.asOf,
      survey: input.survey,
      surveyed: { measurements: this.#survey(input), networkOf: (prefix: Prefix) => geo.networkOf(prefix) },
      held: input.held,
      demand: rows,
      stable: input.stable,
      generation,
    }
    const maps = compileMaps(mapInput, ground?.maps)
    if (!coarse) sources.ground = { maps: maps.unmeasured, survey, demand: input.demand, rows }
    const stats = {
      generation,
      builtAt: now,
      ranges: maps.stats.ranges4 + maps.stats.ranges6,
      rows: maps.stats.rows,
      places: Math.max(0, geo.geo.places.length - 1),
      measuredRows: maps.stats.measuredRows,
      alarms: [...(zones.report.stale ?? []), ...geoAlarms(geo), ...estimateAlarms(maps.unmeasured.estimates)],
      estimates: estimateStats(maps),
      evidence: maps.stats.evidence,
      coarse,
      configHash: input.configHash,
      geoHash: geo.geo.hash,
      zones: zones.report.statuses,
      clusterIds: deployment.clusters.map(cluster => cluster.id),
      stable: input.stable,
      serverCount: deployment.clusters.reduce((sum, cluster) => sum + cluster.servers.length, 0),
    }
    this.#sources = sources
    this.remember(zones.report.statuses)
    const writer = new ArenaWriter()
    writer.addJson(STATS_SECTION, stats)
    writer.addJson(ZONES_FILE, zonesFileOf(this.#zoneSets.buffer(zones.set).open(false)))
    maps.write(writer)
    const problems = [...zones.report.problems, ...problemsOf(geo)]
    return { kind: 'compiled', zones: zones.set, writer, maps, stats, problems }
  }

  /** What a compile of the map would rank; null where it would have to look at the ground anew. */
  lookOut(input: MapInput): Outlook | null {
    const ground = this.#sources?.ground
    return ground?.survey === input.survey.number ? lookOut(input, ground.maps) : null
  }

  #survey({ survey, surveyed = [], measurements, coarse }: GenerationInput): Measurements {
    // The first seconds of a start are not the time to look at every place.
    if (survey.number === 0 || coarse) return []
    if (this.needsSurvey(survey)) {
      // Who started since has only the newest of every measurement, which must do until the next survey.
      this.#surveyed = { number: survey.number, measurements: surveyed.length > 0 ? surveyed : measurements }
    }
    return this.#surveyed.measurements
  }

  async #read(input: GenerationInput): Promise<Sources | { readonly refused: readonly ContentProblem[] }> {
    const { deployment, fresh, configHash, mode, zonesInUse } = input
    const held = this.#sources
    if (!fresh && held?.configHash === configHash && this.#zoneSets.holds(held.zones)) return held
    const geo = await GeoTables.open(deployment.geo, held?.geo ?? null)
    const geoProblems = problemsOf(geo)
    const make = mode === 'tolerant' ? 'anyhow' : hasErrors(geoProblems) ? 'never' : 'if-sound'
    const zones = await this.#zoneSets.read(zoneJob(deployment, this.#origins, make), zonesInUse)
    if (zones.kind === 'refused') return { refused: [...zones.problems, ...geoProblems] }
    // Zones do not decide who is sent where: a reload of them alone goes on with the maps.
    const sameMaps = held !== null && held.configHash === configHash && held.geo === geo
    return { configHash, zones, geo, ground: sameMaps ? held.ground : null }
  }
}

function problemsOf({ problems }: GeoTables): ContentProblem[] {
  return problems.map(problem => ({ path: '', problem }))
}

/** A database that could not be opened, and records that could not be read: their clients count as unlocated. */
function geoAlarms({ geo, problems }: GeoTables): string[] {
  const faults =
    geo.faults === 0 ? [] : [`${geo.faults} records of the geo databases are unreadable: clients there are unlocated`]
  return [...problems.map(formatProblem), ...faults]
}

function estimateStats({ stats, unmeasured }: CompiledMaps): EstimateStats {
  const { rows, misplaced } = unmeasured.estimates
  return {
    cells: rows.cells,
    clusters: rows.count - rows.cells,
    distrusted: stats.distrusted - stats.anycast,
    anycast: stats.anycast,
    misplaced,
  }
}

function estimateAlarms({ misplaced }: Estimates): string[] {
  return misplaced.map(
    id =>
      `cluster ${id}: RTTs to it are shorter than light could make them; its location in the configuration is wrong`,
  )
}
