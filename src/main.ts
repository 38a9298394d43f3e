import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { millis } from './base/brand.ts'
import { formatProblem } from './base/problem.ts'
import { answeringOptions, listenStatus } from './config/answering.ts'
import type { Config } from './config/config.ts'
import { readyLine } from './config/ready-line.ts'
import { ConfigSource, type SharedSecrets } from './config/source.ts'
import { TokenKeeper } from './config/token.ts'
import { Controller } from './control/controller.ts'
import { FirstTables } from './control/first-tables.ts'
import { PlanFile } from './control/plan-file.ts'
import { Publisher } from './control/publisher.ts'
import { queriesOf, Rate } from './control/rate.ts'
import { ShareWatch } from './control/share-watch.ts'
import { StableNumbers } from './control/stable-numbers.ts'
import { StateLock } from './control/state-lock.ts'
import { composeStatus } from './control/status.ts'
import { startHttp } from './http/server.ts'
import { yieldTo } from './listen/accept.ts'
import { openHttpSocket } from './listen/http-socket.ts'
import { createMetrics } from './metrics/metrics.ts'
import type { LoadedConfiguration } from './model/deployment.ts'
import type { TablesMessage } from './model/planner.ts'
import type { Status } from './model/status.ts'
import { Edges } from './probe/edges.ts'
import { MonitorThread } from './probe/health/monitor-thread.ts'
import { Predecessor } from './process/predecessor.ts'
import { reloadBySignal } from './process/reload-by-signal.ts'
import { ServiceManager } from './process/service-manager.ts'
import { awaitSuccessors, staysBecause } from './process/succession.ts'
import { survive } from './process/survive.ts'
import { Watchdog } from './process/watchdog.ts'
import { createStore } from './store/create.ts'
import { AnswerTally } from './worker/answer-tally.ts'
import { AnsweringPool } from './worker/answering-pool.ts'
import { DemandCollector } from './worker/demand-collector.ts'
import { lowerHelpers } from './worker/own-thread.ts'
import { PlannerClient } from './worker/planner-client.ts'
import { QueryLogs } from './worker/query-logs.ts'
import { ResolverCollector } from './worker/resolver-collector.ts'
import { planUdp, type UdpPlan } from './worker/udp-plan.ts'

export interface ServeOptions {
  /** Path of the configuration file. */
  readonly config: string
  /** Refuse to start when anything is wrong, instead of serving what is good. */
  readonly strict: boolean
  /** Start beside the process that serves from the same state folder, which ends when this one answers. */
  readonly takeOver: boolean
  /** Makes the log that the configuration asks for. */
  readonly createLog: (settings: Config['log']) => EventLog
}

export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void

export interface EventLog {
  readonly write: Log
  configure(settings: Config['log']): void
  close(): void
}

const SNAPSHOT = 'tables.bin'
const PLAN = 'plan.json'

/**
 * The composition root: builds every part of the nameserver, wires them, and runs until SIGTERM or SIGINT. Resolves with the exit code.
 * Throws ProblemError for a configuration that cannot be served and Error for what the machine refuses (a port, the state folder).
 */
export async function serve(options: ServeOptions): Promise<number> {
  lowerHelpers()
  const source = await ConfigSource.boot(options.config, options.strict)
  const config = source.started
  const events = options.createLog(config.log)
  const predecessor = options.takeOver ? await Predecessor.find(config.state) : null
  // Throws where another process holds the folder and does not give it.
  if (predecessor !== null) await predecessor.ask(process.pid)
  const lock = (predecessor && StateLock.inherited(config.state)) ?? StateLock.take(config.state)
  const nameserver = new Nameserver(options, source, events, lock, predecessor)
  // Before anything else: a signal during the start must neither kill it half-way nor be lost.
  const stopped = nameserver.onSignals()
  try {
    await Promise.race([nameserver.start(), stopped])
    await stopped
    return 0
  } finally {
    await nameserver.stop()
    lock.release()
    events.close()
    predecessor?.close()
  }
}

class Nameserver {
  readonly #source: ConfigSource
  readonly #config: Config
  readonly #log: Log
  readonly #lock: StateLock
  /** Who serves until this one answers; null: nobody. */
  readonly #predecessor: Predecessor | null
  readonly #manager: ServiceManager
  readonly #watchdog: Watchdog
  readonly #plans: PlanFile
  readonly #events: EventLog
  readonly #stable = new StableNumbers()
  readonly #rate = new Rate()
  readonly #startedAt = Date.now()
  readonly #pool: AnsweringPool
  readonly #logs: QueryLogs
  readonly #planner: PlannerClient
  readonly #publisher: Publisher
  readonly #shares: ShareWatch
  readonly #controller: Controller
  readonly #tables: FirstTables
  readonly #edges: Edges
  readonly #monitor: MonitorThread
  readonly #store: ReturnType<typeof createStore>
  readonly #closers: (() => Promise<unknown>)[] = []
  readonly #udp: UdpPlan
  #sharedSecrets: SharedSecrets | null = null
  readonly #tokens: TokenKeeper
  #calls: () => Readonly<Record<string, number>> = () => ({})
  readonly #faults: string[] = []
  #phase: Status['phase'] = 'starting'
  /** Who answers in the place of this process; null: nobody yet. */
  #successor: number | null = null
  #beSucceeded: () => void = () => undefined
  /** The socket of the HTTP API, where it is known. */
  #httpSocket: number | null = null

  constructor(
    options: ServeOptions,
    source: ConfigSource,
    events: EventLog,
    lock: StateLock,
    predecessor: Predecessor | null,
  ) {
    const config = source.started
    const log = events.write
    this.#source = source
    this.#config = config
    this.#events = events
    this.#log = log
    this.#lock = lock
    this.#predecessor = predecessor
    this.#manager = new ServiceManager(process.env, process.pid, log)
    this.#watchdog = new Watchdog(this.#manager, () => this.#pool.beats(), log)
    const planNotKept = (error: unknown): void => log('error', `the plan was not kept: ${String(error)}`)
    this.#plans = new PlanFile(join(config.state, PLAN), planNotKept, () => lock.isOurs)
    this.#tokens = new TokenKeeper(config.http, message => log('warn', message))
    this.#udp = planUdp({
      transport: config.udp.transport,
      interfaces: config.udp.interfaces,
      addresses: config.listen.dns,
      workers: config.workers,
      freebind: config.listen.freebind,
      cores: availableParallelism(),
    })
    this.#store = createStore(config.store, { stateDir: config.state, clock: { now: () => millis(Date.now()) }, log })
    const tally = new AnswerTally(() => this.#pool.statuses(), this.#stable)
    this.#planner = new PlannerClient(log, () => void this.#tables.teachPlanner(), {
      answers: now => tally.counts(now),
      mayKeep: () => lock.isOurs,
    })
    this.#pool = new AnsweringPool({
      common: {
        ...answeringOptions(config),
        udp: {
          ...{ transport: this.#udp.transport, addresses: this.#udp.addresses, xdp: this.#udp.xdp },
          ...{ maxPayload: config.udp.maxPayload, receiveBuffer: config.udp.receiveBuffer },
          queryWorkers: this.#udp.queryWorkers,
        },
        beside: predecessor !== null,
        settings: source.settings(this.#udp.queryWorkers, null),
      },
      queryWorkers: this.#udp.queryWorkers,
      crashFolder: join(config.state, 'crash'),
      log,
    })
    this.#logs = new QueryLogs({ rings: this.#pool.queryRings(), version: `kingcdn ${VERSION}`, log })
    this.#stable.of(config.deployment)
    const answerers = {
      swap: (tables: TablesMessage) => {
        this.#logs.learn(this.#stable.names())
        return this.#pool.swap(tables)
      },
    }
    this.#publisher = new Publisher(this.#planner, answerers, this.#stable)
    this.#shares = new ShareWatch(this.#planner, this.#publisher)
    this.#controller = new Controller(
      {
        node: config.node,
        instance: `${process.pid}-${this.#startedAt}`,
        plans: this.#plans,
        clock: { now: () => millis(Date.now()) },
        store: this.#store,
        planner: this.#planner,
        publisher: this.#publisher,
        counter: new DemandCollector(() => this.#pool.sketches(), millis(Date.now())),
        resolvers: new ResolverCollector(() => this.#pool.resolvers(), millis(Date.now())),
        planIntervalMs: config.load.planInterval,
        freshSecret: () => randomBytes(16).toString('hex'),
        onCookies: ring => {
          this.#sharedSecrets = ring
          void this.#configure()
        },
        snapshotFile: join(config.state, SNAPSHOT),
        readConfiguration: () => source.read(lock.isOurs),
        placeProblem: problem => source.place(problem),
        onAccepted: loaded => this.#accepted(loaded),
        status: () => this.#status(),
        log,
      },
      { deployment: config.deployment, hash: config.hash },
    )
    this.#tables = new FirstTables({
      controller: this.#controller,
      publisher: this.#publisher,
      planner: this.#planner,
      store: this.#store,
      snapshotFile: join(config.state, SNAPSHOT),
      strict: options.strict,
      unhurried: predecessor !== null,
      serving: () => this.#phase === 'serving',
      place: problem => source.place(problem),
      log,
    })
    this.#monitor = new MonitorThread({ report: report => this.#store.putHealth(report), log })
    this.#edges = new Edges({ passive: config.passive, store: this.#store, controller: this.#controller, log })
  }

  async start(): Promise<void> {
    for (const problem of this.#source.problems) this.#log('warn', formatProblem(problem))
    for (const shortfall of this.#udp.shortfalls) this.#log('warn', shortfall)
    mkdirSync(this.#config.state, { recursive: true })
    survive(this.#log, this.#faults)
    this.#closers.push(async () => this.#udp.close())
    this.#closers.push(() => this.#planner.stop())
    this.#closers.push(() => this.#controller.stop())
    if (this.#predecessor === null) await this.#startHttp()
    await this.#controller.start()
    this.#closers.push(this.#edges.start())
    this.#closers.push(() => this.#monitor.stop())
    this.#monitor.configure(this.#source.monitoring())
    await this.#tables.first()
    this.#closers.push(() => this.#logs.stop())
    this.#logs.configure(this.#source.logs.queryLogs)
    this.#closers.push(() => this.#pool.stop())
    await this.#pool.start()
    if (this.#phase !== 'starting') return
    this.#phase = 'serving'
    // Not before: who asks whether this machine is ready must not meet one that is not, beside one that is.
    if (this.#predecessor !== null) await this.#startHttp()
    this.#watchdog.start()
    const sampler = setInterval(() => this.#sampleRate(), 1_000)
    this.#closers.push(async () => clearInterval(sampler))
    await this.#predecessor?.dismiss()
    this.#closers.push(await this.#awaitSuccessors())
    this.#manager.ready(this.#sentence())
    process.stdout.write(`${this.#sentence()}\n`)
    void this.#tables.whole()
  }

  /** Resolves at SIGTERM or SIGINT, and when another process has taken over; SIGHUP reloads. */
  onSignals(): Promise<void> {
    process.on('SIGHUP', () => {
      if (this.#phase !== 'serving') return
      this.#manager.reloading()
      const { port } = this.#controller
      void reloadBySignal(() => port.reload(false, { by: '', from: 'signal' }), this.#log).then(() =>
        this.#manager.ready(this.#sentence()),
      )
    })
    return new Promise(resolve => {
      this.#beSucceeded = resolve
      process.on('SIGTERM', resolve)
      process.on('SIGINT', resolve)
    })
  }

  async stop(): Promise<void> {
    if (this.#successor === null) this.#manager.stopping('Answers leave')
    // Ready to the last: a query that comes here is answered, and one that follows goes to the other.
    else await Promise.all([yieldTo(this.#httpSocket), this.#pool.stop(true)])
    this.#watchdog.stop()
    this.#phase = 'draining'
    for (const close of this.#closers.reverse())
      await close().catch((error: unknown) => this.#log('error', String(error)))
    this.#log('info', 'stopped')
  }

  // -- other processes -----------------------------------------------------------------------------------------------------------------

  #awaitSuccessors(): ReturnType<typeof awaitSuccessors> {
    return awaitSuccessors({
      stateFolder: this.#config.state,
      lock: this.#lock,
      store: this.#store,
      keep: () => {
        this.#plans.again()
        return this.#publisher.persist(join(this.#config.state, SNAPSHOT))
      },
      refusal: () => staysBecause(this.#phase, this.#udp.transport, this.#udp.xdp.length),
      succeeded: pid => {
        this.#successor = pid
        this.#manager.succeededBy(pid)
        this.#beSucceeded()
      },
      log: this.#log,
    })
  }

  // -- configuration -----------------------------------------------------------------------------------------------------------------

  async #accepted(loaded: LoadedConfiguration): Promise<void> {
    try {
      await this.#source.accept(loaded)
    } finally {
      // In force even where it could not be kept: the disk may be full.
      this.#events.configure(this.#source.logs.log)
      this.#logs.configure(this.#source.logs.queryLogs)
      this.#monitor.configure(this.#source.monitoring())
      this.#tokens.read()
      await this.#configure()
    }
  }

  #configure(): Promise<void> {
    return this.#pool.configure(this.#source.settings(this.#udp.queryWorkers, this.#sharedSecrets))
  }

  // -- status ------------------------------------------------------------------------------------------------------------------------

  #status(): Status {
    return composeStatus(
      {
        node: this.#config.node,
        version: VERSION,
        startedAt: this.#startedAt,
        listen: listenStatus(this.#config, this.#udp, this.#source.tlsNotAfter),
        store: { kind: this.#store.kind, label: this.#store.label, skipped: this.#store.skipped },
        controller: this.#controller,
        publisher: this.#publisher,
        stable: this.#stable,
        workers: () => [...this.#pool.statuses(), this.#planner.status(this.#publisher.served?.stats.generation ?? 0)],
        qps: () => this.#rate.perSecond(),
        planned: () => this.#shares.shares,
        edges: () => this.#edges.status(),
        logs: () => this.#logs.counts(),
        checks: () => this.#monitor.counts,
        http: () => ({ requests: this.#calls() }),
        phase: () => this.#phase,
        standingAlarms: () => [
          ...this.#source.alarms(Date.now()),
          ...this.#pool.alarms(),
          ...this.#logs.alarms(),
          ...this.#edges.alarms(),
          ...this.#watchdog.alarms(),
          ...this.#faults,
        ],
      },
      Date.now(),
    )
  }

  #sampleRate(): void {
    this.#rate.sample(queriesOf(this.#pool.statuses()), Date.now())
    void this.#shares.look(() => performance.now())
  }

  async #startHttp(): Promise<void> {
    const listen = this.#config.listen.http
    if (listen === null) return
    this.#httpSocket = await openHttpSocket(listen, this.#predecessor !== null)
    const http = await startHttp({
      listen,
      fd: this.#httpSocket,
      tokens: () => this.#tokens.now,
      rates: this.#config.http.rateLimit,
      port: this.#controller.port,
      metrics: createMetrics(() => this.#status()),
      passive: this.#edges.passive,
      log: this.#log,
    })
    this.#calls = () => http.counts()
    this.#closers.push(() => http.close())
  }

  #sentence(): string {
    return readyLine(this.#config, VERSION, this.#publisher.served?.stats.zones[0]?.origin)
  }
}

const VERSION = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
  .version
