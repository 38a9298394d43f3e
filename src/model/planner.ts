import type { Millis } from '../base/brand.ts'
import type { Problem } from '../base/problem.ts'
import type { EvidenceShares } from './demand-evidence.ts'
import type { Deployment } from './deployment.ts'
import type { EstimateStats } from './estimates.ts'
import type { Allocation, ClusterPlan, HeldChoice } from './fleet-plan.ts'
import type { Measurement } from './measurement.ts'
import type { PlannedShare } from './planned-share.ts'
import type { ZoneStatus } from './status.ts'
import type { Survey } from './survey.ts'
import type { Trail } from './trail.ts'

/** Which of two long-lived buffers; the planner fills one while the workers read the other. */
export type TableSet = 0 | 1

/** What a generation is read from: two arenas. Generations between which no zone changed share the zones'. */
export interface TableArenas {
  readonly zones: SharedArrayBuffer
  readonly map: SharedArrayBuffer
}

/** Stable numbers of service and cluster ids, for counters that outlive a reload. They are in the tables. */
export interface TableNumbers {
  readonly services: Readonly<Record<string, number>>
  readonly clusters: Readonly<Record<string, number>>
  /** By name of a target. */
  readonly targets?: Readonly<Record<string, number>>
}

export interface CompileJob {
  readonly set: TableSet
  readonly generation: number
  readonly deployment: Deployment
  /** True: zone files and databases are read anew; false: only evidence changed, what was read for the last job is used again. */
  readonly fresh: boolean
  /** strict: any error refuses the job; tolerant: a zone or database that does not load is left out and named. */
  readonly mode: 'strict' | 'tolerant'
  /** Walks the geo data only to /16 and /28: good enough for the first seconds of a fresh start. */
  readonly coarse: boolean
  readonly asOf: Millis
  /** Position in the store's change log up to which measurements count. */
  readonly evidence: string
  readonly survey: Survey
  /** What is known of the demand, as a table of model/demand-text; '' = nothing. The survey's, unless it was not to be had. */
  readonly demand: string
  readonly held: readonly HeldChoice[]
  readonly stable: TableNumbers
  readonly configHash: string
}

export interface CompileStats {
  readonly generation: number
  readonly builtAt: number
  readonly buildMs: number
  readonly bytes: number
  readonly ranges: number
  readonly rows: number
  readonly places: number
  /** Measurements that count in it. */
  readonly measuredRows: number
  /** Left out in tables of versions that had none. */
  readonly estimates?: EstimateStats
  /** Likewise. Demand by what the RTT of its first choice stands on; null where no service goes by RTT. */
  readonly evidence?: EvidenceShares | null
  /** What an operator should know of the geo data, a sentence each: a database that could not be opened. */
  readonly alarms: readonly string[]
  readonly coarse: boolean
  readonly configHash: string
  readonly geoHash: string
  readonly zones: readonly ZoneStatus[]
  readonly clusterIds: readonly string[]
  /** The numbers that these tables count by. Left out in tables of versions that did not keep them. */
  readonly stable?: TableNumbers
  /** Servers of all clusters, in cluster order. */
  readonly serverCount: number
  /** Share of the demand whose first cluster differs from the generation before, 0..1; null without one. */
  readonly moved: number | null
}

/** A problem of the configuration's content: `path` says where in the configuration (`services[1].cdnName`), '' where `problem` itself does. */
export interface ContentProblem {
  readonly path: string
  readonly problem: Problem
}

export type CompileVerdict =
  | {
      readonly kind: 'compiled'
      readonly stats: CompileStats
      readonly arenas: TableArenas
      readonly problems: readonly ContentProblem[]
    }
  | { readonly kind: 'refused'; readonly problems: readonly ContentProblem[] }

export interface ClusterLoadInput {
  readonly id: string
  readonly capacity: number
  readonly target: number
  readonly usable: boolean
  readonly drainPercent: number
  readonly load?: { readonly value: number; readonly at: Millis }
  /** As the plan in force has it: see {@link ClusterPlan}. */
  readonly serving?: Readonly<Record<string, number>>
}

export interface LevelsInput {
  readonly clusters: readonly ClusterLoadInput[]
  readonly ttlSeconds: number
  readonly now: Millis
  readonly state: unknown
  /** By cluster id: no level goes below, 1..256; a missing id has 0. */
  readonly floors?: Readonly<Record<string, number>>
}

/** What the leader asks with: {@link LevelsInput} whose floors are those of the allocation, where it was made for the map that is served. */
export interface LoadRequest extends Omit<LevelsInput, 'floors'> {
  readonly allocation: Allocation | null
  /** What the threads of this nameserver have counted; undefined: nothing. */
  readonly answers?: AnswerCounts
}

/** By cluster id, by service id: how often answers of late named the cluster. */
export type AnswerCounts = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface LevelsVerdict {
  readonly levels: Readonly<Record<string, number>>
  /** By cluster and order group: see {@link ClusterPlan}. undefined: as it is. */
  readonly serving?: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly state: unknown
  readonly alarms: readonly string[]
  readonly stale: readonly string[]
}

/** What the leader asks before a plan counts new evidence. */
export interface HoldRequest {
  /** `asOf` of the plan in force: only from its tables can be told what would change. */
  readonly served: Millis
  /** The survey and the held choices of that plan. */
  readonly survey: Survey
  readonly held: readonly HeldChoice[]
  /** The evidence to be counted. */
  readonly asOf: Millis
  readonly evidence: string
  /** A minute has passed since wins were counted. */
  readonly counts: boolean
}

export interface HoldVerdict {
  readonly held: readonly HeldChoice[]
  /** Choices that would be held but are too many: they switch at once. */
  readonly beyond: number
}

export interface ExplainRequest {
  readonly name: string
  readonly type: string
  readonly client: { readonly address: string; readonly length: number | null }
  /** The one in force. */
  readonly allocation?: Allocation | null
}

export type ExplainVerdict =
  | { readonly kind: 'trail'; readonly trail: Trail }
  | { readonly kind: 'refused'; readonly code: 'not-found' | 'bad-request' | 'unavailable'; readonly message: string }

export interface RttSummary {
  readonly rows: number
  readonly prefixes: number
  readonly newest: number | null
  readonly oldest: number | null
}

/** The planner thread as the control loop sees it. Requests are served one after the other. */
export interface Planner {
  /** Rows that the store delivered, in order. */
  measurements(rows: readonly Measurement[], position: string): void
  compile(job: CompileJob): Promise<CompileVerdict>
  levels(request: LoadRequest): Promise<LevelsVerdict>
  /** The floors of the map that is served; null when there is nothing to allocate yet, or again. */
  allocate(request: LoadRequest): Promise<Allocation | null>
  /** Which measured blocks keep their first choice; null while other tables than the plan's are served. */
  hold(request: HoldRequest): Promise<HoldVerdict | null>
  explain(request: ExplainRequest): Promise<ExplainVerdict>
  /** What the tables that are served send where, under their live table; null when they come from disk: nobody knows the demand then. */
  shares(): Promise<readonly PlannedShare[] | null>
  /** Writes the set's tables to `file` (temporary file, fsync, rename). */
  persist(set: TableSet, file: string): Promise<void>
  /** Reads tables written by {@link persist} into the set; null when there are none or they are damaged (the reason is logged). */
  restore(set: TableSet, file: string): Promise<{ readonly stats: CompileStats; readonly arenas: TableArenas } | null>
  /** Says which set the workers serve, with its live table: what {@link explain}, {@link levels}, {@link allocate} and {@link shares} speak of. */
  served(set: TableSet, live: SharedArrayBuffer): void
  /** Counts the measurements the planner holds. */
  rtt(): Promise<RttSummary>
}

export interface TablesMessage extends TableArenas {
  readonly generation: number
  readonly live: SharedArrayBuffer
  /** Stable number of each zone, by its index in the tables; for counters. */
  readonly zoneNumbers: Uint32Array
}

/** The answering threads as the control loop sees them. */
export interface Answerers {
  /** Hands the tables to every worker and resolves when each living one serves them (nobody reads the other set any more). */
  swap(tables: TablesMessage): Promise<void>
}
