import { join } from 'node:path'
import { type Millis, millis } from '../base/brand.ts'
import type { Prefix } from '../base/prefix.ts'
import type { DemandReport, DemandTable } from '../model/demand.ts'
import { packTable, readTable } from '../model/demand-text.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { HealthReport } from '../model/health.ts'
import type { Measurement } from '../model/measurement.ts'
import type { DrainIntent, LoadSample, NodeReport } from '../model/signals.ts'
import { demandId } from './demand-id.ts'
import { keepable } from './health-codec.ts'
import { Journal, readJournal } from './journal.ts'
import { type JournalEntry, journalLine, readJournalLine } from './journal-line.ts'
import { COUNTED_TTL_MS, LOAD_TTL_MS, loadKey, NODE_TTL_MS } from './keys.ts'
import { inPrefixOrder, portionsOf } from './measurement-set.ts'
import { MAX_ROWS, type MemoryDeps } from './memory-deps.ts'
import { MemoryHealth } from './memory-health.ts'
import { MemoryOperator } from './memory-operator.ts'
import { MemoryProbing } from './memory-probing.ts'
import { MemoryState, rowEntries } from './memory-state.ts'
import { isNewerPlan } from './plan-order.ts'
import { isKeepable } from './row-codec.ts'
import { Skipped } from './skipped.ts'
import {
  type HealthKept,
  type Lease,
  type PublishVerdict,
  type Store,
  StoreFull,
  type StoreListener,
  StoreUnavailable,
} from './store.ts'

/** Rows that go to the journal and to the listener at once. */
const SLICE = 10_000
const SWEEP_MS = 10 * 60_000
const RETRY_MS = 2_000

/**
 * The embedded store: one process, state in memory, every change first in `journal.jsonl` of the state folder. Loads, node reports, what
 * monitors say and the holder of the lease die with the process; all the rest survives it.
 */
export class MemoryStore implements Store {
  readonly kind = 'memory'
  readonly label: string
  readonly probing: MemoryProbing
  readonly #deps: MemoryDeps
  readonly #file: string
  readonly #journal: Journal
  readonly #skipped: Skipped
  readonly #state = new MemoryState()
  readonly #loads = new Map<string, LoadSample>()
  readonly #nodes = new Map<string, NodeReport>()
  readonly #health = new MemoryHealth()
  readonly #operator: MemoryOperator
  #lease: (Lease & { readonly until: Millis }) | null = null
  /** The plan accepted last, written or not yet. */
  #accepted: Pick<FleetPlan, 'token' | 'seq'> | null = null
  #sweptAt = Number.NEGATIVE_INFINITY
  #listener: StoreListener | null = null
  #wasReady = false
  #start: Promise<void> | null = null
  #loaded = false
  /** Why nothing can be kept; null: all is well. */
  #away: string | null = null
  #retry: NodeJS.Timeout | undefined
  #closed = false

  constructor(deps: MemoryDeps) {
    this.#deps = deps
    this.probing = new MemoryProbing(deps.clock)
    this.label = `memory (${deps.stateDir})`
    this.#file = join(deps.stateDir, 'journal.jsonl')
    this.#skipped = new Skipped(deps.log, () => deps.clock.now())
    this.#journal = new Journal({
      file: this.#file,
      state: () => this.#state.lines(),
      onFailure: reason => this.#goAway(reason),
    })
    this.#operator = new MemoryOperator({
      state: this.#state,
      clock: deps.clock,
      ready: () => this.#ready(),
      put: (entry, then) => this.#put(entry, true, then),
      listener: () => this.#listener,
    })
  }

  get skipped(): number {
    return this.#skipped.count
  }

  async open(listener: StoreListener, known: readonly DrainIntent[] = []): Promise<void> {
    void this.#begin().then(() => {
      if (this.#closed) return
      this.#listener = listener
      for (const { cluster } of known) this.#guard(() => listener.onIntent(cluster, null))
      if (this.#loaded) this.#deliverAll(listener)
      this.#tellStatus()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#listener = null
    clearTimeout(this.#retry)
    await this.#start
    await this.#journal.close()
  }

  async stepAside(reason: string): Promise<void> {
    await this.#start
    clearTimeout(this.#retry)
    this.#away = reason
    this.#tellStatus()
    await this.#journal.close()
  }

  comeBack(): Promise<void> {
    this.#loaded = false
    return this.#recover()
  }

  // -- writing -----------------------------------------------------------------------------------------------------------------------

  async putMeasurements(rows: readonly Measurement[]): Promise<void> {
    await this.#ready()
    const now = this.#deps.clock.now()
    const keepable = rows.filter(row => isKeepable(row, now))
    this.#skipped.add('measurements given', 'past their lifetime or out of range', rows.length - keepable.length)
    const news = keepable.filter(row => this.#state.rows.accepts(row))
    this.#makeRoom(news, now)
    const durable = news.some(row => row.source === 'import')
    const writes: Promise<void>[] = []
    for (let i = 0; i < news.length; i += SLICE) writes.push(this.#putSlice(news.slice(i, i + SLICE), durable))
    await Promise.all(writes)
  }

  readonly putIntent: Store['putIntent'] = (...given) => this.#operator.putIntent(...given)
  readonly intentMark: Store['intentMark'] = () => this.#operator.intentMark()
  readonly readIntents: Store['readIntents'] = () => this.#operator.readIntents()
  readonly putAudit: Store['putAudit'] = entry => this.#operator.putAudit(entry)
  readonly readAudit: Store['readAudit'] = (since, most) => this.#operator.readAudit(since, most)

  async putLoad(sample: LoadSample): Promise<void> {
    await this.#ready()
    const key = loadKey(sample)
    const held = this.#loads.get(key)
    if (held !== undefined && held.at > sample.at) return
    this.#loads.set(key, sample)
    this.#guard(() => this.#listener?.onLoad(sample))
  }

  async putNode(report: NodeReport): Promise<void> {
    await this.#ready()
    this.#nodes.set(report.node, report)
    this.#guard(() => this.#listener?.onNode(report))
  }

  async putHealth(report: HealthReport): Promise<HealthKept> {
    await this.#ready()
    const verdicts = keepable(report)
    const left = report.verdicts.length - verdicts.length
    this.#skipped.add(`verdicts of ${report.monitor}`, 'no such verdict, or too many', left)
    const kept = this.#health.put({ ...report, verdicts }, this.#deps.clock.now())
    if (kept === 'kept') this.#guard(() => this.#listener?.onHealth({ ...report, verdicts }))
    return kept
  }

  async putCounted(node: string, table: DemandTable): Promise<void> {
    await this.#put({ kind: 'counted', node, table }, false)
  }

  async putReport(report: DemandReport | null): Promise<void> {
    await this.#put({ kind: 'report', report }, true, () => this.#listener?.onDemandReport())
  }

  async putDemand(table: DemandTable): Promise<string> {
    const text = packTable(table)
    const id = demandId(text)
    if (!this.#state.demands.has(id)) await this.#put({ kind: 'demand', text }, false)
    return id
  }

  async acquireLease(holder: string, ttlMs: number): Promise<Lease | null> {
    await this.#ready()
    const now = this.#deps.clock.now()
    const held = this.#lease !== null && this.#lease.until > now ? this.#lease : null
    if (held !== null && held.holder !== holder) return null
    const token = held?.token ?? this.#state.nextToken(now)
    this.#lease = { holder, token, until: millis(now + ttlMs) }
    if (held === null) await this.#keep([{ kind: 'lease', token }], false, () => undefined)
    return { holder, token }
  }

  async releaseLease(lease: Lease): Promise<void> {
    if (this.#lease?.holder === lease.holder && this.#lease.token === lease.token) this.#lease = null
  }

  async publishPlan(plan: FleetPlan): Promise<PublishVerdict> {
    await this.#ready()
    const standing = this.#accepted ?? this.#state.plan
    if (plan.token < this.#state.token || (standing !== null && isNewerPlan(standing, plan))) return 'stale-token'
    this.#accepted = plan
    const entry: JournalEntry = { kind: 'plan', plan }
    await this.#keep([entry], false, () => {
      this.#state.apply(entry, this.#deps.clock.now())
      this.#listener?.onPlan(plan)
    })
    return 'published'
  }

  // -- reading -----------------------------------------------------------------------------------------------------------------------

  async readMeasurements(): Promise<readonly Measurement[]> {
    await this.#ready()
    return inPrefixOrder(this.#state.rows.values(), this.#deps.clock.now())
  }

  async readPassive(cluster: string, prefixes: readonly Prefix[]): Promise<readonly (Measurement | null)[]> {
    await this.#ready()
    return this.#state.rows.passive(cluster, prefixes, this.#deps.clock.now())
  }

  async scanMeasurements(take: (rows: readonly Measurement[]) => void | Promise<void>): Promise<void> {
    for (const portion of portionsOf(await this.readMeasurements(), SLICE)) await take(portion)
  }

  async readPlan(): Promise<FleetPlan | null> {
    await this.#ready()
    return this.#state.plan
  }

  async readCounted(): Promise<ReadonlyMap<string, DemandTable>> {
    await this.#ready()
    const oldest = this.#deps.clock.now() - COUNTED_TTL_MS
    for (const [node, { at }] of this.#state.counted) if (at < oldest) this.#state.counted.delete(node)
    return new Map(this.#state.counted)
  }

  async readReport(): Promise<DemandReport | null> {
    await this.#ready()
    const { report } = this.#state
    return report !== null && report.until > this.#deps.clock.now() ? report : null
  }

  async readDemand(id: string): Promise<DemandTable | null> {
    await this.#ready()
    const text = this.#state.demands.get(id)
    return text === undefined ? null : readTable(text)
  }

  // -- keeping -----------------------------------------------------------------------------------------------------------------------

  async #putSlice(rows: readonly Measurement[], durable: boolean): Promise<void> {
    const change = ++this.#state.change
    await this.#keep(rowEntries(rows, change), durable, () => {
      for (const row of rows) this.#state.rows.put(row)
      this.#listener?.onMeasurements(rows, positionOf(change))
    })
  }

  /** Keeps one entry and takes it up. */
  async #put(entry: JournalEntry, durable: boolean, then: () => void = () => undefined): Promise<void> {
    await this.#ready()
    await this.#keep([entry], durable, () => {
      this.#state.apply(entry, this.#deps.clock.now())
      then()
    })
  }

  async #keep(entries: readonly JournalEntry[], durable: boolean, apply: () => void): Promise<void> {
    const text = entries.map(journalLine).join('')
    try {
      await this.#journal.append(text, durable, () => this.#guard(apply))
    } catch (error) {
      throw new StoreUnavailable(this.#away ?? `state cannot be kept in ${this.#file}: ${messageOf(error)}`)
    }
  }

  /** A listener that throws must not look like a disk that fails. */
  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#deps.log('warn', `store: a listener failed: ${messageOf(error)}`)
    }
  }

  #makeRoom(news: readonly Measurement[], now: Millis): void {
    const { rows } = this.#state
    if (now - this.#sweptAt >= SWEEP_MS) this.#sweep(now)
    const most = this.#deps.maxRows ?? MAX_ROWS
    if (rows.size + news.length <= most) return
    this.#sweep(now)
    const added = news.reduce((sum, row) => sum + (rows.has(row) ? 0 : 1), 0)
    if (rows.size + added <= most) return
    throw new StoreFull(
      `the embedded store holds ${rows.size} measurements and takes at most ${most}: ${added} more do not fit; use Redis`,
    )
  }

  #sweep(now: Millis): void {
    this.#sweptAt = now
    this.#state.rows.forgetExpired(now)
    for (const [key, load] of this.#loads) if (now - load.at > LOAD_TTL_MS) this.#loads.delete(key)
    for (const [name, report] of this.#nodes) if (now - report.at > NODE_TTL_MS) this.#nodes.delete(name)
  }

  // -- the journal -------------------------------------------------------------------------------------------------------------------

  #begin(): Promise<void> {
    this.#start ??= this.#load()
    return this.#start
  }

  async #ready(): Promise<void> {
    await this.#begin()
    if (this.#closed) throw new StoreUnavailable('the store is closed')
    if (this.#away !== null) throw new StoreUnavailable(this.#away)
  }

  async #load(): Promise<void> {
    try {
      await this.#journal.open(await readJournal(this.#file, (line, number) => this.#take(line, number)))
      this.#loaded = true
      this.#away = null
    } catch (error) {
      // Never written over: a journal that could not be read may still be whole. It is read again later.
      this.#away = `${this.#file} cannot be opened: ${messageOf(error)}`
      this.#retryLater()
    }
  }

  #take(line: string | null, number: number): void {
    const entry = line === null ? null : readJournalLine(line)
    if (entry === null) this.#skipped.add(`${this.#file}:${number}`, 'the line is damaged; all others are kept')
    else this.#state.apply(entry, this.#deps.clock.now())
  }

  #goAway(reason: string): void {
    if (this.#away !== null) return
    this.#away = `state cannot be kept in ${this.#file}: ${reason}`
    this.#tellStatus()
    this.#retryLater()
  }

  #retryLater(): void {
    if (this.#closed) return
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#recover(), RETRY_MS)
    this.#retry.unref()
  }

  async #recover(): Promise<void> {
    if (this.#loaded) {
      try {
        await this.#journal.rewrite()
      } catch {
        return this.#retryLater()
      }
      this.#away = null
    } else {
      await this.#load()
      if (!this.#loaded) return
      if (this.#listener !== null) this.#deliverAll(this.#listener)
    }
    this.#tellStatus()
  }

  // -- delivering --------------------------------------------------------------------------------------------------------------------

  #deliverAll(listener: StoreListener): void {
    const now = this.#deps.clock.now()
    const rows = inPrefixOrder(this.#state.rows.values(), now)
    const position = positionOf(this.#state.change)
    this.#guard(() => {
      for (let i = 0; i < rows.length; i += SLICE) listener.onMeasurements(rows.slice(i, i + SLICE), position)
      for (const sample of this.#loads.values()) listener.onLoad(sample)
      for (const report of this.#nodes.values()) if (now - report.at <= NODE_TTL_MS) listener.onNode(report)
      for (const report of this.#health.whole(now)) listener.onHealth(report)
      for (const intent of this.#state.intents.values()) listener.onIntent(intent.cluster, intent)
      if (this.#state.plan !== null) listener.onPlan(this.#state.plan)
      listener.onDemandReport()
    })
  }

  #tellStatus(): void {
    this.#guard(() => {
      this.#listener?.onStatus(this.#away === null, this.#away ?? `state is kept in ${this.#file}`)
      if (this.#away !== null || this.#wasReady) return
      this.#wasReady = true
      this.#listener?.onReady()
    })
  }
}

const positionOf = (change: number): string => `${change}-0`
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
