import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LoopLag } from '../../../src/probe/health/loop-lag.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

it('counts the time in which no timer could run, also the one that lasts yet', async () => {
  const lag = new LoopLag(() => Date.now())
  await vi.advanceTimersByTimeAsync(500)
  expect(lag.totalMs()).toBe(0)
  vi.setSystemTime(Date.now() + 300)
  const seen = lag.totalMs()
  expect(seen).toBeGreaterThan(260)
  expect(seen).toBeLessThanOrEqual(300)
  await vi.advanceTimersByTimeAsync(500)
  expect(Math.abs(lag.totalMs() - seen)).toBeLessThanOrEqual(20)
  lag.stop()
  expect(vi.getTimerCount()).toBe(0)
})
