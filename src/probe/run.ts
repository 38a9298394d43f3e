import { performance } from 'node:perf_hooks'
import type { Cluster } from '../model/cluster.ts'
import type { Measurement } from '../model/measurement.ts'
import type { ProbeMethod, ProbeStatus } from '../model/probe-status.ts'
import type { ResolverCount } from '../model/resolver.ts'
import type { DemandOf } from './demand-index.ts'
import { DNS } from './dns-probe.ts'
import { type OpenPing, openIcmp } from './icmp-probe.ts'
import { LagWatch } from './lag.ts'
import type { Method } from './method.ts'
import { Prober } from './prober.ts'
import { Share } from './share.ts'
import { TargetDesk, type TargetDeskDeps } from './target-desk.ts'
import { TCP } from './tcp-probe.ts'
import type { TargetPlan } from './wanted.ts'

const REPORT_EVERY_MS = 60_000
const REFRESH_MS = 60_000
/** While no resolver is known it is looked for some more often. */
const EARLY_REFRESH_MS = 5_000
/** Rows from a clock that is further ahead would win over those of honest ones: none are written. */
const MOST_CLOCK_LEAD_MS = 60_000
/** What is measured now would count for half of what it is worth, or less. */
const MOST_CLOCK_LAG_MS = 10 * 60_000

/** What a prober needs of the state that all share. Everything rejects while that is away. */
export interface ProbeState {
  /** For people: where it is. */
  readonly label: string
  putMeasurements(rows: readonly Measurement[]): Promise<void>
  /** Heaviest first. */
  resolvers(): Promise<readonly ResolverCount[]>
  demand(): Promise<readonly DemandOf[]>
  /** See store/probing. */
  join(
    cluster: string,
    prober: string,
    stayMs: number,
  ): Promise<{ readonly members: readonly string[]; readonly now: number }>
  leave(cluster: string, prober: string): Promise<void>
}

export interface ProbeRun {
  readonly cluster: string
  /** Unique among the probers of the cluster. */
  readonly prober: string
  readonly version: string
  readonly clusters: readonly Cluster[]
  /** Path of the targets file; null: none. */
  readonly targets: string | null
  readonly settings: TargetDeskDeps['settings'] & {
    readonly interval: number
    readonly tailInterval: number
    readonly silentInterval: number
    readonly budget: number
    readonly timeout: number
    readonly methods: readonly ProbeMethod[]
  }
  readonly state: ProbeState
  readonly openPing: OpenPing
  /** Shows the status somewhere; null: nowhere. */
  readonly show: ((status: () => ProbeStatus) => Promise<{ close(): Promise<void> }>) | null
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/** Probes until SIGTERM or SIGINT; resolves with the exit code: 1 when there is nothing that it could do. Throws ProblemError for a file that cannot be used. */
export async function runProbe(run: ProbeRun): Promise<number> {
  // Before anything else: a signal during the start must not kill it half-way.
  const stopped = new Promise<void>(resolve => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
  const running = new Running(run)
  try {
    if (!(await running.start())) return 1
    await stopped
    return 0
  } finally {
    await running.stop()
  }
}

class Running {
  readonly #run: ProbeRun
  readonly #startedAt = Date.now()
  readonly #methods: readonly { readonly method: Method; readonly fault: string | null }[]
  readonly #closers: (() => unknown)[] = []
  readonly #desk: TargetDesk
  readonly #share: Share
  readonly #prober: Prober
  #plan: TargetPlan | null = null
  #refreshedAt = Number.NEGATIVE_INFINITY
  #refreshing: Promise<void> = Promise.resolve()
  #started = false

  constructor(run: ProbeRun) {
    const { cluster, prober, settings, state, log } = run
    this.#run = run
    this.#methods = settings.methods.map(name => this.#open(name))
    const usable = this.#methods.filter(({ fault }) => fault === null).map(({ method }) => method)
    const clocks = { now: () => performance.now(), wall: () => Date.now() }
    this.#share = new Share({
      ...{ prober, log, ...clocks },
      join: stayMs => state.join(cluster, prober, stayMs),
      leave: () => state.leave(cluster, prober),
      changed: () => this.#retarget(),
    })
    this.#desk = new TargetDesk({
      ...{ cluster, clusters: run.clusters, file: run.targets, settings, log },
      methods: usable.map(({ name }) => name),
      resolvers: () => state.resolvers(),
      demand: () => state.demand(),
      owns: block => this.#share.owns(block),
    })
    this.#prober = new Prober({
      ...{ cluster, log, budget: settings.budget, methods: usable, ...clocks },
      intervalMs: settings.interval,
      tailIntervalMs: settings.tailInterval,
      silentIntervalMs: settings.silentInterval,
      timeoutMs: settings.timeout,
      mayProbe: () => this.#share.phase === 'probing',
      refusal: () => this.#clockFault(),
      lag: new LagWatch(),
      random: () => Math.random(),
      write: rows => state.putMeasurements(rows),
    })
  }

  /** False when there is nothing that it could do. */
  async start(): Promise<boolean> {
    const { show, cluster, prober, settings, log } = this.#run
    await this.#desk.open()
    for (const { method, fault } of this.#methods)
      if (fault !== null) log('warn', `${method.name} is left out: ${fault}`)
    if (this.#methods.every(({ fault }) => fault !== null)) {
      log('warn', 'nothing can be measured: none of `probe.methods` can be used here')
      return false
    }
    const page = show === null ? null : await show(() => this.status())
    if (page !== null) this.#closers.push(() => page.close())
    log(
      'info',
      `${prober} probes for ${cluster} every ${settings.interval / 1000} s, the tail every ${settings.tailInterval / 1000} s`,
    )
    this.#started = true
    this.#prober.start()
    await this.#share.start()
    this.#repeat(() => void this.#refresh(), EARLY_REFRESH_MS)
    this.#repeat(() => log('info', describe(this.status())), REPORT_EVERY_MS)
    await this.#refresh()
    return true
  }

  async stop(): Promise<void> {
    await this.#prober.stop()
    for (const close of this.#closers.reverse()) await close()
    await this.#refreshing
    if (!this.#started) return
    // Only now that this one probes no more may the others take over.
    await this.#share.stop()
    this.#run.log('info', describe(this.status()))
  }

  status(): ProbeStatus {
    const { cluster, prober, version, state } = this.#run
    const { targets: _, ...report } = this.#prober.report()
    const { kinds, leftOut, blocks } = this.#plan ?? this.#desk.plan()
    return {
      ...{ version, cluster, prober, startedAt: this.#startedAt, now: Date.now() },
      phase: this.#share.phase,
      members: this.#share.members,
      store: state.label,
      clockLeadMs: this.#share.clockLeadMs,
      ...{ targets: kinds, leftOut, blocks, ...report },
      methods: this.#methods.map(({ method, fault }) => ({ name: method.name, fault })),
    }
  }

  #open(name: ProbeMethod): { method: Method; fault: string | null } {
    if (name !== 'icmp') return { method: name === 'dns' ? DNS : TCP, fault: null }
    const { method, fault, close } = openIcmp(this.#run.openPing)
    this.#closers.push(close)
    return { method, fault }
  }

  #repeat(work: () => void, everyMs: number): void {
    const timer = setInterval(work, everyMs)
    this.#closers.push(() => clearInterval(timer))
  }

  #refresh(): Promise<void> {
    const now = performance.now()
    if (this.#desk.knowsResolvers && now - this.#refreshedAt < REFRESH_MS) return this.#refreshing
    this.#refreshedAt = now
    this.#refreshing = this.#desk.refresh().then(() => this.#retarget())
    return this.#refreshing
  }

  #retarget(): void {
    const plan = this.#desk.plan()
    this.#sayLeftOut(plan)
    this.#plan = plan
    this.#prober.retarget(plan.targets)
  }

  /** Once: whoever named targets must know that they are not probed. */
  #sayLeftOut({ leftOut }: TargetPlan): void {
    if (this.#plan !== null && this.#plan.leftOut['special-purpose'] > 0) return
    const count = leftOut['special-purpose']
    if (count === 0) return
    this.#run.log(
      'warn',
      `${count} targets are of special-purpose blocks (RFC 6890) and are not probed; in a network of your own set \`probe.specialPurpose: true\``,
    )
  }

  #clockFault(): string | null {
    const lead = this.#share.clockLeadMs
    if (lead === null || (lead <= MOST_CLOCK_LEAD_MS && lead >= -MOST_CLOCK_LAG_MS)) return null
    const off = `${Math.round(Math.abs(lead) / 1000)} s ${lead > 0 ? 'ahead of' : 'behind'}`
    return `this clock is ${off} the store's: nothing is written until it is right`
  }
}

function describe({ answering, silent, lost, probes, rows, ...status }: ProbeStatus): string {
  const sum = (outcome: 'answered' | 'lost' | 'discarded') =>
    Object.values(probes).reduce((total, counts) => total + counts[outcome], 0)
  const targets = Object.values(status.targets).reduce((total, count) => total + count, 0)
  return [
    `${answering} of ${targets} targets answer, ${silent} are silent, ${lost} stopped answering`,
    `${sum('answered')} probes answered, ${sum('lost')} lost, ${sum('discarded')} thrown away`,
    `${rows.written} rows written${rows.failures === 0 ? '' : `, ${rows.failures} writes failed`}${rows.refused === 0 ? '' : `, ${rows.refused} refused`}`,
  ].join('; ')
}
