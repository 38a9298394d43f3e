import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import type { Family } from '../../../src/base/ip.ts'
import type { HealthReport, HealthVerdict } from '../../../src/model/health.ts'
import { Reporter } from '../../../src/probe/health/reporter.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const verdict = (server: string, up = true): HealthVerdict => ({
  server,
  family: 4,
  up,
  since: millis(1),
  cause: up ? null : 'timeout',
})

/** A reporter whose receiver does what `receive` says; all verdicts are `all`. */
function reporting(receive: (report: HealthReport) => Promise<'kept' | 'incomplete'> = async () => 'kept') {
  const reports: HealthReport[] = []
  const logged: string[] = []
  const all: HealthVerdict[] = []
  const sight: { blind: readonly Family[] } = { blind: [] }
  const reporter = new Reporter({
    name: 'ns1',
    blind: () => sight.blind,
    all: () => all,
    send: report => {
      reports.push(report)
      return receive(report)
    },
    now: () => Date.now(),
    log: (_level, message) => logged.push(message),
  })
  reporter.start()
  return { reporter, reports, logged, all, sight }
}

const said = (reports: readonly HealthReport[]) =>
  reports.map(({ whole, verdicts }) =>
    `${whole ? 'whole' : 'changes'} ${verdicts.map(({ server, up }) => `${server}${up ? '+' : '-'}`).join(' ')}`.trim(),
  )

it('says everything at the start, then that it is there every 2 s', async () => {
  const { reports, all } = reporting()
  all.push(verdict('a'), verdict('b', false))
  await vi.advanceTimersByTimeAsync(6_500)
  expect(said(reports)).toEqual(['whole a+ b-', 'changes', 'changes', 'changes'])
  expect(reports.map(({ monitor }) => monitor)).toEqual(['ns1', 'ns1', 'ns1', 'ns1'])
})

it('says by which families it is blind, and everything anew once it sees by one again', async () => {
  const { reports, all, sight } = reporting()
  all.push(verdict('a'))
  await vi.advanceTimersByTimeAsync(500)
  sight.blind = [4, 6]
  await vi.advanceTimersByTimeAsync(2_000)
  sight.blind = [6]
  await vi.advanceTimersByTimeAsync(2_000)
  sight.blind = []
  await vi.advanceTimersByTimeAsync(2_000)
  expect(reports.map(({ blind }) => blind)).toEqual([undefined, [4, 6], [6], undefined])
  expect(said(reports)).toEqual(['whole a+', 'changes', 'whole a+', 'whole a+'])
})

it('tells changes within 100 ms of one another in one report, the last word of each server', async () => {
  const { reporter, reports } = reporting()
  await vi.advanceTimersByTimeAsync(500)
  reporter.change(verdict('a'))
  await vi.advanceTimersByTimeAsync(60)
  reporter.change(verdict('b'))
  reporter.change(verdict('a', false))
  expect(reports).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(40)
  expect(said(reports.slice(1))).toEqual(['changes a- b+'])
  await vi.advanceTimersByTimeAsync(1_999)
  expect(reports).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(said(reports.slice(2))).toEqual(['changes'])
})

it('after a report that was not kept comes a whole one, and one word of complaint and one of relief', async () => {
  let away = true
  const { reporter, reports, logged, all } = reporting(async () => {
    if (away) throw new Error('the store is away')
    return 'kept'
  })
  await vi.advanceTimersByTimeAsync(6_300)
  expect(said(reports)).toEqual(['whole', 'whole', 'whole', 'whole'])
  all.push(verdict('a'))
  away = false
  await vi.advanceTimersByTimeAsync(2_000)
  reporter.change(verdict('a', false))
  await vi.advanceTimersByTimeAsync(100)
  expect(said(reports.slice(4))).toEqual(['whole a+', 'changes a-'])
  expect(logged).toEqual(['health reports are not kept: the store is away', 'health reports are kept again'])
})

it('gives a whole report at once to a receiver that asks for one', async () => {
  let asks = false
  const { reporter, reports } = reporting(async () => (asks ? 'incomplete' : 'kept'))
  await vi.advanceTimersByTimeAsync(150)
  asks = true
  reporter.change(verdict('a'))
  await vi.advanceTimersByTimeAsync(100)
  asks = false
  await vi.advanceTimersByTimeAsync(100)
  expect(said(reports)).toEqual(['whole', 'changes a+', 'whole'])
  reporter.tellAll()
  await vi.advanceTimersByTimeAsync(100)
  expect(said(reports.slice(3))).toEqual(['whole'])
})

it('has one report under way at a time; what changes meanwhile waits, however long', async () => {
  const answers: (() => void)[] = []
  const { reporter, reports } = reporting(() => new Promise(done => answers.push(() => done('kept'))))
  await vi.advanceTimersByTimeAsync(100)
  for (const server of ['a', 'b', 'c']) {
    reporter.change(verdict(server))
    await vi.advanceTimersByTimeAsync(5_000)
  }
  expect(reports).toHaveLength(1)
  answers[0]!()
  await vi.advanceTimersByTimeAsync(100)
  expect(said(reports)).toEqual(['whole', 'changes a+ b+ c+'])
})

it('says everything anew every minute', async () => {
  const { reports, all } = reporting()
  all.push(verdict('a'))
  await vi.advanceTimersByTimeAsync(185_000)
  expect(said(reports).filter(text => text.startsWith('whole'))).toHaveLength(4)
})

it('never gives two reports of one moment, whatever the clock does', async () => {
  const { reporter, reports } = reporting()
  await vi.advanceTimersByTimeAsync(200)
  for (let i = 0; i < 5; i++) {
    vi.setSystemTime(900_000)
    reporter.change(verdict('a'))
    await vi.advanceTimersByTimeAsync(100)
  }
  const moments = reports.map(({ at }) => at)
  expect(moments).toEqual([...new Set(moments)].sort((a, b) => a - b))
  expect(moments).toHaveLength(6)
})

it('is silent once it is stopped', async () => {
  const { reporter, reports } = reporting()
  await vi.advanceTimersByTimeAsync(100)
  reporter.change(verdict('a'))
  reporter.stop()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(reports).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
})
