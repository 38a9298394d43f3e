import { hashBytes } from '../base/hash.ts'
import type { AnswerSettings } from '../model/answer-settings.ts'
import { readCounters } from '../model/counters.ts'
import type { DemandSketch } from '../model/demand-sketch.ts'
import { readGauges } from '../model/gauges.ts'
import type { Answerers, TablesMessage } from '../model/planner.ts'
import type { ResolverSketch } from '../model/resolver-sketch.ts'
import type { WorkerStatus } from '../model/status.ts'
import { claimPorts } from './claim-ports.ts'
import { keepCrash } from './crash-files.ts'
import type { AnsweringOptions } from './protocol.ts'
import { type Death, type OwnedBySeat, Seat, type SeatHost } from './seat.ts'

/** A worker that has not taken new tables after this long is ended and restarted with them. */
const SWAP_LIMIT_MS = 10_000
/** Messages remembered as deadly; older ones are forgotten. */
const POISON_LIMIT = 1024
/** A message that killed this often is dropped unread. */
const DEADLY_KILLS = 2

export interface PoolOptions {
  /** What every worker gets; role and buffers are the pool's. */
  readonly common: Omit<AnsweringOptions, OwnedBySeat | 'poison' | 'tables'>
  readonly queryWorkers: number
  readonly crashFolder: string
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
  /** Script of the threads. */
  readonly entry?: URL
  /** How long a worker may take to serve new tables; milliseconds. */
  readonly swapLimitMs?: number
}

/** Tables on their way to the workers. */
interface Handover {
  readonly tables: TablesMessage
  /** True when somebody must come to serve them; false when it is enough that nobody serves anything else. */
  readonly proof: boolean
  readonly settle: (outcome: 'served' | 'late' | Error) => void
}

/** The query and tcp threads: starts them, hands them tables, restarts the dead, and reads their counters (which outlive them). */
export class AnsweringPool implements Answerers {
  readonly #options: PoolOptions
  readonly #seats: Seat[]
  /** Hash of a deadly message -> workers it killed. */
  readonly #killers = new Map<number, number>()
  #settings: AnswerSettings
  #tables: TablesMessage | null = null
  #handover: Handover | null = null
  readonly #awaiting = new Set<() => void>()
  #started = false
  #stopping = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#settings = options.common.settings
    const host: SeatHost = {
      entry: options.entry ?? new URL('./answering-thread.js', import.meta.url),
      log: options.log,
      briefing: () => ({ ...options.common, settings: this.#settings, poison: this.#poison(), tables: this.#tables }),
      changed: () => this.#look(),
      ended: (seat, death) => this.#ended(seat, death),
    }
    const query = Array.from({ length: options.queryWorkers }, (_, i) => new Seat('query', i, `query-${i}`, host))
    this.#seats = [...query, new Seat('tcp', 0, 'tcp', host)]
  }

  /** Resolves when every worker listens; rejects, with all workers stopped, when one cannot bind its addresses or dies before it listens. */
  async start(): Promise<void> {
    this.#started = true
    try {
      const { udp, beside } = this.#options.common
      if (udp.transport === 'batch' && !beside) await claimPorts(udp.addresses)
      await Promise.all(this.#seats.map(seat => seat.start()))
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /**
   * Resolves when every living worker serves the tables: laggards are ended before, so nobody reads the former ones. Rejects when a worker dies
   * of the tables or nobody comes to serve them; then every worker is back on the former ones and nobody reads these. Before `start` the tables
   * are only kept for the workers to begin with. One swap at a time.
   */
  async swap(tables: TablesMessage): Promise<void> {
    const former = this.#tables
    this.#tables = tables
    if (!this.#started) return
    try {
      await this.#hand(tables, true)
    } catch (error) {
      this.#tables = former
      if (!this.#stopping) await this.#goBack(former)
      throw error
    }
  }

  /**
   * Resolves when every worker that listens goes by these settings, or does not say so in time; those that start later do from the beginning.
   */
  async configure(settings: AnswerSettings): Promise<void> {
    this.#settings = settings
    for (const seat of this.#seats) seat.configure(settings)
    await new Promise<void>(resolve => {
      const limit = setTimeout(done, this.#options.swapLimitMs ?? SWAP_LIMIT_MS)
      const awaiting = this.#awaiting
      function done(): void {
        clearTimeout(limit)
        awaiting.delete(done)
        resolve()
      }
      awaiting.add(done)
      this.#look()
    })
  }

  statuses(): WorkerStatus[] {
    return this.#seats.map(({ name, role, generation, restarts, counters, gauges }) => ({
      ...{ name, role, generation, restarts },
      counters: readCounters(new Float64Array(counters)),
      memory: readGauges(new Float64Array(gauges)),
    }))
  }

  /** What each thread counts by client block. */
  sketches(): DemandSketch[] {
    return this.#seats.map(({ sketch }) => sketch)
  }

  /** What each thread counts by resolver. */
  resolvers(): ResolverSketch[] {
    return this.#seats.map(({ resolvers }) => resolvers)
  }

  /** Where each thread puts the queries that are to be logged; laid out as model/query-ring says. */
  queryRings(): SharedArrayBuffer[] {
    return this.#seats.map(({ queryRing }) => queryRing)
  }

  /** What an operator should act on, a sentence each. */
  alarms(): string[] {
    return this.#seats.flatMap(seat => seat.troubles)
  }

  /** What shows that the threads make progress: see {@link Seat.beat}. */
  beats(): { readonly name: string; readonly role: Seat['role']; readonly beat: number | null }[] {
    return this.#seats.map(({ name, role, beat }) => ({ name, role, beat }))
  }

  /** Lets answers leave and ends the threads. `succeeded`: another process serves the addresses by now. */
  async stop(succeeded = false): Promise<void> {
    this.#stopping = true
    this.#handover?.settle(new Error('the workers are stopping'))
    await Promise.all(this.#seats.map(seat => seat.stop(succeeded)))
  }

  async #hand(tables: TablesMessage, proof: boolean): Promise<void> {
    const { swapLimitMs = SWAP_LIMIT_MS } = this.#options
    if (this.#stopping) throw new Error('the workers are stopping')
    const outcome = await new Promise<'served' | 'late' | Error>(settle => {
      const limit = setTimeout(settle, swapLimitMs, 'late')
      this.#handover = {
        tables,
        proof,
        settle: how => {
          clearTimeout(limit)
          settle(how)
        },
      }
      for (const seat of this.#seats) seat.give(tables)
      this.#look()
    })
    this.#handover = null
    if (outcome instanceof Error) throw outcome
    if (outcome === 'served') return
    await this.#endLagging(tables)
    if (proof && !this.#seats.some(seat => seat.serves(tables))) {
      throw new Error(`no worker served generation ${tables.generation} within ${swapLimitMs} ms`)
    }
  }

  #lagging(tables: TablesMessage | null): Seat[] {
    return this.#seats.filter(seat => seat.alive && !seat.serves(tables))
  }

  async #endLagging(tables: TablesMessage | null): Promise<void> {
    const ended = this.#lagging(tables).map(seat => {
      this.#options.log('error', `${seat.name} did not take generation ${tables?.generation ?? 0}: restarting it`)
      return seat.end()
    })
    await Promise.all(ended)
  }

  async #goBack(former: TablesMessage | null): Promise<void> {
    if (former === null) return this.#endLagging(null)
    // Fails only when the workers are stopped meanwhile: then nobody reads anything either.
    await this.#hand(former, false).catch(() => undefined)
  }

  /** Settles the handover once all who live serve its tables, and who awaits settings once all who listen have them. */
  #look(): void {
    if (this.#seats.every(seat => seat.configured)) for (const resolve of this.#awaiting) resolve()
    const handover = this.#handover
    if (handover === null || this.#lagging(handover.tables).length > 0) return
    if (!handover.proof || this.#seats.some(seat => seat.serves(handover.tables))) handover.settle('served')
  }

  async #ended(seat: Seat, death: Death): Promise<void> {
    const handover = this.#handover
    if (handover?.proof === true && death.accused === handover.tables) {
      const { generation } = handover.tables
      handover.settle(new Error(`${seat.name} died of generation ${generation}: ${death.reason}`))
    }
    this.#look()
    if (death.deadly !== null) this.#remember(hashBytes(death.deadly))
    if (death.messages.length === 0) return
    const { crashFolder, log } = this.#options
    try {
      const file = await keepCrash(crashFolder, seat.name, death)
      log('error', `the last ${death.messages.length} messages of ${seat.name} are in ${file}`)
    } catch (error) {
      log('error', `crash evidence not kept: ${String(error)}`)
    }
  }

  #remember(killer: number): void {
    const kills = this.#killers.get(killer) ?? 0
    const oldest = this.#killers.keys().next()
    if (kills === 0 && this.#killers.size >= POISON_LIMIT && oldest.done !== true) this.#killers.delete(oldest.value)
    this.#killers.set(killer, kills + 1)
  }

  #poison(): number[] {
    return [...this.#killers].filter(([, kills]) => kills >= DEADLY_KILLS).map(([hash]) => hash)
  }
}
