import type { Millis } from '../base/brand.ts'
import type { Problem } from '../base/problem.ts'
import type { AuditEntry, Caller } from '../model/audit.ts'
import type { DemandReport, DemandTable } from '../model/demand.ts'
import type { DrainWish, RestoreWish } from '../model/drain.ts'
import type { Measurement } from '../model/measurement.ts'
import type { ResolverCount } from '../model/resolver.ts'
import type { DrainIntent, LoadSample } from '../model/signals.ts'
import type { Status } from '../model/status.ts'
import type { Trail } from '../model/trail.ts'
import type { ProberGroup } from '../store/probing.ts'

/** Said to whoever asked for something that cannot be done; `code` is stable and documented, `message` says what would be legal. */
export class Refusal extends Error {
  readonly code: 'not-found' | 'bad-request' | 'conflict' | 'unavailable'
  constructor(code: Refusal['code'], message: string) {
    super(message)
    this.name = 'Refusal'
    this.code = code
  }
}

export interface ReloadVerdict {
  readonly accepted: boolean
  /** Errors when refused, warnings when accepted. */
  readonly problems: readonly Problem[]
  readonly generation: number
  /** Share of the demand whose first cluster moved, 0..1; null when unknown. */
  readonly moved: number | null
}

/** How much which clients ask. */
export interface DemandPort {
  known(now: Millis): Promise<DemandTable>
  report(report: DemandReport | null, caller: Caller): Promise<void>
}

/** Whom probers measure, and who of them is there. */
export interface ResolverPort {
  known(now: Millis): Promise<readonly ResolverCount[]>
  join(cluster: string, prober: string, ttlMs: number): Promise<ProberGroup>
  leave(cluster: string, prober: string): Promise<void>
}

/**
 * What the running nameserver lets the outside do: the HTTP API is a thin skin over it. Every method rejects with {@link Refusal} for what the
 * caller did wrong and with StoreUnavailable when the state cannot be kept.
 */
export interface ControlPort {
  status(): Status
  /** Any stored type; `client` null = the place unknown. */
  explain(
    name: string,
    type: string,
    client: { readonly address: string; readonly length: number | null },
  ): Promise<Trail>
  drain(wish: DrainWish, force: boolean, caller: Caller): Promise<DrainIntent>
  restore(wish: RestoreWish, caller: Caller): Promise<DrainIntent>
  /** `unit` must be that of the cluster's capacity. */
  reportLoad(sample: Omit<LoadSample, 'at'>, unit: string): Promise<void>
  putMeasurements(rows: readonly Measurement[], caller: Caller): Promise<void>
  measurements(): Promise<readonly Measurement[]>
  reload(force: boolean, caller: Caller): Promise<ReloadVerdict>
  /** What people have changed: the newest `most` entries at or after `since`, the oldest first. */
  audit(since: Millis, most: number): Promise<readonly AuditEntry[]>
  readonly demand: DemandPort
  readonly resolvers: ResolverPort
}
