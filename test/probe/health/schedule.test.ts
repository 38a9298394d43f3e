import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextAt, Ring } from '../../../src/probe/health/ring.ts'
import { Schedule, type Turn } from '../../../src/probe/health/schedule.ts'

const START = 1_000_000

beforeEach(() => {
  vi.useFakeTimers({ now: START })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Turns that note when they begin and take `tookMs`; `active` counts those under way. */
class Log {
  readonly starts: { turn: number; at: number }[] = []
  active = 0
  most = 0

  turn(turn: number, intervalMs: number, tookMs: number | ((n: number) => number) = 5): Turn {
    let runs = 0
    let busy = false
    return {
      intervalMs,
      run: async () => {
        expect(busy, 'a turn overlaps itself').toBe(false)
        busy = true
        this.starts.push({ turn, at: Date.now() - START })
        this.most = Math.max(this.most, ++this.active)
        await new Promise(done => setTimeout(done, typeof tookMs === 'number' ? tookMs : tookMs(runs++)))
        this.active--
        busy = false
      },
    }
  }

  /** Starts in each 100 ms of `[from, to)`. */
  per100(from: number, to: number): number[] {
    const counts = new Array<number>((to - from) / 100).fill(0)
    for (const { at } of this.starts) if (at >= from && at < to) counts[Math.floor((at - from) / 100)]!++
    return counts
  }

  of(turn: number): number[] {
    return this.starts.filter(start => start.turn === turn).map(({ at }) => at)
  }
}

const NO_LIMIT = { perSecond: 1e6, concurrency: 1e6 }
const schedule = (settings = NO_LIMIT) => new Schedule(settings, () => Date.now())

describe('4,000 turns every 2 s', () => {
  it('are spread evenly, in every 100 ms from the first on', async () => {
    const log = new Log()
    const all = schedule()
    for (let i = 0; i < 4000; i++) all.add(log.turn(i, 2000))
    await vi.advanceTimersByTimeAsync(10_000)
    const counts = log.per100(0, 10_000)
    expect(Math.min(...counts)).toBeGreaterThan(170)
    expect(Math.max(...counts)).toBeLessThan(230)
    expect(log.starts.length).toBeGreaterThan(19_900)
    expect(log.starts.length).toBeLessThan(20_100)
    all.stop()
  })

  it('each comes every 2 s', async () => {
    const log = new Log()
    const all = schedule()
    for (let i = 0; i < 4000; i++) all.add(log.turn(i, 2000))
    await vi.advanceTimersByTimeAsync(10_000)
    for (const turn of [0, 1, 1999, 3999]) {
      const at = log.of(turn)
      expect(at.length).toBe(5)
      for (let i = 1; i < at.length; i++) expect(Math.abs(at[i]! - at[i - 1]! - 2000)).toBeLessThan(30)
    }
    all.stop()
  })

  it('neighbours, as the servers of one cluster, lie apart', async () => {
    const log = new Log()
    const all = schedule()
    for (let i = 0; i < 4000; i++) all.add(log.turn(i, 2000))
    await vi.advanceTimersByTimeAsync(2_100)
    for (let i = 1; i < 8; i++) expect(Math.abs(log.of(i)[0]! - log.of(i - 1)[0]!)).toBeGreaterThan(300)
    all.stop()
  })

  it('make no burst after the process was held up, and are in time again soon', async () => {
    const log = new Log()
    const all = schedule()
    for (let i = 0; i < 4000; i++) all.add(log.turn(i, 2000))
    await vi.advanceTimersByTimeAsync(4_000)
    vi.setSystemTime(Date.now() + 7_000)
    await vi.advanceTimersByTimeAsync(9_000)
    const after = log.per100(11_000, 20_000)
    expect(Math.max(...after)).toBeLessThan(420)
    expect(Math.max(...after.slice(50))).toBeLessThan(230)
    expect(Math.min(...after)).toBeGreaterThan(100)
    all.stop()
  })

  it('share a smaller budget fairly', async () => {
    const log = new Log()
    const all = schedule({ ...NO_LIMIT, perSecond: 500 })
    for (let i = 0; i < 4000; i++) all.add(log.turn(i, 2000))
    expect(Math.round(all.wanted)).toBe(2000)
    await vi.advanceTimersByTimeAsync(32_000)
    const counts = log.per100(0, 32_000)
    expect(Math.max(...counts)).toBeLessThan(80)
    const each = Array.from({ length: 4000 }, (_, i) => log.of(i).length)
    expect(Math.min(...each)).toBeGreaterThanOrEqual(3)
    expect(Math.max(...each)).toBeLessThanOrEqual(5)
    all.stop()
  }, 60_000)
})

describe('bounds', () => {
  it('no more under way than allowed; the others wait for their turn', async () => {
    const log = new Log()
    const all = schedule({ ...NO_LIMIT, concurrency: 50 })
    for (let i = 0; i < 400; i++) all.add(log.turn(i, 1000, 400))
    await vi.advanceTimersByTimeAsync(12_000)
    expect(log.most).toBe(50)
    const each = Array.from({ length: 400 }, (_, i) => log.of(i).length)
    expect(Math.min(...each)).toBeGreaterThanOrEqual(3)
    all.stop()
  })

  it('a turn that is removed while it is under way makes room for others when it ends', async () => {
    const log = new Log()
    const all = schedule({ ...NO_LIMIT, concurrency: 1 })
    const [long, other] = [log.turn(0, 1000, 1_500), log.turn(1, 1000)]
    all.add(long)
    all.add(other)
    await vi.advanceTimersByTimeAsync(1_100)
    expect([log.of(0).length, log.active]).toEqual([1, 1])
    all.remove(long)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(log.of(0).length).toBe(1)
    expect(log.of(1).length).toBeGreaterThanOrEqual(4)
    all.stop()
  })

  it('a turn never overlaps itself, and comes again at its place', async () => {
    const log = new Log()
    const all = schedule()
    all.add(log.turn(0, 1000, run => (run === 2 ? 3_300 : 10)))
    await vi.advanceTimersByTimeAsync(12_000)
    const at = log.of(0)
    const [first] = at
    expect(at.map(start => Math.round((start - first!) / 1000))).toEqual([0, 1, 2, 6, 7, 8, 9, 10, 11])
    for (const start of at) expect(Math.abs(((start - first! + 500) % 1000) - 500)).toBeLessThan(30)
    all.stop()
  })

  it('those that stay keep their places when others come and go', async () => {
    const log = new Log()
    const all = schedule()
    const turns = Array.from({ length: 100 }, (_, i) => log.turn(i, 1000))
    for (const turn of turns) all.add(turn)
    await vi.advanceTimersByTimeAsync(3_000)
    for (const turn of turns.slice(40)) all.remove(turn)
    for (let i = 100; i < 300; i++) all.add(log.turn(i, 1000))
    await vi.advanceTimersByTimeAsync(3_000)
    const [first] = log.of(7)
    expect(log.of(7).length).toBe(6)
    for (const at of log.of(7)) expect(Math.abs(((at - first! + 500) % 1000) - 500)).toBeLessThan(60)
    expect(log.of(50).every(at => at < 3_000)).toBe(true)
    expect(Math.max(...log.per100(4_000, 6_000))).toBeLessThan(40)
    expect(Math.min(...log.per100(4_000, 6_000))).toBeGreaterThan(10)
    all.stop()
  })

  it('leaves no timer behind when there is nothing to do, or it is stopped', async () => {
    const all = schedule()
    expect(vi.getTimerCount()).toBe(0)
    all.add(new Log().turn(0, 1000))
    expect(vi.getTimerCount()).toBe(1)
    all.stop()
    await vi.advanceTimersByTimeAsync(3_000)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the ring', () => {
  it.each([1, 2, 3, 10, 100, 4000, 100_000])('%i places leave no gap of three times the mean', count => {
    const ring = new Ring()
    const phases = Array.from({ length: count }, () => ring.take().phase).sort((a, b) => a - b)
    const gaps = phases.map((phase, i) => (i === 0 ? phase + 1 - phases.at(-1)! : phase - phases[i - 1]!))
    expect(Math.max(...gaps)).toBeLessThan(3 / count)
  })

  it('a place that was given back is given again', () => {
    const ring = new Ring()
    const places = [ring.take(), ring.take(), ring.take()]
    ring.giveBack(places[1]!)
    expect(ring.take()).toEqual(places[1])
    expect(ring.take().phase).not.toBe(places[2]!.phase)
  })

  it('the next moment is later, at the phase, and within one interval', () => {
    expect(nextAt(0.25, 1000, 100, 0)).toBe(350)
    expect(nextAt(0.25, 1000, 100, 349)).toBe(350)
    expect(nextAt(0.25, 1000, 100, 350)).toBe(1350)
    expect(nextAt(0.25, 1000, 100, 351)).toBe(1350)
    expect(nextAt(0, 1000, 0, 0)).toBe(1000)
    expect(nextAt(0.5, 2000, 0, 1e9)).toBe(1e9 + 1000)
  })
})
