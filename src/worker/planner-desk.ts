import type { Arena } from '../base/arena.ts'
import { millis } from '../base/brand.ts'
import { LiveTable } from '../model/live-table.ts'
import type { Measurement } from '../model/measurement.ts'
import type {
  CompileJob,
  CompileStats,
  CompileVerdict,
  LevelsInput,
  LevelsVerdict,
  TableSet,
} from '../model/planner.ts'
import type { DemandRows } from '../plan/demand.ts'
import { planLevels } from '../plan/levels/plan-levels.ts'
import { movedShare } from '../plan/moved.ts'
import type { World } from '../plan/world.ts'
import { RouteTables } from '../route/tables.ts'
import { ZoneTables } from '../zone/tables.ts'
import { Compiler, STATS_SECTION } from './compile.ts'
import { explainName } from './explain.ts'
import { MeasurementTable } from './measurement-table.ts'
import type { PlannerCalls, PlannerMethod } from './protocol.ts'
import { TableBuffer } from './table-set.ts'

interface SetState {
  readonly buffer: TableBuffer
  /** What the tables were compiled from; tables from disk have none. */
  source: { readonly world: World; readonly demand: DemandRows } | null
  filled: boolean
}

type Handlers = {
  readonly [M in PlannerMethod]: (
    request: PlannerCalls[M]['request'],
  ) => PlannerCalls[M]['result'] | Promise<PlannerCalls[M]['result']>
}

/** The planner thread's work, one request after the other. */
export class PlannerDesk {
  readonly #sets: readonly [SetState, SetState] = [
    { buffer: new TableBuffer(), source: null, filled: false },
    { buffer: new TableBuffer(), source: null, filled: false },
  ]
  readonly #measurements = new MeasurementTable()
  readonly #compiler = new Compiler()
  #served: { set: TableSet; live: SharedArrayBuffer } | null = null

  readonly #handlers: Handlers = {
    compile: job => this.#compile(job),
    levels: input => this.#levels(input),
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
      const arena = this.#sets[served.set].buffer.open(false)
      return explainName(request, arena, source.world, LiveTable.open(served.live))
    },
    persist: ({ set, file }) => {
      this.#sets[set].buffer.persist(file)
      return null
    },
    restore: ({ set, file }) => {
      const state = this.#sets[set]
      state.source = null
      const arena = state.buffer.restore(file)
      if (arena === null || 'damaged' in arena) return arena
      // Tables of another version may be whole and still not be ours: look before anyone serves them.
      const foreign = foreignTables(arena)
      if (foreign !== null) return { damaged: `${file}: ${foreign}` }
      state.filled = true
      const stats = arena.json<CompileStats>(STATS_SECTION)
      this.#compiler.remember(stats.zones)
      return { stats: { ...stats, buildMs: 0, bytes: arena.byteLength, moved: null }, arena: state.buffer.buffer }
    },
    rtt: () => this.#measurements.summary(),
  }

  measurements(rows: readonly Measurement[], position: string): void {
    this.#measurements.deliver(rows, position)
  }

  served(set: TableSet, live: SharedArrayBuffer): void {
    this.#served = { set, live }
    const idle = this.#sets[set === 0 ? 1 : 0]
    // The world of tables that nobody reads any more is only weight.
    idle.source = null
  }

  async call<M extends PlannerMethod>(method: M, request: unknown): Promise<PlannerCalls[M]['result']> {
    return this.#handlers[method](request as PlannerCalls[M]['request'])
  }

  async #compile(job: CompileJob): Promise<CompileVerdict> {
    const startedAt = Date.now()
    const measurements = this.#measurements.at(job.evidence, job.asOf)
    const generation = await this.#compiler.compile({ ...job, measurements }, millis(startedAt))
    if (generation.kind === 'refused') return generation
    const state = this.#sets[job.set]
    const arena = state.buffer.write(generation.writer)
    const before = this.#sets[job.set === 0 ? 1 : 0]
    const moved =
      before.filled && this.#served !== null
        ? movedShare(RouteTables.open(before.buffer.open(false)), RouteTables.open(arena))
        : null
    state.source = { world: generation.maps.world, demand: generation.maps.demand }
    state.filled = true
    const stats: CompileStats = { ...generation.stats, bytes: arena.byteLength, buildMs: Date.now() - startedAt, moved }
    return { kind: 'compiled', stats, arena: state.buffer.buffer, problems: generation.problems }
  }

  #levels(input: LevelsInput): LevelsVerdict {
    const source = this.#served === null ? null : this.#sets[this.#served.set].source
    // Without the demand behind the tables (they come from disk, or this thread is new) levels stay as they are.
    if (source === null) return { levels: {}, state: input.state, alarms: [], stale: [] }
    return planLevels({ ...input, rows: source.demand })
  }
}

/** Why tables that verify cannot be served by this program; null when they can. */
function foreignTables(arena: Arena): string | null {
  try {
    ZoneTables.open(arena)
    RouteTables.open(arena)
    const { zones, clusterIds, measuredRows, alarms } = arena.json<CompileStats>(STATS_SECTION)
    const known =
      Array.isArray(zones) && Array.isArray(clusterIds) && Array.isArray(alarms) && Number.isInteger(measuredRows)
    return known ? null : 'written by another version'
  } catch (error) {
    return `written by another version (${String(error)})`
  }
}
