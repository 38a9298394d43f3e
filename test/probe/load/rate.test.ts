import { describe, expect, test } from 'vitest'
import { LoadMeter } from '../../../src/probe/load/rate.ts'

const reading = (figures: Record<string, number>, more: { at?: number; own?: number } = {}) => ({
  series: new Map(Object.entries(figures)),
  at: more.at ?? null,
  own: more.own ?? 0,
})

describe('a gauge', () => {
  test('is the sum of its series times the factor, at once', () => {
    expect(new LoadMeter(false, 8).take(reading({ a: 2, b: 3 }), 1000)).toEqual({ value: 40, at: 1000 })
  })

  test('is without what looking at it adds, and never below nothing', () => {
    expect(new LoadMeter(false, 1).take(reading({ a: 5 }, { own: 1 }), 1000)?.value).toBe(4)
    expect(new LoadMeter(false, 1).take(reading({ a: 0 }, { own: 1 }), 1000)?.value).toBe(0)
  })

  test('that shows a figure of before again is no news; one from the future is of now', () => {
    const meter = new LoadMeter(false, 1)
    expect(meter.take(reading({ a: 5 }, { at: 900 }), 1000)).toEqual({ value: 5, at: 900 })
    expect(meter.take(reading({ a: 5 }, { at: 900 }), 6000)).toBeNull()
    expect(meter.take(reading({ a: 6 }, { at: 99_000 }), 11_000)).toEqual({ value: 6, at: 11_000 })
  })
})

describe('counters', () => {
  test('give no load before the second reading, then their growth per second', () => {
    const meter = new LoadMeter(true, 8)
    expect([meter.isReady, meter.take(reading({ a: 1_000_000, b: 50 }), 10_000), meter.isReady]).toEqual([
      false,
      null,
      true,
    ])
    expect(meter.take(reading({ a: 1_000_500, b: 150 }), 12_000)).toEqual({ value: 2400, at: 12_000 })
  })

  test('that stand still are a load of nothing', () => {
    const meter = new LoadMeter(true, 1)
    meter.take(reading({ a: 7 }), 0)
    expect(meter.take(reading({ a: 7 }), 5000)).toEqual({ value: 0, at: 5000 })
  })

  test('one that starts anew hides behind no other: no load, then again from there', () => {
    const meter = new LoadMeter(true, 1)
    meter.take(reading({ a: 1000, b: 1000 }), 0)
    expect(meter.take(reading({ a: 5, b: 9000 }), 5000)).toBeNull()
    expect(meter.take(reading({ a: 10, b: 9005 }), 10_000)).toEqual({ value: 2, at: 10_000 })
  })

  test('one that is new counts from its next reading on, one that is gone no more', () => {
    const meter = new LoadMeter(true, 1)
    meter.take(reading({ a: 0, gone: 10 }), 0)
    expect(meter.take(reading({ a: 5, new: 1_000_000 }), 1000)?.value).toBe(5)
    expect(meter.take(reading({ a: 10, new: 1_000_020 }), 2000)?.value).toBe(25)
  })

  test('of which none was there before are a first reading, not a load of nothing', () => {
    const meter = new LoadMeter(true, 1)
    meter.take(reading({ a: 0 }), 0)
    expect(meter.take(reading({ b: 5 }), 1000)).toBeNull()
  })

  test('that were not read for long say nothing of now', () => {
    const meter = new LoadMeter(true, 1)
    meter.take(reading({ a: 0 }), 0)
    expect(meter.take(reading({ a: 1e9 }), 31_000)).toBeNull()
    expect(meter.take(reading({ a: 1e9 + 10 }), 32_000)?.value).toBe(10)
  })

  test('go by the time that the source gives; the same figures again are no news', () => {
    const meter = new LoadMeter(true, 1)
    meter.take(reading({ a: 0 }, { at: 1000 }), 1100)
    expect(meter.take(reading({ a: 0 }, { at: 1000 }), 2000)).toBeNull()
    expect(meter.take(reading({ a: 100 }, { at: 11_000 }), 15_000)).toEqual({ value: 10, at: 11_000 })
  })

  test('are without our own request', () => {
    const meter = new LoadMeter(true, 1)
    meter.take(reading({ requests: 41 }, { own: 1 }), 0)
    expect(meter.take(reading({ requests: 42 }, { own: 1 }), 1000)?.value).toBe(0)
    expect(meter.take(reading({ requests: 53 }, { own: 1 }), 2000)?.value).toBe(10)
  })
})
