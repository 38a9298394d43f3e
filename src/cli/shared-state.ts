import { type Millis, millis } from '../base/brand.ts'
import { formatPrefix, parsePrefix } from '../base/prefix.ts'
import { ProblemError } from '../base/problem.ts'
import type { Access } from '../config/access.ts'
import type { Config } from '../config/config.ts'
import type { LoadedConfig } from '../config/load.ts'
import { AuditTrail } from '../control/audit-trail.ts'
import { deedOf } from '../control/audited-port.ts'
import { describeDrain, describeRamp } from '../control/describe-drain.ts'
import { Drains } from '../control/drains.ts'
import { exportTable } from '../http/demand.ts'
import type { RttRow } from '../http/schema/replies.ts'
import type { AuditEntry } from '../model/audit.ts'
import type { DemandReport } from '../model/demand.ts'
import type { Measurement } from '../model/measurement.ts'
import type { DrainIntent } from '../model/signals.ts'
import { joinDemand } from '../plan/join-demand.ts'
import type { Store } from '../store/store.ts'
import { ApiClient } from './api-client.ts'
import { isError } from './config-option.ts'
import type { Io } from './io.ts'
import { type Probing, probingInStore, probingOverHttp } from './probing.ts'
import { whoAmI } from './who-am-i.ts'

/** A duration as the operator wrote it. */
export interface Span {
  readonly text: string
  readonly ms: number
}

/** What an operator asks of a cluster. */
export interface DrainWish {
  /** 1..100. */
  readonly percent: number
  /** undefined: until restored. */
  readonly for?: Span
  readonly ramp: Span
  readonly reason: string
  /** Also when it leaves a service without a serving cluster. */
  readonly force: boolean
}

/** One row of demand as it leaves: the columns of the CSV. */
export interface DemandLine {
  readonly prefix: string
  readonly qps: number
  readonly source: string
}

/**
 * The state that commands change: with `store: memory` it lives in the running server and is reached by its HTTP API, with Redis it is
 * written where all servers read it, whether one runs or not.
 */
export interface SharedState {
  /** For people: where the state is. */
  readonly label: string
  putMeasurements(rows: readonly Measurement[]): Promise<void>
  /** In prefix order, what edges saw of a path behind the rest; in portions, the next one when `take` is done. */
  measurements(take: (rows: readonly Measurement[]) => Promise<void>): Promise<void>
  drain(cluster: string, wish: DrainWish): Promise<DrainIntent>
  restore(cluster: string, ramp: Span): Promise<void>
  /** The whole of what is reported; null withdraws it. */
  reportDemand(report: DemandReport | null): Promise<void>
  demand(): Promise<readonly DemandLine[]>
  readonly probing: Probing
  /** The newest `most` entries not older than `ageMs` (null: however old), the oldest first. */
  audit(age: Span | null, most: number): Promise<readonly AuditEntry[]>
  close(): Promise<void>
}

/**
 * Runs `use` on the state that this configuration names and lets go of it afterwards. What the running server keeps can be reached while the
 * file is bad; what stands in Redis only with a good one (throws {@link ProblemError}).
 */
export async function withSharedState<T>(
  { access, config, problems }: LoadedConfig,
  io: Io,
  use: (state: SharedState) => Promise<T>,
): Promise<T> {
  if (access.store !== 'memory' && config === null) throw new ProblemError(problems.filter(isError))
  const state = config === null || access.store === 'memory' ? overHttp(access, io) : await inStore(config, io)
  try {
    return await use(state)
  } finally {
    await state.close()
  }
}

function overHttp(access: Access, io: Io): SharedState {
  const client = new ApiClient(access, io.env)
  const cluster = (id: string, what: string): string => `/v1/clusters/${encodeURIComponent(id)}/${what}`
  return {
    label: 'the running server',
    async putMeasurements(rows) {
      await client.post('/v1/rtt', { measurements: rows.map(toWire) })
    },
    async measurements(take) {
      const { measurements } = (await client.get('/v1/rtt')) as { measurements: RttRow[] }
      await take(measurements.map(fromWire))
    },
    async drain(id, { percent, for: time, ramp, reason, force }) {
      const body = { percent, reason, force, ramp: ramp.text, ...(time === undefined ? {} : { for: time.text }) }
      return ((await client.post(cluster(id, 'drain'), body)) as { drain: DrainIntent }).drain
    },
    async restore(id, ramp) {
      await client.post(cluster(id, 'restore'), { ramp: ramp.text })
    },
    async audit(age, most) {
      const query = new URLSearchParams({ limit: String(most), ...(age === null ? {} : { since: age.text }) })
      return ((await client.get(`/v1/audit?${query}`)) as { audit: readonly AuditEntry[] }).audit
    },
    async reportDemand(report) {
      if (report === null) await client.post('/v1/demand/withdraw', {})
      else await client.post('/v1/demand', demandBody(report))
    },
    async demand() {
      return ((await client.get('/v1/demand')) as { rows: readonly DemandLine[] }).rows
    },
    probing: probingOverHttp(client),
    async close() {},
  }
}

function demandBody({ at, until, unit, rows }: DemandReport) {
  const seconds = Math.max(1, Math.round((until - at) / 1000))
  return {
    for: `${seconds}s`,
    rows: rows.map(({ prefix, value }) => ({ prefix: formatPrefix(prefix), [unit]: value })),
  }
}

const fromWire = ({ prefix, cluster, loss, samples, source, ...row }: RttRow): Measurement => ({
  ...{ prefix: parsePrefix(prefix)!, cluster, loss, samples, source },
  ...{ rttMs: row.rtt_ms, rttVarMs: row.rtt_var_ms, measuredAt: millis(Date.parse(row.measured_at)) },
})

const toWire = (row: Measurement) => ({
  prefix: formatPrefix(row.prefix),
  cluster: row.cluster,
  rtt_ms: row.rttMs,
  loss: row.loss,
  measured_at: row.measuredAt,
  samples: row.samples,
  rtt_var_ms: row.rttVarMs,
  source: row.source,
})

async function inStore(config: Config, io: Io): Promise<SharedState> {
  const store = await openStore(config, io)
  const now = (): Millis => millis(Date.now())
  const caller = { by: whoAmI(), from: 'cli' }
  const trail = new AuditTrail({ store, now, log: (_level, message) => io.err(`kingcdn: ${message}\n`) })
  const drains = new Drains({ store, deployment: () => config.deployment, plan: () => store.readPlan(), now })
  return {
    label: store.label,
    putMeasurements(rows) {
      const work = () => store.putMeasurements(rows)
      return rows.some(({ source }) => source === 'import') ? trail.noteImport(caller, rows.length, work) : work()
    },
    measurements: take => store.scanMeasurements(take),
    drain(id, { percent, reason, force, for: time, ramp }) {
      const until = time === undefined ? {} : { until: millis(now() + time.ms) }
      const wish = { cluster: id, percent, reason, by: caller.by, rampMs: ramp.ms, ...until }
      const what = `${describeDrain(wish, now())}${force ? ', forced' : ''}`
      return trail.note(caller, { action: 'drain', subject: id, what }, () => drains.drain(wish, force))
    },
    async restore(id, { ms }) {
      const deed = { action: 'restore', subject: id, what: describeRamp(ms) } as const
      await trail.note(caller, deed, () => drains.restore({ cluster: id, by: caller.by, rampMs: ms }))
    },
    reportDemand: report => trail.note(caller, deedOf(report), () => store.putReport(report)),
    audit: (age, most) => store.readAudit(millis(age === null ? 0 : now() - age.ms), most),
    async demand() {
      const [counted, report] = await Promise.all([store.readCounted(), store.readReport()])
      return exportTable(joinDemand([...counted.values()], report, null, millis(Date.now()))).rows
    },
    probing: probingInStore(store.probing),
    async close() {
      await trail.stop()
      await store.close()
    },
  }
}

async function openStore(config: Config, io: Io): Promise<Store> {
  const { createStore } = await import('../store/create.ts')
  return createStore(config.store, {
    stateDir: config.state,
    clock: { now: () => millis(Date.now()) },
    log: (level: string, message: string) => {
      if (level !== 'info') io.err(`kingcdn: ${message}\n`)
    },
  })
}
