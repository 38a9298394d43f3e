import type { Millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { formatPrefix, type Prefix } from '../base/prefix.ts'
import type { AuditEntry } from '../model/audit.ts'
import type { DemandReport, DemandTable } from '../model/demand.ts'
import { packReport, packTable } from '../model/demand-text.ts'
import { isOver } from '../model/drain.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { HealthReport } from '../model/health.ts'
import type { Measurement } from '../model/measurement.ts'
import type { DrainIntent, LoadSample, NodeReport } from '../model/signals.ts'
import { demandId } from './demand-id.ts'
import {
  CHANGES,
  CHANGES_KEPT,
  type ChangeKind,
  COUNTED_TTL_MS,
  COUNTERS,
  countedKey,
  DEMAND_TTL_MS,
  demandKey,
  FENCE,
  INTENTS,
  LEASE,
  LOAD_TTL_MS,
  loadKey,
  MEASURED,
  MEASUREMENT_TTL_MS,
  NODE_TTL_MS,
  nodeKey,
  PLAN,
  REPORT,
  ROWS_PER_CHANGE,
  rttKey,
} from './keys.ts'
import { putAudit, readAudit } from './redis-audit.ts'
import { intentData, loadData } from './redis-change.ts'
import type { RedisClient } from './redis-client.ts'
import { readCounted, readDemand, readReport } from './redis-demand.ts'
import { putHealth } from './redis-health.ts'
import { readPassive, scanMeasurements } from './redis-measured.ts'
import { RedisProbing } from './redis-probing.ts'
import { readHash, readIntents, type ScanDeps } from './redis-scan.ts'
import { RedisSessions } from './redis-sessions.ts'
import { fieldOf, isKeepable, MAX_CLOCK_LEAD_MS, packFigures, packRow } from './row-codec.ts'
import { latestBelievable, MAX_PLAN_OCTETS, packLoad, parseJson, readPlan } from './signal-codec.ts'
import { Skipped } from './skipped.ts'
import type { HealthKept, Lease, PublishVerdict, Store, StoreListener } from './store.ts'
import type { RedisAddress } from './store-url.ts'

/** Calls of the script that are under way at once: some milliseconds of Redis' time, far below the time-out of a command. */
const WINDOW = 500
/** Rows in one call. */
const PART = 100

export interface RedisDeps {
  readonly clock: Clock
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/** The shared store: what nameservers, probers and edges know of each other, in Redis (one server, behind Sentinel, or a Cluster). */
export class RedisStore implements Store {
  readonly kind = 'redis'
  readonly label: string
  readonly probing = new RedisProbing(() => this.#scan())
  readonly #clock: Clock
  readonly #skipped: Skipped
  readonly #sessions: RedisSessions
  /** The greatest token that this process has seen: a Redis that lost its state must not give a smaller one. */
  #seenToken = 0

  constructor(address: RedisAddress, deps: RedisDeps) {
    this.label = address.label
    this.#clock = deps.clock
    this.#skipped = new Skipped(deps.log, () => deps.clock.now())
    this.#sessions = new RedisSessions(address, { ...deps, skipped: this.#skipped })
  }

  get skipped(): number {
    return this.#skipped.count
  }

  async open(listener: StoreListener, known: readonly DrainIntent[] = []): Promise<void> {
    const noting = {
      ...bindAll(listener),
      onPlan: (plan: FleetPlan) => {
        this.#seenToken = Math.max(this.#seenToken, plan.token)
        listener.onPlan(plan)
      },
    }
    this.#sessions.open(noting, known)
  }

  close(): Promise<void> {
    return this.#sessions.close()
  }

  // -- writing -----------------------------------------------------------------------------------------------------------------------

  async putMeasurements(rows: readonly Measurement[]): Promise<void> {
    const client = await this.#sessions.client()
    const now = this.#clock.now()
    const keepable = rows.filter(row => isKeepable(row, now))
    this.#skipped.add('measurements given', 'past their lifetime or out of range', rows.length - keepable.length)
    const parts = byPrefix(keepable)
    for (let i = 0; i < parts.length; i += WINDOW) {
      const kept = await Promise.all(parts.slice(i, i + WINDOW).map(part => merge(client, part, now)))
      await announce(client, kept.flat())
    }
  }

  async putLoad(sample: LoadSample): Promise<void> {
    await this.#putNewest(loadKey(sample), sample.at, packLoad(sample), LOAD_TTL_MS, 'load', loadData(sample))
  }

  async putNode(report: NodeReport): Promise<void> {
    const text = JSON.stringify(report)
    await this.#putNewest(nodeKey(report.node), report.at, text, NODE_TTL_MS, 'node', text)
  }

  async putHealth(report: HealthReport): Promise<HealthKept> {
    return putHealth(await this.#sessions.client(), report, this.#skipped)
  }

  async putIntent(cluster: string, intent: DrainIntent | null, asOf = ''): Promise<boolean> {
    const client = await this.#sessions.client()
    const text = intent === null ? '' : JSON.stringify(intent)
    const args = [cluster, text, CHANGES_KEPT, intentData(cluster, intent), asOf]
    return (await client.script('putIntent', [INTENTS, CHANGES], args)) === 1
  }

  async putAudit(entry: AuditEntry): Promise<void> {
    await putAudit(await this.#sessions.client(), entry)
  }

  async putCounted(node: string, table: DemandTable): Promise<void> {
    const client = await this.#sessions.client()
    await client.script('putCounted', [countedKey(node), COUNTERS], [node, table.at, packTable(table), COUNTED_TTL_MS])
  }

  async putReport(report: DemandReport | null): Promise<void> {
    const client = await this.#sessions.client()
    const ttl = report === null ? 0 : Math.max(1, report.until - this.#clock.now())
    const args = [report === null ? '' : packReport(report), ttl, CHANGES_KEPT, report?.at ?? 0]
    await client.script('putReport', [REPORT, CHANGES], args)
  }

  async putDemand(table: DemandTable): Promise<string> {
    const client = await this.#sessions.client()
    const text = packTable(table)
    const id = demandId(text)
    await client.script('putText', [demandKey(id)], [text, DEMAND_TTL_MS])
    return id
  }

  async acquireLease(holder: string, ttlMs: number): Promise<Lease | null> {
    const client = await this.#sessions.client()
    const args = [holder, Math.max(1, Math.round(ttlMs)), this.#seenToken]
    const token = await client.script('acquireLease', [LEASE, FENCE, PLAN], args)
    return typeof token === 'string' ? { holder, token: Number(token) } : null
  }

  async releaseLease(lease: Lease): Promise<void> {
    const client = await this.#sessions.client()
    await client.script('releaseLease', [LEASE], [`${lease.token} ${lease.holder}`])
  }

  async publishPlan(plan: FleetPlan): Promise<PublishVerdict> {
    const client = await this.#sessions.client()
    const args = [plan.token, plan.seq, JSON.stringify(plan), CHANGES_KEPT]
    return (await client.script('publishPlan', [PLAN, FENCE, CHANGES], args)) === 1 ? 'published' : 'stale-token'
  }

  // -- reading -----------------------------------------------------------------------------------------------------------------------

  async scanMeasurements(take: (rows: readonly Measurement[]) => void | Promise<void>): Promise<void> {
    await scanMeasurements(await this.#scan(), take)
  }

  async readMeasurements(): Promise<readonly Measurement[]> {
    const rows: Measurement[] = []
    await this.scanMeasurements(more => {
      for (const row of more) rows.push(row)
    })
    return rows
  }

  async readPassive(cluster: string, prefixes: readonly Prefix[]): Promise<readonly (Measurement | null)[]> {
    return readPassive(await this.#scan(), cluster, prefixes)
  }

  async readIntents(): Promise<readonly DrainIntent[]> {
    const { intents } = await readIntents(await this.#scan())
    const now = this.#clock.now()
    return intents.filter(intent => !isOver(intent, now))
  }

  async intentMark(): Promise<string> {
    const client = await this.#sessions.client()
    return String(await client.script('intentMark', [INTENTS]))
  }

  async readAudit(since: Millis, most: number): Promise<readonly AuditEntry[]> {
    return readAudit(await this.#scan(), since, most)
  }

  async readPlan(): Promise<FleetPlan | null> {
    const { client, skipped } = await this.#scan()
    const text = new Map(await readHash(client, skipped, PLAN, MAX_PLAN_OCTETS)).get('plan')
    return text === undefined ? null : readPlan(parseJson(text))
  }

  async readCounted(): Promise<ReadonlyMap<string, DemandTable>> {
    return readCounted(await this.#scan())
  }

  async readReport(): Promise<DemandReport | null> {
    return readReport(await this.#scan())
  }

  async readDemand(id: string): Promise<DemandTable | null> {
    return readDemand(await this.#scan(), id)
  }

  async #scan(): Promise<ScanDeps> {
    return { client: await this.#sessions.client(), clock: this.#clock, skipped: this.#skipped }
  }

  async #putNewest(
    key: string,
    at: number,
    value: string,
    ttlMs: number,
    kind: ChangeKind,
    data: string,
  ): Promise<void> {
    const client = await this.#sessions.client()
    const latest = latestBelievable(this.#clock.now())
    await client.script('putNewest', [key, CHANGES], [at, value, ttlMs, CHANGES_KEPT, kind, data, latest])
  }
}

/** Rows of one prefix, as many as one call of the script takes. */
interface Part {
  readonly prefix: string
  readonly rows: Measurement[]
}

function byPrefix(rows: readonly Measurement[]): Part[] {
  const parts: Part[] = []
  const open = new Map<string, Part>()
  for (const row of rows) {
    const prefix = formatPrefix(row.prefix)
    let part = open.get(prefix)
    if (part === undefined || part.rows.length === PART) {
      part = { prefix, rows: [] }
      open.set(prefix, part)
      parts.push(part)
    }
    part.rows.push(row)
  }
  return parts
}

/** Writes rows; returns those that were kept. */
async function merge(client: RedisClient, { prefix, rows }: Part, now: number): Promise<Measurement[]> {
  const pairs = rows.flatMap(row => [fieldOf(row), packFigures(row)])
  const args = [MEASUREMENT_TTL_MS, now + MAX_CLOCK_LEAD_MS, ...pairs]
  const verdicts = String(await client.script('mergeRows', [rttKey(prefix)], args))
  return rows.filter((_, i) => verdicts[i] === '1')
}

async function announce(client: RedisClient, rows: readonly Measurement[]): Promise<void> {
  const announced: Promise<unknown>[] = []
  for (let i = 0; i < rows.length; i += ROWS_PER_CHANGE) {
    const data = rows
      .slice(i, i + ROWS_PER_CHANGE)
      .map(packRow)
      .join('\n')
    announced.push(client.script('announceRows', [CHANGES, MEASURED], [CHANGES_KEPT, data]))
  }
  await Promise.all(announced)
}

function bindAll(listener: StoreListener): StoreListener {
  return {
    onMeasurements: (rows, position) => listener.onMeasurements(rows, position),
    onLoad: sample => listener.onLoad(sample),
    onIntent: (cluster, intent) => listener.onIntent(cluster, intent),
    onPlan: plan => listener.onPlan(plan),
    onNode: report => listener.onNode(report),
    onHealth: report => listener.onHealth(report),
    onDemandReport: () => listener.onDemandReport(),
    onAnew: () => listener.onAnew(),
    onStatus: (up, reason) => listener.onStatus(up, reason),
    onReady: () => listener.onReady(),
  }
}
