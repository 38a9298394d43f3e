import { performance } from 'node:perf_hooks'
import type { Family } from '../../base/ip.ts'
import type { HealthReport, HealthVerdict } from '../../model/health.ts'
import type { HealthChecks, MonitorSettings } from '../../model/health-checks.ts'
import type { CheckCounts } from '../../model/health-status.ts'
import type { Check } from './check.ts'
import { CheckTallies } from './counts.ts'
import { LoopLag } from './loop-lag.ts'
import { planCheck } from './plan.ts'
import { Reporter } from './reporter.ts'
import { Schedule } from './schedule.ts'
import { Sight } from './sight.ts'
import { keyOf, type Target, targetsOf } from './targets.ts'
import { Trust } from './trust.ts'
import { Watched } from './watched.ts'

export interface MonitorDeps {
  /** Takes a report; `incomplete`: it wants a whole one. Rejects when it cannot be kept. */
  readonly report: (report: HealthReport) => Promise<'kept' | 'incomplete'>
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/** How a monitor fares. */
export interface MonitorSummary {
  readonly targets: number
  readonly up: number
  readonly down: number
  /** Checks since the start that said something, and those that did not. */
  readonly checks: number
  readonly unjudged: number
  readonly reports: number
  readonly failedReports: number
}

/** Complaints that checks say nothing: at most one of a kind in this time. */
const COMPLAIN_EVERY_MS = 60_000
const MOST_COMPLAINTS = 100

/** Checks the servers of a deployment by its rules and tells what it finds, for as long as it is not stopped. */
export class HealthMonitor {
  readonly #deps: MonitorDeps
  readonly #lag = new LoopLag(() => performance.now())
  readonly #schedule: Schedule
  #watched = new Map<string, Watched>()
  readonly #tallies = new CheckTallies()
  #reporter: Reporter
  #name: string
  readonly #complaints = new Map<string, number>()
  readonly #sights: Readonly<Record<Family, Sight>> = { 4: new Sight(), 6: new Sight() }
  #noticesBlindness: boolean
  readonly #ofWatched = {
    lag: this.#lag,
    now: () => Date.now(),
    elapsed: () => performance.now(),
    onVerdict: (verdict: HealthVerdict) => this.#reporter.change(verdict),
    onUnjudged: (why: string) => this.#complain(why),
  }

  constructor(settings: MonitorSettings, deps: MonitorDeps) {
    this.#deps = deps
    this.#name = nameOf(settings)
    this.#noticesBlindness = settings.noticeBlindness
    this.#reporter = this.#createReporter(settings)
    this.#schedule = new Schedule(settings, () => performance.now())
    this.#watch(settings)
    this.#reporter.start()
  }

  /** Checks what `settings` say from now on. What is known of a server counts on, unless its address is another. */
  configure(settings: MonitorSettings): void {
    this.#noticesBlindness = settings.noticeBlindness
    this.#schedule.configure(settings)
    this.#watch(settings)
    if (nameOf(settings) === this.#name) this.#reporter.tellAll()
    else this.#rename(settings)
  }

  /** The next report names every verdict there is, and comes at once. */
  tellAll(): void {
    this.#reporter.tellAll()
  }

  stop(): void {
    this.#schedule.stop()
    this.#reporter.stop()
    this.#lag.stop()
    for (const watched of this.#watched.values()) watched.retire()
  }

  verdicts(): HealthVerdict[] {
    return [...this.#watched.values()].flatMap(({ verdict }) => verdict ?? [])
  }

  counts(): CheckCounts[] {
    return this.#tallies.read()
  }

  summary(): MonitorSummary {
    const counts = this.counts()
    const verdicts = this.verdicts()
    const up = verdicts.filter(verdict => verdict.up).length
    const sum = (all: readonly number[]): number => all.reduce((total, count) => total + count, 0)
    return {
      targets: this.#watched.size,
      ...{ up, down: verdicts.length - up },
      checks: sum(counts.flatMap(({ ok, failures }) => [ok, ...failures])),
      unjudged: sum(counts.map(({ unjudged }) => unjudged)),
      ...{ reports: this.#reporter.sent, failedReports: this.#reporter.failed },
    }
  }

  /** The families by which it sees nothing. Of those that come back into sight everything is as it was before. */
  #blindFamilies(): readonly Family[] {
    return ([4, 6] as const).filter(family => {
      const watched = [...this.#watched.values()].filter(({ target }) => target.at.family === family)
      const sight = this.#sights[family]
      const wasBlind = sight.blindSince !== null
      const glances = this.#noticesBlindness ? watched.map(each => each.glance()) : []
      const isBlind = sight.look(glances)
      if (isBlind && !wasBlind) for (const each of watched) each.remember(sight.blindSince!)
      if (!isBlind && wasBlind) for (const each of watched) each.recall()
      if (isBlind !== wasBlind) this.#tellSight(family, isBlind)
      return isBlind
    })
  }

  #tellSight(family: Family, isBlind: boolean): void {
    const blind = `blind by IPv${family}: nearly all servers of several clusters fail since one moment; what is found does not count until others say so`
    this.#deps.log(isBlind ? 'warn' : 'info', isBlind ? blind : `sees again by IPv${family}: verdicts are as before`)
  }

  #rename(settings: MonitorSettings): void {
    this.#name = nameOf(settings)
    this.#reporter.stop()
    this.#reporter = this.#createReporter(settings)
    this.#reporter.start()
  }

  #watch({ clusters, perSecond }: MonitorSettings): void {
    const trust = new Trust(this.#deps.log)
    const plans = new Map<HealthChecks, Check>()
    const before = this.#watched
    this.#watched = new Map()
    const targets = targetsOf(clusters)
    this.#tallies.keep(targets)
    for (const target of targets) {
      const plan = plans.get(target.checks) ?? planCheck(target.checks, trust)
      plans.set(target.checks, plan)
      const key = keyOf(target)
      this.#watched.set(key, this.#employ(target, plan, before.get(key)))
    }
    for (const [key, old] of before) if (this.#watched.get(key) !== old) this.#dismiss(old)
    const { wanted } = this.#schedule
    if (wanted > perSecond)
      this.#deps.log(
        'warn',
        `${Math.ceil(wanted)} checks/s are configured, monitor.perSecond allows ${perSecond}: checks are late`,
      )
  }

  /** `old`: the server as it was watched so far, if it was; of another address nothing is known. */
  #employ(target: Target, check: Check, old: Watched | undefined): Watched {
    if (old === undefined || old.target.at.text !== target.at.text) {
      const watched = new Watched(target, check, this.#tallies.of(target), this.#ofWatched)
      this.#schedule.add(watched)
      return watched
    }
    const otherInterval = old.intervalMs !== target.checks.interval
    if (otherInterval) this.#schedule.remove(old)
    old.change(target, check, this.#tallies.of(target))
    if (otherInterval) this.#schedule.add(old)
    return old
  }

  #dismiss(watched: Watched): void {
    watched.retire()
    this.#schedule.remove(watched)
  }

  #complain(why: string): void {
    const now = performance.now()
    if (now - (this.#complaints.get(why) ?? Number.NEGATIVE_INFINITY) < COMPLAIN_EVERY_MS) return
    if (this.#complaints.size >= MOST_COMPLAINTS) this.#complaints.clear()
    this.#complaints.set(why, now)
    this.#deps.log('warn', `health checks say nothing of some servers: ${why}`)
  }

  #createReporter({ name, place }: MonitorSettings): Reporter {
    return new Reporter({
      name,
      ...(place === undefined ? {} : { place }),
      blind: () => this.#blindFamilies(),
      all: () => this.verdicts(),
      send: this.#deps.report,
      now: () => Date.now(),
      log: this.#deps.log,
    })
  }
}

const nameOf = ({ name, place = '' }: MonitorSettings): string => `${name} ${place}`
