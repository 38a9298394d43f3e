import { formatProblem, type Problem, ProblemError } from '../base/problem.ts'
import type { ContentProblem, Planner } from '../model/planner.ts'
import type { Store } from '../store/store.ts'
import type { Controller } from './controller.ts'
import type { Publisher } from './publisher.ts'

/** How long a fresh start waits for the store's measurements before it compiles without them. */
const STORE_PATIENCE_MS = 1_500
/** The same where the tables from disk, which have measurements, are served meanwhile. */
const RESTORED_PATIENCE_MS = 10_000
/** Between two tries of something that a start cannot do without. */
const RETRY_MS = 5_000

export interface FirstTablesDeps {
  readonly controller: Controller
  readonly publisher: Publisher
  readonly planner: Pick<Planner, 'measurements'>
  readonly store: Pick<Store, 'scanMeasurements'>
  /** Path of the last good tables. */
  readonly snapshotFile: string
  /** Refuse tables that are not whole, instead of serving what is good. */
  readonly strict: boolean
  /** Another process answers meanwhile: the whole map is compiled before anything is served. */
  readonly unhurried: boolean
  /** False once the server drains. */
  readonly serving: () => boolean
  readonly place: (problem: ContentProblem) => Problem
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
}

/** What a start serves, from the first tables that can be had to the whole map; and the same for a planner that was restarted. */
export class FirstTables {
  readonly #deps: FirstTablesDeps
  #restored = false

  constructor(deps: FirstTablesDeps) {
    this.#deps = deps
  }

  /** Something to serve at once: the last good tables from disk, or a map over coarse geo data; the whole map when unhurried. Throws {@link ProblemError} when strict. */
  async first(): Promise<void> {
    const { controller, strict, unhurried, place } = this.#deps
    this.#restored = !strict && (await this.#restore())
    if (this.#restored) return
    if (unhurried) await this.#awaitMeasurements()
    const mode = strict ? 'strict' : 'tolerant'
    const verdict = await controller.publishConfiguration(controller.inForce(), mode, !unhurried)
    if (verdict.kind === 'refused') throw new ProblemError(verdict.problems.map(place))
  }

  /**
   * The whole map, compiled beside the one that is served. Tables from disk carry measurements: they are kept a while for a store that is slow
   * to give its own, and as long as it is away.
   */
  async whole(): Promise<void> {
    const { controller, publisher, log, place, serving } = this.#deps
    await this.#awaitMeasurements()
    while (serving()) {
      const served = publisher.served
      if (served !== null && served.from === 'compiled' && !served.stats.coarse) return
      try {
        const verdict = await controller.publishConfiguration(controller.inForce(), 'tolerant', false)
        for (const problem of verdict.problems) log('warn', formatProblem(place(problem)))
        if (verdict.kind === 'refused') throw new Error(verdict.reason)
        const { generation, ranges, buildMs } = verdict.stats
        log('info', `generation ${generation} is served: ${ranges} ranges in ${buildMs} ms`)
      } catch (error) {
        // What a stop breaks off is no fault.
        if (!serving()) return
        log('error', `the whole map is not compiled yet, the last tables are served: ${String(error)}`)
        await aWhile()
      }
    }
  }

  /** A planner that was restarted knows nothing: gives it the measurements again, then has it compile what is in force. */
  async teachPlanner(): Promise<void> {
    const { controller, store, planner, log, serving } = this.#deps
    while (serving()) {
      try {
        const position = controller.state.plan?.evidence ?? ''
        await store.scanMeasurements(rows => planner.measurements(rows, position))
        await controller.recompile()
        return
      } catch (error) {
        log('warn', `the restarted planner waits for its measurements: ${String(error)}`)
        await aWhile()
      }
    }
  }

  async #restore(): Promise<boolean> {
    const { controller, publisher, snapshotFile, log } = this.#deps
    const { deployment, hash } = controller.inForce()
    try {
      return await publisher.restore(deployment, snapshotFile, stats => stats.configHash === hash)
    } catch (error) {
      log('warn', `tables on disk are not used: ${String(error)}`)
      return false
    }
  }

  async #awaitMeasurements(): Promise<void> {
    const { controller, log } = this.#deps
    const patienceMs = this.#restored ? RESTORED_PATIENCE_MS : STORE_PATIENCE_MS
    const patience = new Promise(done => setTimeout(done, patienceMs).unref())
    await Promise.race([this.#restored ? controller.ready : controller.firstPlan, patience])
    if (this.#restored && !controller.storeView.up) {
      log('warn', 'the store is away: tables from disk are served until it gives its measurements, or a reload')
      await controller.ready
    }
  }
}

const aWhile = (): Promise<void> => new Promise(done => setTimeout(done, RETRY_MS).unref())
