import type { Point } from '../base/earth.ts'
import type { LoadUnit, Tier } from './cluster.ts'
import type { CounterReading } from './counters.ts'
import type { DemandSummary } from './demand.ts'
import type { EvidenceShares } from './demand-evidence.ts'
import type { EdgesStatus } from './edges.ts'
import type { EstimateStats } from './estimates.ts'
import type { ClusterHealth } from './fleet-plan.ts'
import type { GaugeReading } from './gauges.ts'
import type { CheckCounts, CheckedStatus, HealthStatus } from './health-status.ts'
import type { PlannedShare } from './planned-share.ts'
import type { LogCounts, QueryLog } from './query-logs.ts'
import type { DrainIntent, NodeReport } from './signals.ts'

/** What `status`, the console page, `/readyz` and the metrics read: one object that main puts together on demand. Times are Unix ms. */
export interface Status {
  readonly node: string
  readonly version: string
  readonly startedAt: number
  readonly now: number
  /** `starting` until a map is served, `draining` after SIGTERM. */
  readonly phase: 'starting' | 'serving' | 'draining'
  readonly listen: {
    readonly dns: readonly string[]
    /** Addresses of the UDP sockets: `dns` with its wildcards expanded. */
    readonly udp: readonly string[]
    /** DNS over TLS. */
    readonly tls: readonly string[]
    /** The end of its certificate; null without one. */
    readonly tlsNotAfter: number | null
    readonly http: string | null
    /** How UDP is served, for people. */
    readonly transport: string
  }
  readonly snapshot: SnapshotStatus
  readonly store: {
    readonly kind: 'memory' | 'redis'
    readonly label: string
    readonly up: boolean
    readonly reason: string
    readonly since: number
    /** Values that could not be read, and were left out, since the start. */
    readonly skipped: number
    /** What a change takes to arrive by it, ms; null before the first has. */
    readonly lagMs: number | null
  }
  readonly leader: {
    readonly self: boolean
    readonly holder: string | null
    readonly planSeq: number
    readonly planAt: number | null
  }
  /** When the allocation in force was made; null before the first. */
  readonly allocatedAt: number | null
  readonly rtt: {
    readonly rows: number
    readonly prefixes: number /** ms; null without rows. */
    readonly newestAgeMs: number | null
    readonly oldestAgeMs: number | null
    /** Rows since the start that name a cluster which is not configured. */
    readonly unknownCluster: number
  }
  /** What the map in force takes demand to be. */
  readonly demand: DemandSummary
  readonly edges: EdgesStatus
  readonly health: HealthStatus
  /** Of the checks that run inside this nameserver; empty where it runs none. */
  readonly checks: readonly CheckCounts[]
  readonly zones: readonly ZoneStatus[]
  readonly clusters: readonly ClusterStatus[]
  readonly services: readonly { readonly id: string; readonly cdnName: string; readonly policy: string }[]
  readonly workers: readonly WorkerStatus[]
  /** This nameserver and all that were heard of within a quarter of an hour. */
  readonly fleet: readonly FleetMember[]
  /** Calls of the HTTP API since the start, by outcome: `ok`, the code of the error, or `dropped` for want of a connection. */
  readonly http: { readonly requests: Readonly<Record<string, number>> }
  /** Records of the logs of queries, since the start. */
  readonly logs: Readonly<Record<QueryLog, LogCounts>>
  /** Queries per second over the last seconds, all transports. */
  readonly qps: number
  /** Answers since start by (service id, cluster id), at most 1000 pairs, and the rest. Each number only ever grows, whatever workers do. */
  readonly answers: {
    readonly pairs: readonly { readonly service: string; readonly cluster: string; readonly count: number }[]
    readonly other: number
    /** CNAMEs from shared hostnames by (service id, name of the target), at most 250, and the rest. */
    readonly targets: readonly { readonly service: string; readonly target: string; readonly count: number }[]
    readonly targetsOther: number
    /** Queries by origin of their zone, of those that workers keep by name, and the rest. */
    readonly zones: readonly { readonly zone: string; readonly count: number }[]
    readonly zonesOther: number
  }
  /** What map and plan in force send where; empty while nobody knows. */
  readonly planned: readonly PlannedShare[]
  /** Sentences that an operator should act on; empty when all is well. */
  readonly alarms: readonly string[]
}

/** `silent`: it has missed its last reports; `stopped`: it said that it would. */
export interface FleetMember extends NodeReport {
  readonly state: 'up' | 'silent' | 'stopped'
}

export interface SnapshotStatus {
  /** 0 = none yet. */
  readonly generation: number
  readonly builtAt: number
  readonly buildMs: number
  readonly bytes: number
  /** `compiled`, or `disk` while the last good one is served. */
  readonly from: 'none' | 'disk' | 'compiled'
  readonly epoch: number
  readonly ranges: number
  readonly rows: number
  /** Places of the geo data, 0 without; and whether the walk was coarse (first seconds of a fresh start). */
  readonly places: number
  readonly coarse: boolean
  readonly estimates: EstimateStats
  /** Demand by what the RTT of its first choice stands on; null where no service goes by RTT. */
  readonly evidence: EvidenceShares | null
  readonly configHash: string
  readonly geoHash: string
  /** Snapshots that the acceptance gate refused since start, and why the last one was. */
  readonly refused: number
  readonly refusedReason: string | null
}

export interface ZoneStatus {
  readonly origin: string
  readonly file: string
  readonly serial: number | null
  readonly records: number
  /** null = loaded. */
  readonly error: string | null
}

export interface ClusterStatus {
  readonly id: string
  readonly tier: Tier
  /** Where it stands: the console's map draws it there. */
  readonly location: Point
  readonly country: string | null
  readonly servers: number
  /** unknown: its servers are checked and none was judged yet; it is used. */
  readonly health: ClusterHealth | 'unknown'
  /** null: nobody checks it, and it counts as up. */
  readonly checked: CheckedStatus | null
  /** What the operator wants; null: nothing. */
  readonly drain: DrainIntent | null
  /** Share of its client blocks, 0..100 percent, that is turned away for it by the plan in force. */
  readonly drained: number
  readonly level: number
  /** Shed level that the allocation in force asks for, 0..256: the load control does not go below. */
  readonly floor: number
  /** Load that the allocation settles there, as a share of capacity; null before the first. */
  readonly planned: number | null
  readonly unit: LoadUnit
  readonly capacity: number
  readonly target: number
  /** Share of capacity; null = never reported. */
  readonly load: number | null
  readonly loadAgeMs: number | null
  readonly stale: boolean
  /** Answers since start that named this cluster. */
  readonly answers: number
  readonly services: readonly string[]
}

export interface WorkerStatus {
  readonly name: string
  readonly role: 'query' | 'tcp' | 'planner'
  readonly generation: number
  readonly restarts: number
  readonly counters: CounterReading | null
  /** Octets; the tables that all workers share are not among them. All 0 while the worker starts. */
  readonly memory: GaugeReading
}
