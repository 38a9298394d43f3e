import { existsSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import type { HealthReport } from '../../../src/model/health.ts'
import type { MonitorSettings } from '../../../src/model/health-checks.ts'
import { MonitorThread } from '../../../src/probe/health/monitor-thread.ts'
import { freePort } from '../../fixture/ports.ts'
import { until } from '../../fixture/until.ts'
import { Servers } from './servers.ts'

/** The thread runs built code, as in `serve`. */
const ENTRY = new URL('../../../dist/probe/health/thread.js', import.meta.url)
const MORTAL = new URL('./fixture/mortal-thread.mjs', import.meta.url)

const servers = new Servers()
let monitor: MonitorThread | undefined
afterEach(async () => {
  await monitor?.stop()
  servers.close()
})

const settings = (port: number): MonitorSettings => ({
  name: 'ns1',
  noticeBlindness: true,
  perSecond: 5_000,
  concurrency: 1_000,
  clusters: [
    {
      id: 'a',
      servers: [{ id: 's1', ipv4: '127.0.0.1' }],
      health: {
        tcp: { port },
        families: [4],
        interval: millis(50),
        timeout: millis(1_000),
        rules: { fall: { failures: 3, of: 5 }, rise: 3 },
      },
    },
  ],
})

function start(entry: URL, answer: (report: HealthReport) => Promise<'kept' | 'incomplete'> = async () => 'kept') {
  const reports: HealthReport[] = []
  const logged: string[] = []
  monitor = new MonitorThread(
    {
      report: report => {
        reports.push(report)
        return answer(report)
      },
      log: (_level, message) => logged.push(message),
    },
    entry,
  )
  return { monitor, reports, logged }
}

const says = (reports: readonly HealthReport[], up: boolean) => () =>
  reports.some(({ verdicts }) => verdicts.some(verdict => verdict.up === up))

it('runs the checks in a thread: reports, counts, new settings, an end', async () => {
  expect(existsSync(ENTRY), 'npx tsc -p tsconfig.build.json first').toBe(true)
  const port = await servers.raw(() => undefined)
  const { monitor: own, reports } = start(ENTRY)
  own.configure(settings(port))
  await until('up', says(reports, true))
  await until('counts', () => own.counts.length === 1)
  expect(own.counts[0]).toMatchObject({ cluster: 'a', family: 4, unjudged: 0 })
  expect(own.summary).toMatchObject({ targets: 1, up: 1 })
  own.configure(settings(await freePort()))
  await until('down', says(reports, false))
  own.configure({ ...settings(port), clusters: [] })
  expect([own.counts, own.summary]).toEqual([[], null])
  const count = reports.length
  await new Promise(done => setTimeout(done, 300))
  expect(reports.length).toBe(count)
})

it('what becomes of a report comes back to the thread: after one that was not kept comes a whole one', async () => {
  const port = await servers.raw(() => undefined)
  let fault: 'none' | 'incomplete' | 'away' = 'none'
  const {
    monitor: own,
    reports,
    logged,
  } = start(ENTRY, async () => {
    if (fault === 'away') throw new Error('the store is away')
    return fault === 'none' ? 'kept' : 'incomplete'
  })
  const whole = () => reports.filter(report => report.whole).length
  own.configure(settings(port))
  await until('up', says(reports, true))
  const first = whole()
  fault = 'incomplete'
  await until('a whole report', () => whole() > first)
  fault = 'away'
  await until('a complaint', () => logged.includes('health reports are not kept: the store is away'))
  fault = 'none'
  await until('relief', () => logged.includes('health reports are kept again'))
  expect(reports.at(-1)?.whole).toBe(true)
  const before = whole()
  own.tellAll()
  await until('a whole report', () => whole() > before)
})

it('a thread that dies is started again with the settings in force', async () => {
  const { monitor: own, reports, logged } = start(MORTAL)
  own.configure(settings(1))
  await until('a second life', () => reports.length === 2)
  expect(own.restarts).toBeGreaterThanOrEqual(1)
  expect(reports.map(({ monitor: name }) => name)).toEqual(['ns1', 'ns1'])
  expect(logged[0]).toBe('the health monitor died: on purpose')
  await own.stop()
  const { restarts } = own
  own.configure(settings(1))
  await new Promise(done => setTimeout(done, 1_300))
  expect([own.restarts, reports.length]).toEqual([restarts, 2])
})
