import type { Millis } from '../base/brand.ts'
import type { Prefix } from '../base/prefix.ts'
import type { AuditEntry } from '../model/audit.ts'
import type { DemandReport, DemandTable } from '../model/demand.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { HealthReport } from '../model/health.ts'
import type { Measurement } from '../model/measurement.ts'
import type { DrainIntent, LoadSample, NodeReport } from '../model/signals.ts'
import type { ProbingStore } from './probing.ts'

/**
 * The state that nameservers, probers and edges share. Two implementations (embedded and Redis) keep one contract, held by one test suite.
 *
 * Reading is by subscription: `open` starts to deliver everything there is, then every change, in order, for as long as the store is open.
 * The caller keeps what it needs; nothing here is ever read on the query path. A store that is away never blocks and never throws from
 * `open`: `onStatus(false)` is called, and on its return the listener gets what it missed (or everything again: every delivery is a
 * whole new value of what it names, so applying it twice is harmless).
 */
export interface StoreListener {
  /** Rows added or replaced. `position` names the state of the change log after them (compare with base/position `comparePosition`). */
  onMeasurements(rows: readonly Measurement[], position: string): void
  onLoad(sample: LoadSample): void
  /** null: restored. */
  onIntent(cluster: string, intent: DrainIntent | null): void
  onPlan(plan: FleetPlan): void
  onNode(report: NodeReport): void
  /** What a monitor says now: all of it to a newcomer, then what changes. */
  onHealth(report: HealthReport): void
  /** A report of demand was made or withdrawn, or there is one: see {@link Store.readReport}. */
  onDemandReport(): void
  /** What was delivered so far may be out of date: everything is delivered once more, as to a newcomer. */
  onAnew(): void
  /** Called once with the first verdict and then on every change. `reason` is for people. */
  onStatus(up: boolean, reason: string): void
  /** The first complete delivery of everything is done. Never called while the store is away. */
  onReady(): void
}

/** The right to write the plan. `token` grows with every change of holder. */
export interface Lease {
  readonly holder: string
  readonly token: number
}

export type PublishVerdict = 'published' | 'stale-token'

/** `incomplete`: of this monitor nothing is held to which changes could be added, and nothing was kept: it gives a whole report next. */
export type HealthKept = 'kept' | 'incomplete'

/**
 * Thrown by every write when the store cannot be reached, does not answer in time or refuses. Whether the write came through is then
 * unknown, but no value is ever half written, and writing it again is harmless. Of a batch of measurements a part may have come through.
 */
export class StoreUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreUnavailable'
  }
}

/** Thrown by `putMeasurements` when the store would outgrow its bounds. Nothing of the batch was written. */
export class StoreFull extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StoreFull'
  }
}

export interface Store {
  readonly kind: 'memory' | 'redis'
  /** For people: `memory (./var)`, `redis://10.0.0.1:6379/0` (never with a password). */
  readonly label: string
  /** Stored values that could not be read and were left out since the start: torn, garbled, of a foreign type or far too large. */
  readonly skipped: number
  readonly probing: ProbingStore
  /**
   * Resolves at once; deliveries follow. `known`: intents that the listener has from before. Those that the store does not hold any more are delivered as
   * null; those that it has lost (Redis was emptied since) are written again.
   */
  open(listener: StoreListener, known?: readonly DrainIntent[]): Promise<void>
  close(): Promise<void>
  /**
   * Only of a store that keeps its state in the state folder: leaves the folder to another process, with all that was written; until `comeBack` the store is
   * away, for `reason`.
   */
  readonly stepAside?: (reason: string) => Promise<void>
  /** Takes up what stands in the folder by then. */
  readonly comeBack?: () => Promise<void>

  /**
   * The last writer by `measuredAt` wins for each (prefix, cluster), what edges saw and all else apart (model/measurement); ties: the later call. Durable when the promise resolves. Rows past
   * their lifetime, or measured more than an hour in the future (a broken clock would otherwise win for ever), are left out and counted.
   */
  putMeasurements(rows: readonly Measurement[]): Promise<void>
  /**
   * All rows younger than their lifetime, in prefix order, in portions: for who does not want to hold millions of them. A portion has all of its prefixes; the
   * next one is read when `take` is done.
   */
  scanMeasurements(take: (rows: readonly Measurement[]) => void | Promise<void>): Promise<void>
  /** All rows younger than their lifetime, in prefix order. */
  readMeasurements(): Promise<readonly Measurement[]>
  /** What edges saw of one cluster, a row for each of the prefixes; null where there is none younger than its lifetime. */
  readPassive(cluster: string, prefixes: readonly Prefix[]): Promise<readonly (Measurement | null)[]>
  putLoad(sample: LoadSample): Promise<void>
  /**
   * null removes the intent, and with it the memory that there was one. Durable (survives kill -9) when the promise resolves. `asOf`: only while the
   * intents of all clusters are as they were at that {@link intentMark}; false: they have changed since, and nothing was written.
   */
  putIntent(cluster: string, intent: DrainIntent | null, asOf?: string): Promise<boolean>
  /** Without those that are over. */
  readIntents(): Promise<readonly DrainIntent[]>
  /** Names what intents there are: read it before them. */
  intentMark(): Promise<string>
  /** Adds to the audit trail, which keeps the last {@link AUDIT_KEPT} entries. Durable when the promise resolves. */
  putAudit(entry: AuditEntry): Promise<void>
  /** The newest `most` entries at or after `since`, the oldest first. */
  readAudit(since: Millis, most: number): Promise<readonly AuditEntry[]>
  putNode(report: NodeReport): Promise<void>
  /**
   * Takes up what a monitor says; forgotten {@link HEALTH_LIFETIME_MS} after its last report. Reports of one monitor are given one after the other; the
   * first one, and the next after a failure, is whole. Verdicts that cannot be (see model/health) and those beyond MOST_VERDICTS are left out and counted.
   */
  putHealth(report: HealthReport): Promise<HealthKept>

  /** Replaces what the nameserver has counted; forgotten a quarter of an hour later. */
  putCounted(node: string, table: DemandTable): Promise<void>
  /** What each nameserver counted last, by its name. */
  readCounted(): Promise<ReadonlyMap<string, DemandTable>>
  /** The whole of what is reported, in the place of what was; null withdraws it. Durable when the promise resolves. */
  putReport(report: DemandReport | null): Promise<void>
  /** null also when it has expired. */
  readReport(): Promise<DemandReport | null>
  /** Keeps a table for those who compile from it, for a day; returns its id, which says what is in it: of equal tables there is one. */
  putDemand(table: DemandTable): Promise<string>
  /** null when no such table is kept. */
  readDemand(id: string): Promise<DemandTable | null>

  /** Takes or renews the lease for `ttlMs`; null while somebody else holds it. A renewal keeps the token, whoever takes it anew gets a greater one. */
  acquireLease(holder: string, ttlMs: number): Promise<Lease | null>
  releaseLease(lease: Lease): Promise<void>
  /** Writes the plan unless one with a greater (token, seq) stands there or a newer lease was given since. */
  publishPlan(plan: FleetPlan): Promise<PublishVerdict>
  readPlan(): Promise<FleetPlan | null>
}
