import { millis } from '../base/brand.ts'
import type { Measurement } from '../model/measurement.ts'
import { MOST_SILENT_SHOWN, type ProbeStatus } from '../model/probe-status.ts'
import { answers, chooseSpeaker, isSilent, type Path, SILENT_AFTER } from './block.ts'
import { DueQueue } from './due-queue.ts'
import { LAG_LIMIT_MS, type LagWatch } from './lag.ts'
import type { Method } from './method.ts'
import { Outbox, type OutboxDeps } from './outbox.ts'
import { PathSet, type Wanted } from './path-set.ts'
import { lossOf, observe } from './smoothing.ts'
import { Tally } from './tally.ts'

export interface ProberSettings extends OutboxDeps {
  readonly cluster: string
  readonly intervalMs: number
  /** The same for targets of the tail. */
  readonly tailIntervalMs: number
  /** Longest pause between two tries of a resolver that never answers. */
  readonly silentIntervalMs: number
  /** Packets per second, all targets together. */
  readonly budget: number
  readonly timeoutMs: number
  /** Tried in this order until one answers; from then on that one alone asks the target. */
  readonly methods: readonly Method[]
  /** Whether anything may be asked now. */
  readonly mayProbe: () => boolean
  readonly lag: Pick<LagWatch, 'mark'>
  /** Milliseconds that never jump, from anywhere on. */
  readonly now: () => number
  /** Unix ms, for rows and people. */
  readonly wall: () => number
  /** 0..1, for jitter. */
  readonly random: () => number
}

/** What a prober did so far. */
export type ProberReport = Pick<
  ProbeStatus,
  'answering' | 'silent' | 'lost' | 'silentTargets' | 'probes' | 'packets' | 'budget' | 'budgetUsed' | 'rows'
> & { readonly targets: number }

const TICK_MS = 10
const WRITE_EVERY_MS = 1_000
/** Interval jitter: each pause is 1 +- this share, so that many probers do not march in step. */
const JITTER = 0.1
/** An answer that was thrown away is asked for again after this share of the interval, once. */
const AGAIN = 0.1
/** Probes that are not sent in time may be made up for, but not in one burst. */
const BURST_SECONDS = 0.1
const MOST_SAMPLES = 100

/**
 * Probes every target on its schedule and hands smoothed measurements to `write` once a second, one row a block. Targets that never answered
 * are tried ever more seldom. The packet budget is a hard limit: when it is spent, probes wait for their turn, those of the tail first.
 */
export class Prober {
  readonly #settings: ProberSettings
  readonly #paths = new PathSet()
  readonly #queues = { head: new DueQueue<Path>(), tail: new DueQueue<Path>() }
  readonly #outbox: Outbox
  readonly #tally: Tally
  readonly #timers: NodeJS.Timeout[] = []
  readonly #underWay = new Set<Promise<void>>()
  /** Packets that may leave now; below 0 what was sent on credit. */
  #allowance = 1
  #refilledAt: number
  #warned = false

  constructor(settings: ProberSettings) {
    this.#settings = settings
    this.#outbox = new Outbox(settings)
    this.#refilledAt = settings.now()
    this.#tally = new Tally(settings.now())
  }

  start(): void {
    this.#timers.push(setInterval(() => this.#tick(), TICK_MS))
    this.#timers.push(setInterval(() => void this.#outbox.flush(), WRITE_EVERY_MS))
  }

  /** Probes these from now on, heaviest first; those that were known go on as they are. */
  retarget(wanted: readonly Wanted[]): void {
    const fresh = this.#paths.want(wanted)
    this.#warnOfBudget(wanted)
    // The first round is spread over an interval, at most what the budget allows anyway: head before tail, heavy before light.
    const now = this.#settings.now()
    const head = fresh.filter(({ tail }) => !tail)
    const tail = fresh.filter(path => path.tail)
    const headMs = this.#spread(head, now, this.#settings.intervalMs)
    this.#spread(tail, now + headMs, this.#settings.tailIntervalMs)
  }

  /** Ends the schedule, waits for probes under way and writes what is left: nothing half written. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#underWay)
    // One write may be under way, and more has come since.
    await this.#outbox.flush()
    await this.#outbox.flush()
  }

  report(): ProberReport {
    const paths = [...this.#paths.values()]
    const silent = paths.filter(isSilent)
    const { written, waiting, refused, failures } = this.#outbox
    const { budget, now, wall } = this.#settings
    const since = wall() - now()
    return {
      targets: paths.length,
      answering: paths.filter(answers).length,
      silent: silent.length,
      lost: paths.filter(path => path.smoothed.samples > 0 && !answers(path)).length,
      silentTargets: silent.slice(0, MOST_SILENT_SHOWN).map(({ target: { address, port }, tries, dueAt }) => ({
        ...{ address, port, tries },
        nextAt: Math.round(since + dueAt),
      })),
      probes: this.#tally.counts,
      packets: this.#tally.packets,
      budget,
      budgetUsed: this.#tally.rate(now()) / budget,
      rows: { written, waiting, refused, failures },
    }
  }

  /** Returns how long it takes, ms. */
  #spread(paths: readonly Path[], from: number, mostMs: number): number {
    const overMs = Math.min(mostMs, (paths.length * 1000) / this.#settings.budget)
    paths.forEach((path, i) => {
      path.dueAt = from + (overMs * i) / paths.length
      this.#enqueue(path)
    })
    return overMs
  }

  #warnOfBudget(wanted: readonly Wanted[]): void {
    const { intervalMs, tailIntervalMs, budget, log } = this.#settings
    const tail = wanted.filter(target => target.tail).length
    const need = ((wanted.length - tail) * 1000) / intervalMs + (tail * 1000) / tailIntervalMs
    if (need <= budget) {
      this.#warned = false
    } else if (!this.#warned) {
      this.#warned = true
      log(
        'warn',
        `${wanted.length} targets on time take ${Math.ceil(need)} packets/s, and the budget is ${budget}: the lightest are measured less often; raise the budget or the intervals`,
      )
    }
  }

  #enqueue(path: Path): void {
    this.#queues[path.tail ? 'tail' : 'head'].push(path)
  }

  #tick(): void {
    const { now, budget, lag, mayProbe } = this.#settings
    lag.mark()
    const at = now()
    const most = Math.max(1, budget * BURST_SECONDS)
    this.#allowance = Math.min(most, this.#allowance + ((at - this.#refilledAt) * budget) / 1000)
    this.#refilledAt = at
    if (!mayProbe()) return
    while (this.#allowance >= 1) {
      const path = this.#queues.head.take(at) ?? this.#queues.tail.take(at)
      if (path === null) return
      if (path.gone) continue
      const probe = this.#probe(path)
      this.#underWay.add(probe)
      void probe.finally(() => this.#underWay.delete(probe))
    }
  }

  async #probe(path: Path): Promise<void> {
    path.tries++
    const rttMs = await this.#ask(path)
    const at = this.#settings.now()
    if (rttMs === undefined) path.discards++
    else this.#learn(path, rttMs, at)
    if (path.gone) return
    path.dueAt = at + this.#pause(path)
    this.#enqueue(path)
  }

  #learn(path: Path, rttMs: number | null, at: number): void {
    path.discards = 0
    path.smoothed = observe(path.smoothed, rttMs, at)
    path.misses = rttMs === null ? path.misses + 1 : 0
    // A block without a speaker never answered, which says nothing; one that stopped answering is lossy, and that is news.
    if (!path.gone && chooseSpeaker(path.block) === path) this.#keep(path)
  }

  /**
   * Once a method has answered, its silence is loss: to try the next one would hide it. null: no answer; undefined: this process was late, so that
   * nobody knows whether, or when, there was one.
   */
  async #ask(path: Path): Promise<number | null | undefined> {
    const { methods, timeoutMs, lag } = this.#settings
    const { target } = path
    const usable = methods.filter(({ name }) => target.methods?.includes(name) ?? true)
    for (const method of path.method === null ? usable : [path.method]) {
      this.#allowance -= method.packets
      this.#tally.spend(method.packets)
      const rttMs = await method.ask(target, timeoutMs)
      // No answer waits for longer than it was under way.
      if (Math.min(lag.mark(), rttMs ?? timeoutMs) > LAG_LIMIT_MS) {
        this.#tally.count(method.name, 'discarded')
        return undefined
      }
      this.#tally.count(method.name, rttMs === null ? 'lost' : 'answered')
      if (rttMs === null) continue
      path.method = method
      return rttMs
    }
    return null
  }

  /** Only a target that never answered is left alone for longer: of one that fell silent the map must know when it is back. */
  #pause(path: Path): number {
    const { intervalMs, tailIntervalMs, silentIntervalMs, random } = this.#settings
    const usual = path.tail ? tailIntervalMs : intervalMs
    const doubled = usual * 2 ** Math.min(20, path.misses - SILENT_AFTER + 1)
    // Never shorter than the interval, even where the silent interval is.
    const pause = isSilent(path) ? Math.max(usual, Math.min(silentIntervalMs, doubled)) : usual
    return (path.discards === 1 ? pause * AGAIN : pause) * (1 - JITTER + 2 * JITTER * random())
  }

  #keep({ target, block, smoothed }: Path): void {
    const row: Measurement = {
      prefix: target.prefix,
      cluster: this.#settings.cluster,
      // Below a microsecond the clock says nothing; 0 would be no RTT at all.
      rttMs: Math.max(0.001, smoothed.srttMs),
      rttVarMs: smoothed.rttVarMs,
      loss: lossOf(smoothed),
      samples: Math.min(smoothed.samples, MOST_SAMPLES),
      measuredAt: millis(Math.floor(this.#settings.wall())),
      source: 'probe',
    }
    this.#outbox.put(block.key, row)
  }
}
