import { hostname, userInfo } from 'node:os'
import { millis } from '../base/brand.ts'
import { formatPrefix } from '../base/prefix.ts'
import { ProblemError } from '../base/problem.ts'
import type { Access } from '../config/access.ts'
import type { Config } from '../config/config.ts'
import type { LoadedConfig } from '../config/load.ts'
import { exportTable } from '../http/demand.ts'
import type { DemandReport } from '../model/demand.ts'
import type { Measurement } from '../model/measurement.ts'
import type { DrainIntent } from '../model/signals.ts'
import { joinDemand } from '../plan/join-demand.ts'
import type { Store } from '../store/store.ts'
import { ApiClient } from './api-client.ts'
import { isError } from './config-option.ts'
import { servicesWithoutCluster } from './drain-guard.ts'
import { Failure } from './failure.ts'
import type { Io } from './io.ts'
import { type Probing, probingInStore, probingOverHttp } from './probing.ts'

/** What an operator asks of a cluster. */
export interface DrainWish {
  /** 1..100. */
  readonly percent: number
  /** undefined: until restored. `text` is as the operator wrote it. */
  readonly for?: { readonly text: string; readonly ms: number }
  readonly reason: string
  /** Also when it leaves a service without a serving cluster. */
  readonly force: boolean
}

/** One RTT row as it leaves and enters: the columns of the CSV. */
export interface RttRow {
  readonly prefix: string
  readonly cluster: string
  readonly rttMs: number
  readonly loss: number
  /** Unix ms. */
  readonly measuredAt: number
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
  measurements(): Promise<readonly RttRow[]>
  drain(cluster: string, wish: DrainWish): Promise<DrainIntent>
  restore(cluster: string): Promise<void>
  /** The whole of what is reported; null withdraws it. */
  reportDemand(report: DemandReport | null): Promise<void>
  demand(): Promise<readonly DemandLine[]>
  readonly probing: Probing
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
    async measurements() {
      const { measurements } = (await client.get('/v1/rtt')) as { measurements: WireRow[] }
      return measurements.map(fromWire)
    },
    async drain(id, { percent, for: time, reason, force }) {
      const body = { percent, reason, force, ...(time === undefined ? {} : { for: time.text }) }
      return ((await client.post(cluster(id, 'drain'), body)) as { drain: DrainIntent }).drain
    },
    async restore(id) {
      await client.post(cluster(id, 'restore'), {})
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

interface WireRow {
  readonly prefix: string
  readonly cluster: string
  readonly rtt_ms: number
  readonly loss: number
  readonly measured_at: string
}

const fromWire = ({ prefix, cluster, rtt_ms, loss, measured_at }: WireRow): RttRow => ({
  prefix,
  cluster,
  rttMs: rtt_ms,
  loss,
  measuredAt: Date.parse(measured_at),
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
  return {
    label: store.label,
    putMeasurements: rows => store.putMeasurements(rows),
    async measurements() {
      const rows = await store.readMeasurements()
      return rows.map(({ prefix, cluster, rttMs, loss, measuredAt }) => ({
        prefix: formatPrefix(prefix),
        cluster,
        rttMs,
        loss,
        measuredAt,
      }))
    },
    async drain(id, wish) {
      if (!wish.force && wish.percent === 100) await refuseLastServing(config, store, id)
      const intent = toIntent(id, wish)
      await store.putIntent(id, intent)
      return intent
    },
    restore: id => store.putIntent(id, null),
    reportDemand: report => store.putReport(report),
    async demand() {
      const [counted, report] = await Promise.all([store.readCounted(), store.readReport()])
      return exportTable(joinDemand([...counted.values()], report, null, millis(Date.now()))).rows
    },
    probing: probingInStore(store.probing),
    close: () => store.close(),
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

async function refuseLastServing(config: Config, store: Store, cluster: string): Promise<void> {
  const [plan, intents] = await Promise.all([store.readPlan(), store.readIntents()])
  const dark = servicesWithoutCluster(config.deployment, cluster, plan, intents, Date.now())
  if (dark.length > 0)
    throw new Failure(
      `${cluster} is the last serving cluster of ${dark.join(', ')}; drain it anyway with --force, or drain a share with --percent`,
    )
}

function toIntent(cluster: string, { percent, reason, for: time }: DrainWish): DrainIntent {
  const since = millis(Date.now())
  return {
    cluster,
    percent,
    reason,
    by: whoAmI(),
    since,
    ...(time === undefined ? {} : { until: millis(since + time.ms) }),
  }
}

function whoAmI(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // The account may have no name (a container that runs under a bare number).
    return `${process.getuid?.() ?? 'cli'}@${hostname()}`
  }
}
