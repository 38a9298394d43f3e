import { createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import type { LoadPull, LoadSource } from '../../../src/model/load-pull.ts'
import type { LoadSample } from '../../../src/model/signals.ts'
import { LoadPuller } from '../../../src/probe/load/puller.ts'
import { type Page, servePages } from '../../fixture/page-server.ts'
import { freePort } from '../../fixture/ports.ts'
import { until } from '../../fixture/until.ts'

const GAUGE: LoadSource = { kind: 'prometheus', metric: 'm', labels: {}, counter: false, factor: 1 }
const COUNTER: LoadSource = { ...GAUGE, counter: true }

function target(url: string, more: Partial<LoadPull> = {}): LoadPull {
  return { cluster: 'icn-kt', url, source: GAUGE, interval: millis(10_000), timeout: millis(20_000), ...more }
}

/** A puller under a clock of its own, its timer at rest: the test says when it looks round. */
function begin(first: readonly LoadPull[]) {
  const world = { now: 1_000_000, leads: true, targets: first }
  const samples: LoadSample[] = []
  const logged: string[] = []
  const puller = new LoadPuller({
    targets: () => world.targets,
    isLeader: () => world.leads,
    put: async sample => void samples.push(sample),
    now: () => world.now,
    log: (level, message) => logged.push(`${level} ${message}`),
  })
  onTestFinished(() => puller.stop())
  const tries = () => puller.report().reduce((sum, { readings, failures }) => sum + readings + failures, 0)
  /** Lets time pass, and waits until so many tries have ended. */
  const pass = async (ms: number, ended: number) => {
    world.now += ms
    const before = tries()
    puller.tick()
    await until(`${ended} tries`, () => tries() >= before + ended, 10_000, 5)
  }
  return { world, puller, samples, logged, pass, tries }
}

const values = (samples: readonly LoadSample[]) => samples.map(({ value }) => value)

describe('a reading', () => {
  test('becomes the load of the cluster, or of the server that it is of', async () => {
    const { url } = await servePages({ '/a': 'm 5', '/b': 'm 6' })
    const { pass, samples } = begin([target(`${url}/a`), target(`${url}/b`, { server: 'icn-kt-1' })])
    await pass(0, 1)
    await pass(2_500, 1)
    expect(samples).toEqual([
      { cluster: 'icn-kt', value: 5, at: 1_000_000 },
      { cluster: 'icn-kt', server: 'icn-kt-1', value: 6, at: 1_002_500 },
    ])
  })

  test('asks for plain text, uncompressed, on a connection of its own', async () => {
    let headers: Record<string, unknown> = {}
    const { url } = await servePages({
      '/': ({ headers: given }, response) => {
        headers = given
        response.end('m 1')
      },
    })
    const { pass } = begin([target(`${url}/`)])
    await pass(0, 1)
    expect(headers).toMatchObject({ 'accept-encoding': 'identity', connection: 'close' })
    expect(headers.accept).toMatch(/^text\/plain;version=0\.0\.4/)
  })

  test('of stub_status is without the connection it came by', async () => {
    const page =
      'Active connections: 8 \nserver accepts handled requests\n 10 10 20 \nReading: 0 Writing: 1 Waiting: 7 \n'
    const { url } = await servePages({ '/': page })
    const { pass, samples } = begin([target(`${url}/`, { source: { kind: 'stub-status', count: 'connections' } })])
    await pass(0, 1)
    expect(values(samples)).toEqual([7])
  })
})

describe('turns', () => {
  test('targets are spread over half an interval, then each comes once an interval', async () => {
    const { url, asked } = await servePages({ '/0': 'm 1', '/1': 'm 1', '/2': 'm 1', '/3': 'm 1' })
    const { pass, tries, world, puller } = begin([0, 1, 2, 3].map(i => target(`${url}/${i}`)))
    await pass(0, 1)
    puller.tick()
    expect(tries()).toBe(1)
    for (let i = 0; i < 3; i++) await pass(1_250, 1)
    expect(asked).toEqual({ '/0': 1, '/1': 1, '/2': 1, '/3': 1 })
    world.now += 10_000 - 3 * 1_250 - 1
    puller.tick()
    expect(tries()).toBe(4)
    await pass(1, 1)
    expect(asked['/0']).toBe(2)
  })

  test('a counter is read a second time half an interval after the first: its rate is known within one', async () => {
    const pages: Record<string, Page> = { '/': 'm 100' }
    const { url } = await servePages(pages)
    const { pass, samples } = begin([target(`${url}/`, { source: COUNTER })])
    await pass(0, 1)
    expect(samples).toEqual([])
    pages['/'] = 'm 150'
    await pass(5_000, 1)
    expect(values(samples)).toEqual([10])
  })

  test('a target that is slow is not asked again before its answer', async () => {
    const waiting: (() => void)[] = []
    const { url, asked } = await servePages({ '/': (_, response) => void waiting.push(() => response.end('m 1')) })
    const { world, puller, tries } = begin([target(`${url}/`, { timeout: millis(20_000) })])
    puller.tick()
    await until('the question', () => asked['/'] === 1, 5_000, 5)
    world.now += 60_000
    puller.tick()
    puller.tick()
    waiting[0]!()
    await until('the answer', () => tries() === 1, 5_000, 5)
    expect(asked['/']).toBe(1)
  })

  test('only the leader reads; whoever takes over knows nothing of before', async () => {
    const pages: Record<string, Page> = { '/': 'm 100' }
    const { url, asked } = await servePages(pages)
    const { world, puller, pass, samples } = begin([target(`${url}/`, { source: COUNTER })])
    world.leads = false
    puller.tick()
    expect([asked, puller.report()]).toEqual([{}, []])
    world.leads = true
    await pass(0, 1)
    world.leads = false
    puller.tick()
    world.leads = true
    pages['/'] = 'm 1000000'
    await pass(20_000, 1)
    expect(samples).toEqual([])
    pages['/'] = 'm 1000050'
    await pass(5_000, 1)
    expect(values(samples)).toEqual([10])
  })

  test('a reload keeps what was read of targets that stay, and forgets the others', async () => {
    const pages: Record<string, Page> = { '/a': 'm 100', '/b': 'm 7' }
    const { url } = await servePages(pages)
    const stays = target(`${url}/a`, { source: COUNTER })
    const { world, pass, samples, puller } = begin([stays])
    await pass(0, 1)
    world.targets = [{ ...stays }, target(`${url}/b`, { cluster: 'nrt-ix' })]
    pages['/a'] = 'm 150'
    await pass(5_000, 1)
    await pass(2_500, 1)
    expect(values(samples)).toEqual([10, 7])
    world.targets = []
    puller.tick()
    expect(puller.report().map(({ cluster, targets }) => [cluster, targets])).toEqual([
      ['icn-kt', 0],
      ['nrt-ix', 0],
    ])
  })

  test('an end does not wait for an answer', async () => {
    const { url, asked } = await servePages({ '/': () => {} })
    const { puller, logged } = begin([target(`${url}/`, { timeout: millis(60_000) })])
    puller.tick()
    await until('the question', () => asked['/'] === 1, 5_000, 5)
    await puller.stop()
    expect(logged).toEqual([])
  })
})

describe('a target that gives no figure', () => {
  const endless =
    (chunk: string): Page =>
    (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    }

  test.each<[string, Page, string]>([
    ['another status', (_, r) => r.writeHead(503).end('m 1'), 'answers with 503'],
    ['a redirect', (_, r) => r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'answers with 302'],
    ['silence', () => {}, 'does not answer within 300 ms'],
    ['a page that never ends', endless(`${'x'.repeat(1000)}\n`.repeat(60)), 'has a page of more than 16777216 octets'],
    ['a line that never ends', endless('x'.repeat(60_000)), 'has a line of more than 65536 characters'],
    ['a page in drops', (_, r) => void r.write('m 1\n'), 'does not answer within 300 ms'],
    [
      'a page that is cut off',
      (_, r) => void r.writeHead(200, { 'content-length': 99 }).write('m 1\n', () => r.destroy()),
      'breaks the connection off',
    ],
    [
      'compressed octets',
      (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('m 1')),
      'answers in gzip',
    ],
    ['no such metric', 'up 1', 'has no m'],
    ['NaN', 'm NaN', 'says NaN for m'],
    ['more than any network carries', 'm 1e300', 'says 1e+300, more than any load'],
    [
      'octets that are no text',
      (_, r) => r.end(Buffer.from([0x6d, 0x20, 0xff, 0xfe, 0x0a])),
      'line 1 is no sample of m',
    ],
  ])('%s', async (_, page, fault) => {
    const { url } = await servePages({ '/': page })
    const timeout = millis(fault.includes('300 ms') ? 300 : 20_000)
    const { pass, samples, puller, logged } = begin([target(`${url}/`, { timeout })])
    await pass(0, 1)
    expect(samples).toEqual([])
    expect(puller.report()).toEqual([
      { cluster: 'icn-kt', targets: 1, failing: 1, readings: 0, failures: 1, fault: `${url}/ ${fault}` },
    ])
    expect(logged).toEqual([`warn load of icn-kt cannot be read: ${url}/ ${fault}`])
  })

  test('nobody listens; somebody who speaks no HTTP', async () => {
    const babel = createServer(socket => socket.end('SSH-2.0-x\r\n'))
    const port = await freePort()
    await new Promise<void>(resolve => babel.listen(port, '127.0.0.1', resolve))
    onTestFinished(() => void babel.close())
    const closed = await freePort()
    const of = async (at: number) => {
      const { pass, puller } = begin([target(`http://127.0.0.1:${at}/`)])
      await pass(0, 1)
      return puller.report()[0]!.fault
    }
    expect(await of(closed)).toBe(`http://127.0.0.1:${closed}/ refuses the connection`)
    expect(await of(port)).toMatch(/fails: .*(HPE|Parse)/)
  })

  test('is told once in the log, is an alarm after a while, and is over with the next figure', async () => {
    const pages: Record<string, Page> = {}
    const { url } = await servePages(pages)
    const { pass, puller, logged, samples } = begin([
      target(`${url}/a`, { server: 's1' }),
      target(`${url}/b`, { server: 's2' }),
    ])
    pages['/b'] = 'm 1'
    await pass(0, 1)
    await pass(2_500, 1)
    await pass(10_000, 2)
    expect(puller.alarms()).toEqual([])
    await pass(10_000, 2)
    expect(logged).toEqual([`warn load of icn-kt cannot be read: s1 (${url}/a) answers with 404`])
    expect(puller.alarms()).toEqual([
      `load of icn-kt cannot be read (1 of 2 addresses): s1 (${url}/a) answers with 404`,
    ])
    pages['/a'] = 'm 2'
    await pass(10_000, 2)
    expect(puller.alarms()).toEqual([])
    expect(logged[1]).toBe(`info load of icn-kt can be read again after 33 s: s1 (${url}/a)`)
    expect(samples.filter(({ server }) => server === 's1')).toHaveLength(1)
  })

  test('one that the store does not take counts as failed, and the next is taken', async () => {
    const { url } = await servePages({ '/': 'm 1' })
    let away = true
    const puller = new LoadPuller({
      targets: () => targets,
      isLeader: () => true,
      put: async () => {
        if (away) throw new Error('the store is away')
      },
      now: () => now,
      log: () => {},
    })
    const targets = [target(`${url}/`)]
    let now = 1_000_000
    onTestFinished(() => puller.stop())
    puller.tick()
    await until('the failure', () => puller.report()[0]?.failures === 1, 5_000, 5)
    away = false
    now += 10_000
    puller.tick()
    await until('the reading', () => puller.report()[0]?.readings === 1, 5_000, 5)
  })
})
