import { afterEach, describe, expect, it } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import type { HealthReport, HealthVerdict } from '../../../src/model/health.ts'
import { HEALTH_CAUSES } from '../../../src/model/health.ts'
import type { HealthChecks, MonitorSettings } from '../../../src/model/health-checks.ts'
import { HealthMonitor } from '../../../src/probe/health/monitor.ts'
import { freePort } from '../../fixture/ports.ts'
import { until } from '../../fixture/until.ts'
import { Servers, V6 } from './servers.ts'

const servers = new Servers()
let monitor: HealthMonitor | undefined
afterEach(() => {
  monitor?.stop()
  servers.close()
})

/** Checks twenty times a second and judges soon: the tests wait for verdicts, not for the usual intervals. */
const QUICK: HealthChecks = {
  families: [4, 6],
  interval: millis(50),
  timeout: millis(300),
  rules: { fall: { failures: 3, of: 5 }, rise: 3 },
}
const http = (port: number): HealthChecks => ({
  ...QUICK,
  http: { path: '/', port, status: [{ first: 200, last: 299 }], tls: null },
})

interface OneServer {
  readonly id: string
  readonly ipv4?: string
  readonly ipv6?: string
}
const settings = (list: readonly OneServer[], health: HealthChecks): MonitorSettings => ({
  name: 'ns1',
  noticeBlindness: true,
  perSecond: 5_000,
  concurrency: 1_000,
  clusters: [{ id: 'a', servers: list, health }],
})

function start(wish: MonitorSettings) {
  const reports: HealthReport[] = []
  const logged: string[] = []
  monitor = new HealthMonitor(wish, {
    report: async report => {
      reports.push(report)
      return 'kept'
    },
    log: (_level, message) => logged.push(message),
  })
  return { monitor, reports, logged }
}

/** What somebody knows who only follows the reports. */
function told(reports: readonly HealthReport[]): Map<string, HealthVerdict> {
  const known = new Map<string, HealthVerdict>()
  for (const { whole, verdicts } of reports) {
    if (whole) known.clear()
    for (const verdict of verdicts) known.set(`${verdict.server}/${verdict.family}`, verdict)
  }
  return known
}

describe('a monitor before whose eyes everything fails at once', () => {
  const three = (health: HealthChecks, noticeBlindness: boolean): MonitorSettings => ({
    ...settings([], health),
    noticeBlindness,
    clusters: ['a', 'b', 'c'].map(id => ({
      id,
      servers: [1, 2].map(i => ({ id: `${id}${i}`, ipv4: '127.0.0.1' })),
      health,
    })),
  })
  const ups = (reports: readonly HealthReport[]) =>
    [...told(reports).values()].filter(({ up }) => up).sort((a, b) => (a.server < b.server ? -1 : 1))

  it('says that it is blind, and once it sees again that nothing has changed', async () => {
    let status = 200
    const port = await servers.http((_, reply) => reply.writeHead(status).end())
    const { reports, logged } = start(three(http(port), true))
    await until('all up', () => ups(reports).length === 6)
    const before = ups(reports)
    status = 503
    await until('blind', () => reports.at(-1)!.blind?.[0] === 4)
    await until('what it sees is told', () => told(reports).size === 6 && ups(reports).length === 0)
    status = 200
    await until('it sees', () => reports.at(-1)!.blind === undefined)
    expect(reports.at(-1)!.whole).toBe(true)
    expect(ups(reports)).toEqual(before)
    const said = logged.map(line => line.split(':')[0]).filter(head => head?.endsWith('by IPv4'))
    expect(said).toEqual(['blind by IPv4', 'sees again by IPv4'])
  })

  it('says that all are down when it is told so', async () => {
    let status = 200
    const port = await servers.http((_, reply) => reply.writeHead(status).end())
    const { reports } = start(three(http(port), false))
    await until('all up', () => ups(reports).length === 6)
    status = 503
    await until('all down', () => told(reports).size === 6 && ups(reports).length === 0)
    expect(reports.some(({ blind }) => blind !== undefined)).toBe(false)
  })
})

describe('a server is', () => {
  it('unknown, then up, then down with the cause, then up again, as its reports say', async () => {
    let status = 200
    const port = await servers.http((_, reply) => reply.writeHead(status).end())
    const { reports } = start(settings([{ id: 's1', ipv4: '127.0.0.1' }], http(port)))
    await until('a report', () => reports.length > 0)
    expect(reports[0]).toMatchObject({ monitor: 'ns1', whole: true })
    const state = (up: boolean) => until(up ? 'up' : 'down', () => told(reports).get('s1/4')?.up === up)
    await state(true)
    expect(told(reports).get('s1/4')).toMatchObject({ server: 's1', family: 4, up: true, cause: null })
    status = 503
    await state(false)
    expect(told(reports).get('s1/4')).toMatchObject({ up: false, cause: 'status' })
    status = 204
    await state(true)
    expect(told(reports).get('s1/4')).toMatchObject({ up: true, cause: null })
    const since = told(reports).get('s1/4')!.since
    expect(Math.abs(since - Date.now())).toBeLessThan(10_000)
  })

  it('judged for each family by itself, of those that it has and that are checked', async () => {
    const port = await servers.http((_, reply) => reply.end(), V6)
    const both = { ipv4: '127.0.0.1', ipv6: '::1' }
    const { reports, monitor: own } = start(
      settings(
        [
          { id: 's1', ...both },
          { id: 's2', ipv6: '::1' },
        ],
        http(port),
      ),
    )
    await until('three verdicts', () => told(reports).size === 3)
    const up = Object.fromEntries([...told(reports)].map(([key, verdict]) => [key, [verdict.up, verdict.cause]]))
    expect(up).toEqual({ 's1/4': [false, 'refused'], 's1/6': [true, null], 's2/6': [true, null] })
    own.configure(settings([{ id: 's1', ...both }], { ...http(port), families: [6] }))
    await until('one verdict', () => told(reports).size === 1)
    expect([...told(reports).keys()]).toEqual(['s1/6'])
  })

  it('down when one of several checks fails', async () => {
    const port = await servers.http((_, reply) => reply.end())
    const closed = await freePort()
    const { reports, monitor: own } = start(
      settings([{ id: 's1', ipv4: '127.0.0.1' }], { ...http(port), tcp: { port: closed } }),
    )
    await until('down', () => told(reports).get('s1/4')?.up === false)
    expect(told(reports).get('s1/4')?.cause).toBe('refused')
    own.configure(settings([{ id: 's1', ipv4: '127.0.0.1' }], { ...http(port), tcp: { port } }))
    await until('up', () => told(reports).get('s1/4')?.up === true)
  })

  it('not judged at all while its authorities cannot be read', async () => {
    const tls = { verify: true, ca: '/nowhere.pem', validFor: millis(0) }
    const checks: HealthChecks = { ...QUICK, http: { path: '/', port: 1, status: [], tls } }
    const { monitor: own, logged } = start(settings([{ id: 's1', ipv4: '127.0.0.1' }], checks))
    await until('checks that said nothing', () => own.counts()[0]!.unjudged >= 3)
    expect(own.verdicts()).toEqual([])
    expect(own.summary()).toMatchObject({ checks: 0 })
    expect(logged).toEqual([
      expect.stringContaining('health checks that trust /nowhere.pem say nothing: ENOENT'),
      'health checks say nothing of some servers: /nowhere.pem cannot be read',
    ])
  })
})

describe('a new configuration', () => {
  it('keeps what is known of a server whose address stays, and forgets it where that is another', async () => {
    const port = await servers.http((_, reply) => reply.end())
    const list = [
      { id: 's1', ipv4: '127.0.0.1' },
      { id: 's2', ipv4: '127.0.0.1' },
    ]
    const { monitor: own, reports } = start(settings(list, http(port)))
    await until('both up', () => own.verdicts().length === 2)
    const [kept] = own.verdicts()
    const slow: HealthChecks = {
      ...http(port),
      interval: millis(60_000),
      http: { ...http(port).http!, path: '/other' },
    }
    own.configure(settings([list[0]!, { id: 's2', ipv4: '127.0.0.2' }, { id: 's3', ipv4: '127.0.0.1' }], slow))
    expect(own.verdicts()).toEqual([kept])
    const before = reports.length
    await until('a whole report', () => reports.slice(before).some(({ whole }) => whole))
    expect([...told(reports).values()]).toEqual([kept])
    own.configure(settings([], slow))
    expect([own.verdicts(), own.counts()]).toEqual([[], []])
  })

  it('without a server, or with a longer interval, asks it no more, and a check under way says nothing', async () => {
    const asked = [0, 0, 0]
    const listen = (i: number, delayMs: number) =>
      servers.http((_, reply) => {
        asked[i]!++
        setTimeout(() => reply.writeHead(i === 0 ? 500 : 200).end(), delayMs)
      })
    const ports = [await listen(0, 100), await listen(1, 0), await listen(2, 0)]
    const cluster = (i: number, more: Partial<HealthChecks> = {}) => ({
      id: `c${i}`,
      servers: [{ id: `s${i}`, ipv4: '127.0.0.1' }],
      health: { ...http(ports[i]!), rules: { fall: { failures: 1, of: 1 }, rise: 100 }, ...more },
    })
    const wish = { ...settings([], QUICK), clusters: [cluster(0), cluster(1), cluster(2)] }
    const { monitor: own, reports } = start(wish)
    await until('all to be asked', () => asked.every(count => count > 0), 5_000, 1)
    own.configure({ ...wish, clusters: [cluster(1, { interval: millis(60_000) }), cluster(2)] })
    const before = [...asked]
    const count = reports.length
    await until('the third to be asked', () => asked[2]! > before[2]! + 10)
    expect(asked[0]! - before[0]!).toBeLessThanOrEqual(1)
    expect(asked[1]! - before[1]!).toBeLessThanOrEqual(2)
    expect(told(reports.slice(count)).size).toBe(0)
  })

  it('of another name speaks under that name, from the beginning', async () => {
    const port = await servers.http((_, reply) => reply.end())
    const wish = settings([{ id: 's1', ipv4: '127.0.0.1' }], http(port))
    const { monitor: own, reports } = start(wish)
    await until('up', () => told(reports).size === 1)
    own.configure({ ...wish, name: 'ns2', place: 'fra' })
    await until('the new name', () => reports.some(({ monitor: name }) => name === 'ns2'))
    const { at, ...first } = reports.find(({ monitor: name }) => name === 'ns2')!
    expect(first).toEqual({ monitor: 'ns2', place: 'fra', whole: true, verdicts: own.verdicts() })
  })
})

describe('while this process is held up', () => {
  const block = (ms: number): void => {
    const end = performance.now() + ms
    while (performance.now() < end);
  }

  it('no failure counts against a server', async () => {
    let stalls = false
    const later = (step: () => void) => setTimeout(step, 20)
    // It answers in two steps, so that no reply can be waiting when the hold-up is over.
    const port = await servers.http((_, reply) => {
      later(() => later(() => reply.end()))
      if (stalls) setImmediate(() => block(300))
    })
    const { monitor: own } = start(settings([{ id: 's1', ipv4: '127.0.0.1' }], { ...http(port), timeout: millis(250) }))
    await until('up', () => own.verdicts()[0]?.up === true)
    stalls = true
    await until('checks that said nothing', () => own.counts()[0]!.unjudged >= 6)
    expect(own.verdicts()[0]?.up).toBe(true)
    expect(own.counts()[0]!.failures).toEqual(HEALTH_CAUSES.map(() => 0))
  })

  it('a server that is silent is still found out by the other checks', async () => {
    const deaf = await servers.raw(() => undefined)
    const { monitor: own } = start(settings([{ id: 's1', ipv4: '127.0.0.1' }], { ...http(deaf), timeout: millis(200) }))
    const stall = setInterval(() => block(150), 1_000)
    await until('down', () => own.verdicts()[0]?.up === false)
    clearInterval(stall)
    expect(own.verdicts()[0]?.cause).toBe('timeout')
  })
})

it('counts what was asked, what went wrong, and how long the good checks took', async () => {
  let healthy = true
  const port = await servers.http((_, reply) => reply.writeHead(healthy ? 200 : 500).end())
  const { monitor: own } = start(settings([{ id: 's1', ipv4: '127.0.0.1' }], http(port)))
  await until('up', () => own.verdicts()[0]?.up === true)
  healthy = false
  await until('down', () => own.verdicts()[0]?.up === false)
  const [counts] = own.counts()
  expect(counts).toMatchObject({ cluster: 'a', family: 4, unjudged: 0 })
  expect(counts!.failures[HEALTH_CAUSES.indexOf('status')]).toBeGreaterThanOrEqual(3)
  expect(counts!.ok).toBeGreaterThanOrEqual(3)
  expect(counts!.times.reduce((sum, count) => sum + count)).toBe(counts!.ok)
  expect(counts!.seconds).toBeGreaterThan(0)
  expect(own.summary()).toMatchObject({ targets: 1, up: 0, down: 1, unjudged: 0, failedReports: 0 })
})

it('warns where the budget is too small, and is silent once it is stopped', async () => {
  const port = await servers.http((_, reply) => reply.end())
  const wish = settings(
    [
      { id: 's1', ipv4: '127.0.0.1' },
      { id: 's2', ipv4: '127.0.0.2' },
    ],
    http(port),
  )
  const { monitor: own, reports, logged } = start({ ...wish, perSecond: 10 })
  expect(logged).toEqual(['40 checks/s are configured, monitor.perSecond allows 10: checks are late'])
  await until('a report', () => reports.length > 0)
  own.stop()
  const { checks } = own.summary()
  const count = reports.length
  await new Promise(done => setTimeout(done, 300))
  expect([own.summary().checks, reports.length]).toEqual([checks, count])
})
