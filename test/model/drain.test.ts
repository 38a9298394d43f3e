import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { drainShare, isOver, takesOut } from '../../src/model/drain.ts'
import type { DrainIntent } from '../../src/model/signals.ts'

const MINUTE = 60_000
const drain = (more: Partial<DrainIntent> = {}): DrainIntent => ({
  ...{ cluster: 'icn', percent: 100, reason: '', by: 'ops', since: millis(0), rampMs: 2 * MINUTE },
  ...more,
})
const at = (intent: DrainIntent, ...minutes: number[]) =>
  minutes.map(minute => drainShare(intent, millis(minute * MINUTE)))

describe('the share that a drain turns away', () => {
  it('goes there in twenty steps, the first at once', () => {
    expect(at(drain(), 0, 0.0999, 0.1, 1, 1.89, 1.9, 2, 60)).toEqual([5, 5, 10, 55, 95, 100, 100, 100])
    expect(at(drain({ percent: 50 }), 0, 1, 2)).toEqual([2.5, 27.5, 50])
  })

  it('is all of it at once without a ramp', () => {
    expect(at(drain({ rampMs: 0, percent: 30 }), 0, 1)).toEqual([30, 30])
    const { rampMs, ...old } = drain()
    expect(at(old, 0)).toEqual([100])
    expect(rampMs).toBeGreaterThan(0)
  })

  it('comes back by the same ramp when its time is over', () => {
    const intent = drain({ until: millis(10 * MINUTE) })
    expect(at(intent, 9.999, 10, 11, 11.89, 11.9, 12)).toEqual([100, 95, 45, 5, 0, 0])
    expect(at(drain({ until: millis(10 * MINUTE), rampMs: 0 }), 9.999, 10)).toEqual([100, 0])
  })

  it('comes back from where it got when its time is shorter than its ramp', () => {
    expect(at(drain({ until: millis(MINUTE) }), 0.99, 1, 2, 3)).toEqual([50, 52.25, 24.75, 0])
  })

  it('goes on from the share in force when another is given, up or down', () => {
    expect(at(drain({ from: 40 }), 0, 2)).toEqual([43, 100])
    expect(at(drain({ from: 80, percent: 0 }), 0, 1, 2)).toEqual([76, 36, 0])
  })

  it('has no step shorter than a second', () => {
    const intent = drain({ rampMs: 2_500 })
    expect([0, 1_249, 1_250, 2_499].map(ms => drainShare(intent, millis(ms)))).toEqual([50, 50, 100, 100])
    expect(drainShare(drain({ rampMs: 500 }), millis(0))).toBe(100)
  })

  it('has not begun where the clock of the leader lags behind', () => {
    expect(at(drain({ since: millis(MINUTE) }), 0)).toEqual([0])
  })

  it('never leaves 0..100, and never goes back while it rises', () => {
    const moments = fc.integer({ min: -1e6, max: 1e7 })
    const share = fc.integer({ min: 0, max: 100 })
    fc.assert(
      fc.property(share, share, fc.integer({ min: 0, max: 1e6 }), moments, moments, (from, percent, rampMs, a, b) => {
        const intent = drain({ from, percent, rampMs })
        const [early, late] = [Math.min(a, b), Math.max(a, b)].map(now => drainShare(intent, millis(now)))
        expect(early).toBeGreaterThanOrEqual(0)
        expect(late).toBeLessThanOrEqual(100)
        if (percent >= from) expect(late).toBeGreaterThanOrEqual(early!)
        else expect(late).toBeLessThanOrEqual(early!)
      }),
    )
  })
})

describe('a drain', () => {
  it('is over when it turns nobody away any more', () => {
    const intent = drain({ until: millis(10 * MINUTE) })
    expect([0, 10, 11, 12].map(minute => isOver(intent, millis(minute * MINUTE)))).toEqual([false, false, false, true])
    const restored = drain({ from: 50, percent: 0 })
    expect([0, 1, 2].map(minute => isOver(restored, millis(minute * MINUTE)))).toEqual([false, false, true])
    expect(isOver(drain({ since: millis(MINUTE) }), millis(0))).toBe(false)
  })

  it('takes the cluster out when it will turn all away, from its first step to its end', () => {
    const intent = drain({ until: millis(10 * MINUTE) })
    expect([0, 5, 10].map(minute => takesOut(intent, millis(minute * MINUTE)))).toEqual([true, true, false])
    expect(takesOut(drain({ percent: 99.9 }), millis(0))).toBe(false)
    expect(takesOut(drain({ from: 100, percent: 0 }), millis(0))).toBe(false)
  })
})
