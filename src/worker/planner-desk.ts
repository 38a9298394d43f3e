import type { Arena } from '../base/arena.ts'
import { millis } from '../base/brand.ts'
import type { Allocation } from '../model/fleet-plan.ts'
import { LiveTable } from '../model/live-table.ts'
import type { Measurement } from '../model/measurement.ts'
import type {
  CompileJob,
  CompileStats,
  CompileVerdict,
  HoldRequest,
  HoldVerdict,
  LevelsVerdict,
  LoadRequest,
  TableArenas,
  TableSet,
} from '../model/planner.ts'
import { Allocator } from '../plan/allocate/allocate.ts'
import { floorsFor, isAllocationDue } from '../plan/allocate/due.ts'
import type { DemandRows } from '../plan/demand.ts'
import { planLevels } from '../plan/levels/plan-levels.ts'
import { packRows, type RowParcel } from '../plan/measured-rows.ts'
import { movedShare } from '../plan/moved.ts'
import { PlannedShares } from '../plan/planned-shares.ts'
import { type FleetServingMemory, planFleetServing } from '../plan/serving/fleet.ts'
import type { ShedRanks } from '../plan/shed-ranks.ts'
import { holdChoices } from '../plan/sticky/hold.ts'
import type { World } from '../plan/world.ts'
import { RouteTables } from '../route/tables.ts'
import { ZoneTables } from '../zone/tables.ts'
import { Compiler, STATS_SECTION } from './compile.ts'
import { explainName } from './explain.ts'
import { MeasurementTable } from './measurement-table.ts'
import type { PlannerCalls, PlannerMethod } from './protocol.ts'
import { Snapshot } from './snapshot.ts'
import { TableBuffer } from './table-buffer.ts'
import type { BuildZones } from './zone-job.ts'
import { other, ZoneSets } from './zone-sets.ts'

interface SetState {
  readonly buffer: TableBuffer
  /** The set of zones that the map in the buffer goes with; null = there is no map yet. */
  zones: TableSet | null
  /** What the tables were compiled from; tables from disk have none. */
  source: Source | null
}

interface Source {
  readonly world: World
  readonly survey: number
  readonly demand: DemandRows
  readonly ranks: ShedRanks
  readonly firsts: readonly Float64Array[]
  /** null until it is first asked. */
  allocator: Allocator | null
  readonly shares: PlannedShares
}

type Handlers = {
  readonly [M in PlannerMethod]: (
    request: PlannerCalls[M]['request'],
  ) => PlannerCalls[M]['result'] | Promise<PlannerCalls[M]['result']>
}

/** The planner thread's work, one request after the other. */
export class PlannerDesk {
  readonly #sets: readonly [SetState, SetState] = [
    { buffer: new TableBuffer(), zones: null, source: null },
    { buffer: new TableBuffer(), zones: null, source: null },
  ]
  readonly #zoneSets: ZoneSets
  readonly #compiler: Compiler
  readonly #snapshot = new Snapshot()
  readonly #measurements = new MeasurementTable()
  #served: { set: TableSet; live: SharedArrayBuffer } | null = null
  #serving: FleetServingMemory = {}

  readonly #handlers: Handlers = {
    compile: job => this.#compile(job),
    levels: request => this.#levels(request),
    allocate: request => this.#allocate(request),
    hold: request => this.#hold(request),
    explain: request => {
      const served = this.#served
      const source = served === null ? null : this.#sets[served.set].source
      if (served === null || source === null) {
        return {
          kind: 'refused',
          code: 'unavailable',
          message:
            'the tables served come from disk; their reasons are known after the first rebuild, in a few seconds',
        }
      }
      const { zones, map } = this.#tables(served.set)
      const live = LiveTable.open(served.live)
      const floors = floorsFor(request.allocation, source.survey)
      return explainName(request, ZoneTables.open(zones), RouteTables.open(map), source.world, live, floors)
    },
    shares: () => {
      const live = this.#served === null ? null : LiveTable.open(this.#served.live).current()
      return live === null ? null : (this.#servedSource()?.shares.under(live) ?? null)
    },
    persist: ({ set, file }) => {
      const { buffer, zones } = this.#sets[set]
      if (zones !== null) this.#snapshot.persist(file, buffer, this.#zoneSets.buffer(zones))
      return null
    },
    restore: ({ set, file }) => this.#restore(set, file),
    rtt: () => this.#measurements.summary(),
  }

  constructor(buildZones: BuildZones) {
    this.#zoneSets = new ZoneSets(buildZones)
    this.#compiler = new Compiler(this.#zoneSets)
  }

  measurements(rows: readonly Measurement[], position: string): void {
    this.take(packRows(rows), position)
  }

  /** The same as they come from another thread. */
  take(parcel: RowParcel, position: string): void {
    this.#measurements.deliver(parcel, position)
  }

  served(set: TableSet, live: SharedArrayBuffer): void {
    this.#served = { set, live }
    const idle = this.#sets[other(set)]
    // The world of tables that nobody reads any more is only weight.
    idle.source = null
  }

  async call<M extends PlannerMethod>(method: M, request: unknown): Promise<PlannerCalls[M]['result']> {
    return this.#handlers[method](request as PlannerCalls[M]['request'])
  }

  async #compile(job: CompileJob): Promise<CompileVerdict> {
    const startedAt = Date.now()
    const { survey } = job
    // Before what is newer is taken into the table.
    const surveyed = this.#compiler.needsSurvey(survey) ? this.#measurements.at(survey.evidence, survey.asOf) : []
    const measurements = this.#measurements.at(job.evidence, job.asOf)
    const before = this.#sets[other(job.set)]
    const input = { ...job, measurements, surveyed, zonesInUse: before.zones }
    const state = this.#sets[job.set]
    // Its zones may be written over from here on.
    state.zones = null
    const generation = await this.#compiler.compile(input, millis(startedAt))
    if (generation.kind === 'refused') return generation
    const map = state.buffer.write(generation.writer)
    state.zones = generation.zones
    const { world, demand, unmeasured } = generation.maps
    const tables = RouteTables.open(map)
    state.source = {
      world,
      survey: survey.number,
      demand,
      ranks: unmeasured.final.ranks,
      firsts: unmeasured.clusterWeights,
      allocator: null,
      shares: new PlannedShares(tables, world.demand),
    }
    const moved =
      before.zones !== null && this.#served !== null
        ? movedShare(RouteTables.open(before.buffer.open(false)), tables, world.demand)
        : null
    const bytes = this.#bytes(job.set)
    const stats: CompileStats = { ...generation.stats, bytes, buildMs: Date.now() - startedAt, moved }
    return { kind: 'compiled', stats, arenas: this.#arenas(job.set), problems: generation.problems }
  }

  /** Only what the tables served were compiled from tells what is held; tables from disk do not know that. */
  #hold({ served: asOf, ...request }: HoldRequest): HoldVerdict | null {
    const set = this.#served?.set
    const world = set === undefined ? null : this.#sets[set].source?.world
    if (set === undefined || world == null || world.input.asOf !== asOf) return null
    const measurements = this.#measurements.at(request.evidence, request.asOf)
    const outlook = this.#compiler.lookOut({ ...world.input, ...request, measurements })
    if (outlook === null) return null
    return holdChoices(
      { world, tables: RouteTables.open(this.#tables(set).map) },
      outlook,
      request.held,
      request.counts,
    )
  }

  #restore(set: TableSet, file: string): PlannerCalls['restore']['result'] {
    const state = this.#sets[set]
    state.source = null
    state.zones = null
    const restored = this.#snapshot.restore(file, state.buffer, this.#zoneSets, this.#sets[other(set)].zones)
    if (restored.kind === 'absent') return null
    if (restored.kind === 'damaged') return restored
    // Tables of another version may be whole and still not be ours: look before anyone serves them.
    const foreign = foreignTables(restored.map, this.#zoneSets.buffer(restored.zones.set).open(false))
    if (foreign !== null) return { damaged: `${file}: ${foreign}` }
    state.zones = restored.zones.set
    const stats = restored.map.json<CompileStats>(STATS_SECTION)
    this.#compiler.remember(stats.zones)
    return { stats: { ...stats, buildMs: 0, bytes: this.#bytes(set), moved: null }, arenas: this.#arenas(set) }
  }

  #arenas(set: TableSet): TableArenas {
    const { zones, map } = this.#tables(set)
    return { zones: zones.buffer as SharedArrayBuffer, map: map.buffer as SharedArrayBuffer }
  }

  #bytes(set: TableSet): number {
    const { zones, map } = this.#tables(set)
    return zones.byteLength + map.byteLength
  }

  /** The tables of a set that is filled. */
  #tables(set: TableSet): { zones: Arena; map: Arena } {
    const { buffer, zones } = this.#sets[set]
    if (zones === null) throw new Error(`table set ${set} is empty`)
    return { zones: this.#zoneSets.buffer(zones).open(false), map: buffer.open(false) }
  }

  #servedSource(): Source | null {
    return this.#served === null ? null : this.#sets[this.#served.set].source
  }

  #levels({ allocation, answers = {}, ...input }: LoadRequest): LevelsVerdict {
    const source = this.#servedSource()
    // Without the demand behind the tables (they come from disk, or this thread is new) levels stay as they are.
    if (source === null) return { levels: {}, state: input.state, alarms: [], stale: [] }
    const served = this.#served!
    const { plan, memory } = planFleetServing(
      RouteTables.open(this.#tables(served.set).map),
      source.world.input.deployment,
      input.clusters,
      { firsts: source.firsts, answers },
      this.#serving,
      input.now,
    )
    this.#serving = memory
    const floors = floorsFor(allocation, source.survey)
    return { ...planLevels({ ...input, floors, rows: source.demand }), serving: plan }
  }

  #allocate({ allocation, ...input }: LoadRequest): Allocation | null {
    const source = this.#servedSource()
    if (source === null || !isAllocationDue(allocation, source.survey, input.now)) return null
    const { demand, ranks, survey } = source
    source.allocator ??= new Allocator({ rows: demand, regrets: ranks.regrets(), survey })
    return source.allocator.plan({ ...input, floors: allocation?.floors ?? {} }).allocation
  }
}

/** Why tables that verify cannot be served by this program; null when they can. */
function foreignTables(map: Arena, zoneTables: Arena): string | null {
  try {
    ZoneTables.open(zoneTables)
    RouteTables.open(map)
    const { zones, clusterIds, measuredRows, alarms } = map.json<CompileStats>(STATS_SECTION)
    const known =
      Array.isArray(zones) && Array.isArray(clusterIds) && Array.isArray(alarms) && Number.isInteger(measuredRows)
    return known ? null : 'written by another version'
  } catch (error) {
    return `written by another version (${String(error)})`
  }
}
