import type { XdpPort } from '../listen/linux/xdp/attachment.ts'
import type { AnswerSettings } from '../model/answer-settings.ts'
import type { Allocation } from '../model/fleet-plan.ts'
import type { PlannedShare } from '../model/planned-share.ts'
import type {
  CompileJob,
  CompileStats,
  CompileVerdict,
  ExplainRequest,
  ExplainVerdict,
  HoldRequest,
  HoldVerdict,
  LevelsVerdict,
  LoadRequest,
  RttSummary,
  TableArenas,
  TableSet,
  TablesMessage,
} from '../model/planner.ts'
import type { LogNames, QueryLogSettings } from '../model/query-logs.ts'
import type { RowParcel } from '../plan/measured-rows.ts'

/** Where and how an answering worker listens; crosses to its thread when it starts. */
export interface AnsweringOptions {
  readonly role: 'query' | 'tcp'
  /** Among those of its role, from 0. */
  readonly number: number
  /** Where the tcp worker listens. */
  readonly addresses: readonly Address[]
  /** DNS over TLS, the tcp worker's too; nothing listens there without certificate and key in the settings. */
  readonly tlsAddresses: readonly Address[]
  /** NSID payload (RFC 5001): the node's name. */
  readonly nsid: string
  readonly udp: {
    /** One per local address: wildcards are expanded. */
    readonly addresses: readonly Address[]
    /** `batch`: recvmmsg and sendmmsg, every worker with sockets of its own; `dgram`: node:dgram, for one worker. */
    readonly transport: 'batch' | 'dgram'
    readonly maxPayload: number
    readonly receiveBuffer: number
    /** Interfaces with AF_XDP before the sockets; their queues are dealt out to `queryWorkers` workers. */
    readonly xdp: readonly XdpPort[]
    readonly queryWorkers: number
  }
  /** Addresses that this machine does not have (yet) are bound all the same. */
  readonly freebind: boolean
  /** Another process serves these addresses and leaves soon: listen beside it. */
  readonly beside: boolean
  readonly tcp: {
    readonly idleMs: number
    readonly messageMs: number
    readonly perAddress: number
    readonly connections: number
  }
  readonly ecs: boolean
  readonly settings: AnswerSettings
  readonly counters: SharedArrayBuffer
  /** Laid out as model/demand-sketch says. */
  readonly demand: SharedArrayBuffer
  /** Laid out as model/resolver-sketch says. */
  readonly resolvers: SharedArrayBuffer
  /** Laid out as model/query-ring says: where sampled queries go to be logged. */
  readonly queryRing: SharedArrayBuffer
  /** Laid out as model/gauges says. */
  readonly gauges: SharedArrayBuffer
  /**
   * Int32 [0] grows with every message posted to the thread, after it: a thread that waits for queries looks there first. [1] grows about once a second
   * while the thread makes progress.
   */
  readonly posted: SharedArrayBuffer
  /** Laid out as listen/linux/open-sockets says: what is to be closed when the thread is no more. */
  readonly sockets: SharedArrayBuffer
  readonly crashRing: SharedArrayBuffer
  /** Hashes (base/hash `hashBytes`) of messages that killed a worker twice: dropped unread. */
  readonly poison: readonly number[]
  /** Tables to begin with; null before the first generation. */
  readonly tables: TablesMessage | null
}

export interface Address {
  readonly address: string
  readonly port: number
}

export type ToAnswerer =
  | { readonly kind: 'tables'; readonly tables: TablesMessage }
  | { readonly kind: 'settings'; readonly settings: AnswerSettings }
  /** `succeeded`: another process serves the same addresses by now. */
  | { readonly kind: 'stop'; readonly succeeded: boolean }

export type FromAnswerer =
  /** `absent`: configured addresses that this machine does not have. */
  | { readonly kind: 'listening'; readonly absent: readonly string[] }
  /** The sockets could not be bound: final, said with the address. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'serving'; readonly generation: number }
  /** The settings given last hold. */
  | { readonly kind: 'configured' }
  /** What an operator should act on by now, a sentence each, in the place of what was said before. */
  | { readonly kind: 'troubles'; readonly troubles: readonly string[] }
  /** A sentence for the log; seldom. */
  | { readonly kind: 'note'; readonly sentence: string }

/** What the thread that writes the logs of queries is started with. */
export interface LoggerOptions {
  readonly rings: readonly SharedArrayBuffer[]
  /** Float64: two for each of QUERY_LOGS, written and lost. */
  readonly counts: SharedArrayBuffer
  readonly version: string
  readonly settings: QueryLogSettings
  readonly names: LogNames
}

export type ToLogger =
  | { readonly kind: 'settings'; readonly settings: QueryLogSettings }
  | { readonly kind: 'names'; readonly names: LogNames }
  | { readonly kind: 'stop' }

/** About once a second: what an operator should act on. */
export interface FromLogger {
  readonly troubles: readonly string[]
}

/** Requests to the planner and what each resolves to. */
export interface PlannerCalls {
  compile: { request: CompileJob; result: CompileVerdict }
  levels: { request: LoadRequest; result: LevelsVerdict }
  allocate: { request: LoadRequest; result: Allocation | null }
  hold: { request: HoldRequest; result: HoldVerdict | null }
  explain: { request: ExplainRequest; result: ExplainVerdict }
  shares: { request: null; result: readonly PlannedShare[] | null }
  persist: { request: { set: TableSet; file: string }; result: null }
  restore: {
    request: { set: TableSet; file: string }
    result: { stats: CompileStats; arenas: TableArenas } | { damaged: string } | null
  }
  rtt: { request: null; result: RttSummary }
}
export type PlannerMethod = keyof PlannerCalls

export type ToPlanner =
  | { readonly kind: 'measurements'; readonly rows: RowParcel; readonly position: string }
  /** The set whose tables are served, with its live table: what `explain` and `levels` speak of. */
  | { readonly kind: 'served'; readonly set: TableSet; readonly live: SharedArrayBuffer }
  | { readonly kind: 'call'; readonly id: number; readonly method: PlannerMethod; readonly request: unknown }

export type FromPlanner =
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly message: string }
