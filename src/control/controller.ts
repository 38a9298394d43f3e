import type { Millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { comparePosition } from '../base/position.ts'
import type { Problem } from '../base/problem.ts'
import type { AuditEntry } from '../model/audit.ts'
import type { DemandCounter } from '../model/demand.ts'
import type { Deployment, LoadedConfiguration } from '../model/deployment.ts'
import type { DrainWish, RestoreWish } from '../model/drain.ts'
import type { CookieRing, FleetPlan } from '../model/fleet-plan.ts'
import type { Measurement } from '../model/measurement.ts'
import type { ContentProblem, Planner, RttSummary } from '../model/planner.ts'
import type { ResolverCounter } from '../model/resolver.ts'
import type { DrainIntent, LoadSample } from '../model/signals.ts'
import { NO_SURVEY } from '../model/survey.ts'
import type { Trail } from '../model/trail.ts'
import { isNewerPlan } from '../store/plan-order.ts'
import { type Store, type StoreListener, StoreUnavailable } from '../store/store.ts'
import { AuditTrail } from './audit-trail.ts'
import { audited } from './audited-port.ts'
import { DemandDesk } from './demand-desk.ts'
import { NO_TABLE } from './demand-follower.ts'
import { EvidenceClock } from './evidence-clock.ts'
import { explainDrains } from './explain-drains.ts'
import { explainHealth } from './explain-health.ts'
import { FleetState } from './fleet-state.ts'
import { Leader } from './leader.ts'
import { NodeReporter } from './node-reporter.ts'
import { OperatorDesk } from './operator-desk.ts'
import type { PlanKeeper } from './plan-file.ts'
import { PlanFollower } from './plan-follower.ts'
import { type ControlPort, Refusal, type ReloadVerdict } from './port.ts'
import type { Publisher, PublishVerdict } from './publisher.ts'
import { ResolverDesk } from './resolver-desk.ts'
import { StoreLag } from './store-lag.ts'
import { UnknownClusters } from './unknown-clusters.ts'

const TICK_MS = 200

export interface ControllerDeps {
  readonly node: string
  /** Sets this process apart from another one with the same node name. */
  readonly instance: string
  readonly plans: PlanKeeper
  readonly clock: Clock
  readonly store: Store
  readonly planner: Planner
  readonly publisher: Publisher
  readonly counter: DemandCounter
  readonly resolvers: ResolverCounter
  readonly planIntervalMs: number
  /** A random secret for cookies, 32 hexadecimal digits. */
  readonly freshSecret: () => string
  /** The plan in force has other cookie secrets than the one before. */
  readonly onCookies: (ring: CookieRing) => void
  /** Where the last good tables are kept. */
  readonly snapshotFile: string
  /** Reads the configuration anew; null with the problems when it is bad. */
  readonly readConfiguration: () => Promise<{ loaded: LoadedConfiguration | null; problems: readonly Problem[] }>
  /** Points a content problem at its place in the configuration file. */
  readonly placeProblem: (problem: ContentProblem) => Problem
  /** Called with every configuration that came into force. */
  readonly onAccepted: (loaded: LoadedConfiguration) => Promise<void>
  readonly status: ControlPort['status']
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
}

export interface StoreView {
  readonly up: boolean
  readonly reason: string
  readonly since: Millis
}

/**
 * The control loop of one nameserver: follows the store, leads the fleet when it holds the lease, and has the publisher serve whatever the
 * plan in force says. Nothing here is on the query path.
 */
export class Controller implements ControlPort {
  readonly #deps: ControllerDeps
  readonly state = new FleetState()
  readonly #evidenceClock = new EvidenceClock()
  readonly leader: Leader
  readonly demand: DemandDesk
  readonly resolvers: ResolverDesk
  readonly unknownClusters: UnknownClusters
  readonly #follower: PlanFollower
  readonly #operator: OperatorDesk
  readonly #reporter: NodeReporter
  readonly #lag = new StoreLag()
  readonly #audits: AuditTrail
  /** Itself, for people: what they change goes into the audit trail. */
  readonly port: ControlPort
  #deployment: Deployment
  #configHash: string
  #timer: NodeJS.Timeout | undefined
  #ticking = false
  #stopped = false
  #tickDone: Promise<void> = Promise.resolve()
  #lastFault = ''
  /** Position of the newest measurements delivered. */
  #delivered = ''
  /** Of the first of them. */
  #knowsSince = ''
  storeView: StoreView
  /** Resolves when the store has delivered everything for the first time. */
  readonly ready: Promise<void>
  /** Resolves when the first plan is in force. */
  readonly firstPlan: Promise<void>
  #markReady: () => void = () => undefined
  #markFirstPlan: () => void = () => undefined

  constructor(deps: ControllerDeps, loaded: LoadedConfiguration) {
    this.#deps = deps
    this.#deployment = loaded.deployment
    this.#configHash = loaded.hash
    this.ready = new Promise(resolve => {
      this.#markReady = resolve
    })
    this.firstPlan = new Promise(resolve => {
      this.#markFirstPlan = resolve
    })
    this.storeView = { up: false, reason: 'connecting', since: deps.clock.now() }
    this.demand = new DemandDesk({ ...deps, state: this.state, deployment: () => this.#deployment })
    this.resolvers = new ResolverDesk(deps)
    const isKnown = (id: string) => this.#deployment.clusters.some(cluster => cluster.id === id)
    this.unknownClusters = new UnknownClusters(isKnown, deps.log)
    this.leader = new Leader({
      node: deps.node,
      holder: `${deps.node}/${deps.instance}`,
      store: deps.store,
      planner: deps.planner,
      demand: this.demand.surveyor,
      state: this.state,
      clock: this.#evidenceClock,
      deployment: () => this.#deployment,
      planIntervalMs: deps.planIntervalMs,
      freshSecret: deps.freshSecret,
      onDrainEnd: drain => void this.#audits.noteEnd(drain),
      log: deps.log,
    })
    this.#follower = new PlanFollower({
      ...deps,
      evidenceClock: this.#evidenceClock,
      demand: this.demand.follower,
      inForce: () => this.inForce(),
    })
    const own = { ...deps, state: this.state, deployment: () => this.#deployment, now: () => this.now() }
    this.#operator = new OperatorDesk(own)
    this.#reporter = new NodeReporter({
      ...own,
      leader: this.leader,
      lag: this.#lag,
      alarms: () => deps.status().alarms.length,
      knowsSince: () => this.#knowsSince,
    })
    this.#audits = new AuditTrail(own)
    this.port = audited(this, this.#audits)
  }

  now(): Millis {
    return this.#deps.clock.now()
  }

  get deployment(): Deployment {
    return this.#deployment
  }

  /** See {@link StoreLag}. */
  get storeLagMs(): number | null {
    return this.#lag.reading(this.now(), this.storeView.up ? null : this.storeView.since)
  }

  /** The measurements that the planner held when tables were last built. */
  get rtt(): RttSummary {
    return this.#follower.rtt
  }

  /** Opens the store and begins to tick. The first tables are the caller's to publish (see {@link publishConfiguration}). */
  async start(): Promise<void> {
    const kept = this.#deps.plans.read()
    if (kept !== null) this.#take(kept)
    const drains = Object.values(kept?.clusters ?? {}).flatMap(({ drain }) => drain ?? [])
    for (const drain of drains) this.state.putIntent(drain.cluster, drain)
    await this.#deps.store.open(this.#listener(), drains)
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stopped = true
    this.#follower.stop()
    await this.#tickDone
    await this.leader.resign()
    await this.#audits.stop()
    await this.#reporter.farewell(this.now())
    await this.#deps.store.close()
  }

  /** Compiles and serves a configuration; on refusal whatever was served stays. */
  async publishConfiguration(
    loaded: LoadedConfiguration,
    mode: 'strict' | 'tolerant',
    coarse: boolean,
  ): Promise<PublishVerdict> {
    const plan = this.state.plan
    const survey = plan?.survey ?? NO_SURVEY
    const { id, text: demand } = coarse ? NO_TABLE : await this.demand.follower.soon(survey, this.#deps.clock)
    const verdict = await this.#deps.publisher.publish(
      () => ({
        deployment: loaded.deployment,
        configHash: loaded.hash,
        mode,
        coarse,
        fresh: true,
        asOf: plan?.asOf ?? this.#evidenceClock.at(this.now()),
        // Whatever has been delivered counts at once: a plan that lags behind must not take good measurements away.
        evidence: newest(plan?.evidence ?? '', this.#delivered),
        survey,
        demand,
        held: plan?.held ?? [],
        gated: false,
      }),
      () => {
        this.#deployment = loaded.deployment
        this.#configHash = loaded.hash
        this.#follower.compiledFor(plan, id)
        this.state.retain(loaded.deployment.clusters)
        this.leader.touch()
      },
    )
    if (verdict.kind === 'refused' || coarse) return verdict
    await this.#follower.keep(this.now())
    await this.#deps.onAccepted(loaded).catch((error: unknown) => {
      this.#deps.log('error', `the configuration is in force but could not be kept for a later start: ${String(error)}`)
    })
    return verdict
  }

  /** The configuration that is served. */
  inForce(): LoadedConfiguration {
    return { deployment: this.#deployment, hash: this.#configHash }
  }

  /** Compiles what is in force once more, from scratch: the planner was restarted and has forgotten everything. */
  async recompile(): Promise<void> {
    await this.publishConfiguration(this.inForce(), 'strict', false)
  }

  // -- ControlPort -------------------------------------------------------------------------------------------------------------------

  status(): ReturnType<ControlPort['status']> {
    return this.#deps.status()
  }

  async explain(name: string, type: string, client: { address: string; length: number | null }): Promise<Trail> {
    const verdict = await this.#deps.planner.explain({
      name,
      type,
      client,
      allocation: this.state.plan?.allocation ?? null,
    })
    if (verdict.kind === 'refused') throw new Refusal(verdict.code, verdict.message)
    const { plan } = this.state
    return explainHealth(explainDrains(verdict.trail, plan), plan, this.#deployment, this.now())
  }

  drain(wish: DrainWish, force: boolean): Promise<DrainIntent> {
    return this.#operator.drain(wish, force)
  }

  restore(wish: RestoreWish): Promise<DrainIntent> {
    return this.#operator.restore(wish)
  }

  audit(since: Millis, most: number): Promise<readonly AuditEntry[]> {
    return this.#deps.store.readAudit(since, most)
  }

  reportLoad(sample: Omit<LoadSample, 'at'>, unit: string): Promise<void> {
    return this.#operator.reportLoad(sample, unit)
  }

  async putMeasurements(rows: readonly Measurement[]): Promise<void> {
    await this.#deps.store.putMeasurements(rows)
  }

  measurements(): Promise<readonly Measurement[]> {
    return this.#deps.store.readMeasurements()
  }

  async reload(force: boolean): Promise<ReloadVerdict> {
    const generation = () => this.#deps.publisher.served?.stats.generation ?? 0
    const { loaded, problems } = await this.#deps.readConfiguration()
    if (loaded === null) return { accepted: false, problems, generation: generation(), moved: null }
    const verdict = await this.publishConfiguration(loaded, force ? 'tolerant' : 'strict', false)
    const all = [...problems, ...verdict.problems.map(this.#deps.placeProblem)]
    if (verdict.kind === 'refused') {
      this.#deps.log('warn', `reload refused: ${verdict.reason}`)
      return { accepted: false, problems: all, generation: generation(), moved: null }
    }
    this.#deps.log('info', `reload accepted: generation ${verdict.stats.generation}`)
    return { accepted: true, problems: all, generation: generation(), moved: verdict.stats.moved }
  }

  // -- following the store -------------------------------------------------------------------------------------------------------------

  #listener(): StoreListener {
    const { clock, planner, log } = this.#deps
    return {
      onMeasurements: (rows, position) => {
        this.unknownClusters.notice(rows)
        planner.measurements(rows, position)
        if (this.#knowsSince === '') this.#knowsSince = position
        this.#delivered = newest(this.#delivered, position)
        this.leader.noticeMeasurements(
          position,
          rows.some(row => row.source === 'import'),
          clock.now(),
        )
      },
      onLoad: sample => this.state.putLoad(sample),
      onIntent: (cluster, intent) => {
        this.state.putIntent(cluster, intent)
        this.leader.touch()
      },
      onPlan: plan => {
        if (this.state.plan !== null && !isNewerPlan(plan, this.state.plan)) return
        this.#take(plan)
        this.#deps.plans.keep(plan)
        this.#markFirstPlan()
      },
      onNode: report => {
        if (report.node === this.#deps.node) this.#lag.heard(report.at, clock.now())
        this.state.putNode(report)
      },
      onHealth: report => this.state.health.hear(report, clock.now()),
      // A survey that was made before knows rows of which only the newest came now.
      onAnew: () => {
        this.#knowsSince = ''
      },
      onDemandReport: () => this.demand.surveyor.noticeReport(clock.now()),
      onStatus: (up, reason) => {
        if (this.storeView.up !== up || this.storeView.reason === 'connecting') {
          log(
            up ? 'info' : 'warn',
            up ? `store is up: ${reason}` : `store is away: ${reason}; answers go on from the last good tables`,
          )
        }
        this.storeView = { up, reason, since: clock.now() }
        this.#evidenceClock.storeStatus(up, clock.now())
      },
      onReady: () => this.#markReady(),
    }
  }

  #take(plan: FleetPlan): void {
    const before = this.state.plan?.cookies
    this.state.plan = plan
    this.#follower.notice(plan)
    if (plan.cookies !== null && plan.cookies.since !== before?.since) this.#deps.onCookies(plan.cookies)
    this.#deps.publisher.apply(plan)
  }

  #tick(): void {
    if (this.#ticking || this.#stopped) return
    this.#ticking = true
    this.#tickDone = this.#work()
  }

  async #work(): Promise<void> {
    const now = this.#deps.clock.now()
    try {
      if (this.storeView.up) {
        await this.demand.tick(now)
        await this.resolvers.tick(now)
        await this.leader.tick(now)
        await this.#reporter.tick(now)
        await this.#audits.tick(now)
      }
      this.#follower.follow(this.state.plan, now)
    } catch (error) {
      const fault = String(error)
      // The loop turns five times a second: one line per fault is enough.
      if (!(error instanceof StoreUnavailable) && fault !== this.#lastFault)
        this.#deps.log('error', `control loop: ${fault}`)
      this.#lastFault = fault
    } finally {
      this.#ticking = false
    }
  }
}

const newest = (a: string, b: string): string => (comparePosition(a, b) >= 0 ? a : b)
