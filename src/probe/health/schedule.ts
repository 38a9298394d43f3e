import { DueHeap } from './due-heap.ts'
import { nextAt, Ring, type Seat } from './ring.ts'

export interface ScheduleSettings {
  /** Turns that may begin in a second, > 0. */
  readonly perSecond: number
  /** Turns that may be under way at once, > 0. */
  readonly concurrency: number
}

/** What is to be done again and again, `intervalMs` from start to start. It is never under way twice. */
export interface Turn {
  /** As it is when the turn is added. */
  readonly intervalMs: number
  /** Never rejects. */
  run(): Promise<void>
}

interface Entry {
  readonly turn: Turn
  readonly intervalMs: number
  readonly seat: Seat
  dueAt: number
  gone: boolean
}

/** Turns that are due within so many ms begin together. */
const TICK_MS = 10
/** After a pause what was missed is caught up at so many times the ordinary pace ... */
const CATCH_UP = 1.5
/** ... and at the least at this one: a few turns need no pacing. */
const LEAST_PER_SECOND = 20
/** So much of a second's allowance may be spent at once. */
const BURST_MS = 50

/**
 * Runs turns at places spread evenly over their interval, from the very first round on. However long the process was held up, and however many
 * turns are added at once, they begin at a steady pace. Only turns, never a clock, are waited for: with none there is no timer.
 */
export class Schedule {
  readonly #entries = new Map<Turn, Entry>()
  readonly #queue = new DueHeap<Entry>()
  readonly #ring = new Ring()
  readonly #now: () => number
  /** The circle's zero. */
  readonly #origin: number
  #settings: ScheduleSettings
  #underWay = 0
  #allowance = 1
  #refilledAt: number
  /** Turns a second if every one is in time. */
  #wanted = 0
  #timer: NodeJS.Timeout | undefined
  #wakeAt = Number.POSITIVE_INFINITY
  #stopped = false

  /** `now`: ms that never go back. */
  constructor(settings: ScheduleSettings, now: () => number) {
    this.#settings = settings
    this.#now = now
    this.#origin = now()
    this.#refilledAt = this.#origin
  }

  /** Turns a second that the intervals ask for; above `perSecond` they are late. */
  get wanted(): number {
    return this.#wanted
  }

  configure(settings: ScheduleSettings): void {
    this.#settings = settings
    this.#wake()
  }

  add(turn: Turn): void {
    const { intervalMs } = turn
    const entry: Entry = { turn, intervalMs, seat: this.#ring.take(), dueAt: 0, gone: false }
    this.#entries.set(turn, entry)
    this.#wanted += 1_000 / intervalMs
    this.#enqueue(entry, this.#now())
  }

  /** A turn under way ends as it may; it does not come again. */
  remove(turn: Turn): void {
    const entry = this.#entries.get(turn)
    if (entry === undefined) return
    entry.gone = true
    this.#entries.delete(turn)
    this.#ring.giveBack(entry.seat)
    this.#wanted -= 1_000 / entry.intervalMs
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #enqueue(entry: Entry, after: number): void {
    entry.dueAt = nextAt(entry.seat.phase, entry.intervalMs, this.#origin, after)
    this.#queue.push(entry)
    if (entry.dueAt < this.#wakeAt) this.#wake()
  }

  /** Sets the timer for the next turn; none while as many are under way as may be: the end of one of them sets it. */
  #wake(): void {
    clearTimeout(this.#timer)
    this.#wakeAt = Number.POSITIVE_INFINITY
    const next = this.#queue.peek()
    if (this.#stopped || next === undefined || this.#underWay >= this.#settings.concurrency) return
    const now = this.#now()
    const wait = Math.max(TICK_MS, next.dueAt - now, this.#untilAllowed())
    this.#wakeAt = now + wait
    this.#timer = setTimeout(() => this.#begin(), wait)
  }

  #begin(): void {
    const now = this.#now()
    this.#refill(now)
    while (this.#allowance >= 1 && this.#underWay < this.#settings.concurrency) {
      const next = this.#queue.peek()
      if (next === undefined || next.dueAt > now) break
      this.#queue.pop()
      if (next.gone) continue
      this.#allowance--
      this.#run(next, now)
    }
    this.#wake()
  }

  #run(entry: Entry, startedAt: number): void {
    this.#underWay++
    void entry.turn.run().finally(() => {
      const full = this.#underWay-- >= this.#settings.concurrency
      // One that came late and the next one shall not follow each other closely.
      if (!entry.gone) this.#enqueue(entry, Math.max(this.#now(), startedAt + entry.intervalMs / 2))
      else if (full) this.#wake()
    })
  }

  #pace(): number {
    return Math.min(this.#settings.perSecond, Math.max(LEAST_PER_SECOND, CATCH_UP * this.#wanted))
  }

  #refill(now: number): void {
    const pace = this.#pace()
    const most = Math.max(1, (pace * BURST_MS) / 1_000)
    this.#allowance = Math.min(most, this.#allowance + ((now - this.#refilledAt) * pace) / 1_000)
    this.#refilledAt = now
  }

  /** ms, from the last refill on. */
  #untilAllowed(): number {
    return this.#allowance >= 1 ? 0 : ((1 - this.#allowance) * 1_000) / this.#pace()
  }
}
