import type { Clock } from '../base/clock.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { HealthReport } from '../model/health.ts'
import type { DrainIntent } from '../model/signals.ts'
import type { HealthChange } from './health-codec.ts'
import { CHANGES, CHANGES_KEPT, MEASURED, PLAN } from './keys.ts'
import { isTokenOfToday } from './plan-order.ts'
import { type Change, readChange, readEntries } from './redis-change.ts'
import type { RedisClient } from './redis-client.ts'
import { readHealth, reportOf } from './redis-health.ts'
import { KnownIntents } from './redis-intents.ts'
import { readHash, scanState } from './redis-scan.ts'
import { RowReader } from './row-codec.ts'
import { isPosition, MAX_PLAN_OCTETS, parseJson, readPlan } from './signal-codec.ts'
import type { Skipped } from './skipped.ts'
import type { StoreListener } from './store.ts'

/** How long Redis holds a reader for whom there is nothing new: the time in which a loss of its state is noticed at the latest. */
export const BLOCK_MS = 500
const ENTRIES_PER_READ = 256
/** How often a Redis that takes no writes is asked whether it does again. */
const REFUSED_MS = 1_000
/** Position of measurements about which the change log says nothing. */
const NOWHERE = '0-0'

export interface FollowerDeps {
  readonly listener: StoreListener
  readonly clock: Clock
  readonly skipped: Skipped
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/** How the following goes. */
export interface Progress {
  /** Nothing is left to deliver, and Redis takes writes. */
  caughtUp(): void
  /** Redis is full, or cannot persist: it is read all the same. */
  refusesWrites(reason: string): void
}

/**
 * Keeps a listener up to date: everything there is, then every entry of the change stream.
 *
 *                       +--- the entry at our position is gone: Redis was emptied, went back in time, or trimmed past us ---+
 *                       v                                                                                                 |
 *   connected --> load everything --> read what waits --> caught up --> wait for the next entries --> deliver them --------+
 *        \                                 ^                                                             |
 *         +--- our entry is there ---------+                                                             +--> (again)
 *
 * The position outlives a connection, so that a short outage costs only what was missed.
 */
export class RedisFollower {
  readonly #deps: FollowerDeps
  readonly #reader = new RowReader()
  #position: string | null = null
  readonly #intents: KnownIntents
  /** A plan that the stream announced and that was not delivered yet. */
  #owed: { readonly token: number; readonly seq: number } | null = null

  /** `known`: intents that the listener has from before, which Redis should hold. */
  constructor(deps: FollowerDeps, known: readonly DrainIntent[]) {
    this.#deps = deps
    this.#intents = new KnownIntents(known)
  }

  /** Follows until the connection ends; then rejects with StoreUnavailable. */
  async follow(client: RedisClient, progress: Progress): Promise<never> {
    const refusal = await client.refusal(MEASURED)
    if (refusal !== null) progress.refusesWrites(refusal)
    if (this.#position === null) await this.#load(client, null)
    while ((await this.#step(client, 0)) > 0);
    if (refusal !== null) await this.#untilWritable(client)
    progress.caughtUp()
    for (;;) await this.#step(client, BLOCK_MS)
  }

  async #untilWritable(client: RedisClient): Promise<void> {
    for (let asked = performance.now(); ; ) {
      await this.#step(client, BLOCK_MS)
      if (performance.now() - asked < REFUSED_MS) continue
      if ((await client.refusal(MEASURED)) === null) return
      asked = performance.now()
    }
  }

  /** Delivers the next entries and returns how many there were. */
  async #step(client: RedisClient, blockMs: number): Promise<number> {
    const from = this.#position ?? NOWHERE
    // Sent together: when the second is answered, the first has what there was.
    const [reply, there] = await Promise.all([
      client.changes(CHANGES, from, ENTRIES_PER_READ, blockMs),
      client.script('whereIs', [CHANGES], [from]),
    ])
    if (there !== 'there') {
      await this.#loadAnew(client, there === 'lost')
      return 1
    }
    const entries = readEntries(reply)
    for (const entry of entries) {
      if (client.isOver) break
      const { change, skipped } = readChange(entry, this.#reader, this.#deps.clock.now())
      this.#deps.skipped.add(`${CHANGES} ${entry.id}`, 'a change that cannot be read', skipped)
      if (change?.kind === 'health') await this.#deliverHealth(client, change.health)
      else if (change !== null) this.#deliver(change, entry.id)
      this.#position = entry.id
    }
    if (this.#owed !== null) await this.#deliverPlan(client, this.#owed)
    return entries.length
  }

  async #deliverHealth(client: RedisClient, change: HealthChange): Promise<void> {
    const { clock, skipped } = this.#deps
    this.#tellHealth(await reportOf({ client, clock, skipped }, change))
  }

  #tellHealth(report: HealthReport | null): void {
    if (report !== null) this.#guard(() => this.#deps.listener.onHealth(report))
  }

  #deliver(change: Exclude<Change, { kind: 'health' }>, id: string): void {
    const { listener } = this.#deps
    switch (change.kind) {
      case 'created':
        break
      case 'rtt':
        this.#guard(() => listener.onMeasurements(change.rows, id))
        break
      case 'load':
        this.#guard(() => listener.onLoad(change.sample))
        break
      case 'intent':
        this.#intents.note(change.cluster, change.intent)
        this.#guard(() => listener.onIntent(change.cluster, change.intent))
        break
      case 'plan':
        this.#owed = change
        break
      case 'node':
        this.#guard(() => listener.onNode(change.report))
        break
      case 'demand':
        this.#guard(() => listener.onDemandReport())
    }
  }

  /** A plan newer than the one announced waits for its own announcement: the measurements it counts on come before that. */
  async #deliverPlan(client: RedisClient, owed: { token: number; seq: number }): Promise<void> {
    const fields = new Map(await readHash(client, this.#deps.skipped, PLAN, MAX_PLAN_OCTETS))
    this.#owed = null
    const plan = this.#readPlan(fields.get('plan') ?? '')
    if (plan?.token === owed.token && plan.seq === owed.seq) this.#guard(() => this.#deps.listener.onPlan(plan))
  }

  #readPlan(text: unknown): FleetPlan | null {
    if (text === '') return null
    const read = typeof text === 'string' ? readPlan(parseJson(text)) : null
    const plan = read !== null && isTokenOfToday(read.token, this.#deps.clock.now()) ? read : null
    if (plan === null) this.#deps.skipped.add(PLAN, 'it is no plan')
    return plan
  }

  async #loadAnew(client: RedisClient, isLost: boolean): Promise<void> {
    this.#guard(() => this.#deps.listener.onAnew())
    if (!isLost) {
      this.#deps.log('info', 'store: the change log does not reach back to where we were; everything is read anew')
      await this.#load(client, 0)
      return
    }
    const revived = await this.#load(client, Number.POSITIVE_INFINITY)
    this.#deps.log(
      'warn',
      `store: Redis has lost what it knew (it was emptied, or an older copy took its place); everything is read anew; drains written again: ${revived}; what was imported (rtt, demand) must be imported again`,
    )
  }

  /**
   * Intents given before `lostBefore` (Unix ms; null: before the change stream was made) that are not in Redis were not taken back, but lost; returns how
   * many of them were written again.
   */
  async #load(client: RedisClient, lostBefore: number | null): Promise<number> {
    const { listener, clock, skipped } = this.#deps
    this.#position = null
    this.#owed = null
    const begin = await client.script('begin', [CHANGES, MEASURED, PLAN], [CHANGES_KEPT, MAX_PLAN_OCTETS])
    const [id, measured, planText, born] = Array.isArray(begin) ? (begin as unknown[]) : []
    if (!isPosition(id)) throw new Error('no position')
    const position = isPosition(measured) ? measured : NOWHERE
    await scanState(
      { client, clock, skipped },
      {
        rows: rows => this.#guard(() => listener.onMeasurements(rows, position)),
        load: sample => this.#guard(() => listener.onLoad(sample)),
        node: report => this.#guard(() => listener.onNode(report)),
        health: async monitor => this.#tellHealth(await readHealth({ client, clock, skipped }, monitor)),
      },
    )
    const tell = (cluster: string, intent: DrainIntent | null) => this.#guard(() => listener.onIntent(cluster, intent))
    const bornAt = isPosition(born) ? Number(born.split('-')[0]) : 0
    const revived = await this.#intents.load({ client, clock, skipped }, lostBefore ?? bornAt, tell)
    const plan = this.#readPlan(planText ?? false)
    if (plan !== null) this.#guard(() => listener.onPlan(plan))
    this.#guard(() => listener.onDemandReport())
    this.#position = id
    return revived
  }

  /** A listener that throws must not look like a store that is away. */
  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#deps.log('warn', `store: a listener failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
