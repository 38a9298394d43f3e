import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { millis } from './base/brand.ts'
import { formatProblem } from './base/problem.ts'
import type { Config } from './config/config.ts'
import { formatEndpoint } from './config/endpoint.ts'
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
import { createMetrics } from './metrics/metrics.ts'
import type { LoadedConfiguration } from './model/deployment.ts'
import type { TablesMessage } from './model/planner.ts'
import type { Status } from './model/status.ts'
import { Edges } from './probe/edges.ts'
import { countsByCluster } from './probe/health/counts.ts'
import { MonitorThread } from './probe/health/monitor-thread.ts'
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
  const lock = StateLock.take(config.state)
  const nameserver = new Nameserver(options, source, events)
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
  }
}

class Nameserver {
  readonly #source: ConfigSource
  readonly #config: Config
  readonly #log: Log
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

  constructor(options: ServeOptions, source: ConfigSource, events: EventLog) {
    const config = source.started
    const log = events.write
    this.#source = source
    this.#config = config
    this.#events = events
    this.#log = log
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
    })
    this.#pool = new AnsweringPool({
      common: {
        addresses: config.listen.dns,
        tlsAddresses: config.tls?.listen ?? [],
        nsid: config.node,
        udp: {
          transport: this.#udp.transport,
          addresses: this.#udp.addresses,
          maxPayload: config.udp.maxPayload,
          receiveBuffer: config.udp.receiveBuffer,
          xdp: this.#udp.xdp,
          queryWorkers: this.#udp.queryWorkers,
        },
        freebind: config.listen.freebind,
        tcp: {
          idleMs: config.tcp.idle,
          messageMs: config.tcp.message,
          perAddress: config.tcp.perAddress,
          connections: config.tcp.connections,
        },
        ecs: config.ecs.enabled,
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
        plans: new PlanFile(join(config.state, PLAN), error => log('error', `the plan was not kept: ${String(error)}`)),
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
        readConfiguration: () => source.read(),
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
    this.#survive()
    this.#closers.push(async () => this.#udp.close())
    this.#closers.push(() => this.#planner.stop())
    this.#closers.push(() => this.#controller.stop())
    await this.#startHttp()
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
    const sampler = setInterval(() => this.#sampleRate(), 1_000)
    this.#closers.push(async () => clearInterval(sampler))
    this.#sayReady()
    void this.#tables.whole()
  }

  /** Resolves at SIGTERM or SIGINT; SIGHUP reloads. */
  onSignals(): Promise<void> {
    process.on('SIGHUP', () => {
      if (this.#phase !== 'serving') return
      this.#controller.port.reload(false, { by: '', from: 'signal' }).then(
        verdict => {
          for (const problem of verdict.problems) this.#log(verdict.accepted ? 'warn' : 'error', formatProblem(problem))
        },
        (error: unknown) => this.#log('error', `reload failed: ${String(error)}`),
      )
    })
    return new Promise(resolve => {
      process.on('SIGTERM', resolve)
      process.on('SIGINT', resolve)
    })
  }

  async stop(): Promise<void> {
    this.#phase = 'draining'
    for (const close of this.#closers.reverse())
      await close().catch((error: unknown) => this.#log('error', String(error)))
    this.#log('info', 'stopped')
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
        listen: {
          dns: this.#config.listen.dns.map(formatEndpoint),
          tls: (this.#config.tls?.listen ?? []).map(formatEndpoint),
          tlsNotAfter: this.#source.tlsNotAfter,
          http: this.#config.listen.http === null ? null : formatEndpoint(this.#config.listen.http),
          udp: this.#udp.addresses.map(formatEndpoint),
          transport: this.#udp.text,
        },
        store: { kind: this.#store.kind, label: this.#store.label, skipped: this.#store.skipped },
        controller: this.#controller,
        publisher: this.#publisher,
        stable: this.#stable,
        workers: () => [
          ...this.#pool.statuses(),
          {
            name: 'planner',
            role: 'planner',
            generation: this.#publisher.served?.stats.generation ?? 0,
            restarts: this.#planner.restarts,
            counters: null,
            memory: this.#planner.memory,
          },
        ],
        qps: () => this.#rate.perSecond(),
        planned: () => this.#shares.shares,
        edges: () => this.#edges.status(),
        logs: () => this.#logs.counts(),
        checks: () => countsByCluster(this.#monitor.figures, this.#controller.deployment.clusters),
        http: () => ({ requests: this.#calls() }),
        phase: () => this.#phase,
        standingAlarms: () => [
          ...this.#source.alarms(Date.now()),
          ...this.#pool.alarms(),
          ...this.#logs.alarms(),
          ...this.#edges.alarms(),
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
    const http = await startHttp({
      listen,
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

  #sayReady(): void {
    const first = this.#config.listen.dns[0]
    const http = this.#config.listen.http
    const tls = this.#config.tls?.listen ?? []
    const name =
      this.#config.deployment.services[0]?.hostnames[0] ?? this.#publisher.served?.stats.zones[0]?.origin ?? '.'
    const server = first === undefined ? '' : `@${first.address} -p ${first.port} `
    process.stdout.write(
      `kingcdn ${VERSION} (${this.#config.node}) is ready: DNS on ${this.#config.listen.dns.map(formatEndpoint).join(', ')}${
        tls.length === 0 ? '' : `, TLS on ${tls.map(formatEndpoint).join(', ')}`
      }${http === null ? '' : `, HTTP on http://${formatEndpoint(http)}`}. Try: dig ${server}${name.replace(/^\*\./, 'www.').replace(/\.$/, '')} +subnet=168.126.63.0/24\n`,
    )
  }

  /** The answering threads live in this process: a fault of the main thread must not take them down. */
  #survive(): void {
    const note = (error: unknown): void => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#log('error', `internal fault, serving on: ${text}`)
      if (this.#faults.length < 20) this.#faults.push(`internal fault: ${text.split('\n')[0]}`)
    }
    process.on('uncaughtException', note)
    process.on('unhandledRejection', note)
  }
}

const VERSION = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
  .version
