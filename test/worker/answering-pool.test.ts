import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BroadcastChannel } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashBytes } from '../../src/base/hash.ts'
import { listenUdp } from '../../src/listen/udp.ts'
import { COUNTER_BYTES, AT as TRAFFIC } from '../../src/model/counters.ts'
import { SKETCH_BYTES } from '../../src/model/demand-sketch.ts'
import { GAUGE_BYTES } from '../../src/model/gauges.ts'
import { QUERY_RING_BYTES } from '../../src/model/query-ring.ts'
import { RESOLVER_SKETCH_BYTES } from '../../src/model/resolver-sketch.ts'
import { openAnswering } from '../../src/worker/answering.ts'
import { AnsweringPool } from '../../src/worker/answering-pool.ts'
import { Backoff } from '../../src/worker/backoff.ts'
import { CRASH_RING_BYTES } from '../../src/worker/crash-ring.ts'
import type { AnsweringOptions } from '../../src/worker/protocol.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { until } from '../fixture/until.ts'

const ENTRY = new URL('./fixture/answerer.mjs', import.meta.url)
let folder = ''
let pool: AnsweringPool | undefined
let channel: BroadcastChannel
let log: string[] = []
beforeEach(() => {
  log = []
  channel = new BroadcastChannel('answerers')
  folder = mkdtempSync(join(tmpdir(), 'pool-'))
})
afterEach(async () => {
  await pool?.stop()
  pool = undefined
  channel.close()
  rmSync(folder, { recursive: true, force: true })
})

const COMMON = {
  addresses: [],
  tlsAddresses: [],
  settings: BARE_SETTINGS,
  nsid: '',
  udp: { maxPayload: 1232, receiveBuffer: 0, transport: 'dgram', addresses: [], xdp: [], queryWorkers: 1 },
  freebind: false,
  beside: false,
  tcp: { idleMs: 1000, messageMs: 1000, perAddress: 1, connections: 1 },
  ecs: true,
} as const

function poolOf(mode: string, swapLimitMs = 500): AnsweringPool {
  pool = new AnsweringPool({
    common: { ...COMMON, nsid: mode },
    queryWorkers: 1,
    crashFolder: join(folder, 'crash'),
    entry: ENTRY,
    swapLimitMs,
    log: (_, sentence) => log.push(sentence),
  })
  return pool
}

const voice = { note: () => {}, troubles: () => {} }
const tables = (generation: number) => ({
  generation,
  zones: new SharedArrayBuffer(8),
  map: new SharedArrayBuffer(8),
  live: new SharedArrayBuffer(8),
  zoneNumbers: new Uint32Array(0),
})
const tell = (role: string, act: string, more: object = {}) => channel.postMessage({ role, act, ...more })
const seat = (name: string) => pool!.statuses().find(status => status.name === name)!
/** The fake worker counts the threads that sat on its seat here. */
const lives = (name: string) => Object.values(seat(name).counters!.scalars)[1]!
const restarted = (name: string, times: number) =>
  until(`restart ${times} of ${name}`, () => seat(name).restarts === times && lives(name) === times + 1)
const generations = () => pool!.statuses().map(status => status.generation)

describe('the pool of answering threads', () => {
  it('a swap is done when every worker serves the new tables', async () => {
    await poolOf('good').start()
    await pool!.swap(tables(1))
    expect(generations()).toEqual([1, 1])
    await pool!.swap(tables(2))
    expect(generations()).toEqual([2, 2])
  })

  it('tables that kill a worker are refused, and the old ones are served again', async () => {
    await poolOf('die-on:2').start()
    await pool!.swap(tables(1))
    await expect(pool!.swap(tables(2))).rejects.toThrow('generation 2')
    await until('all workers to serve generation 1 again', () => generations().every(generation => generation === 1))
    await until('the dead to be restarted', () => pool!.statuses().every(status => status.restarts >= 1))
    await pool!.swap(tables(3))
    expect(generations()).toEqual([3, 3])
  })

  it('a worker that does not take new tables is ended before the swap is over', async () => {
    await poolOf('ignore:2').start()
    await pool!.swap(tables(1))
    await expect(pool!.swap(tables(2))).rejects.toThrow('generation 2')
    expect(pool!.statuses().map(status => status.restarts)).toEqual([1, 1])
  })

  it('does not start when an address cannot be bound, or a thread dies at once', async () => {
    const refused = await poolOf('fail')
      .start()
      .catch((error: unknown) => error)
    // `syscall`: a person is shown the sentence alone, without a stack.
    expect(refused).toMatchObject({
      message: expect.stringContaining('cannot listen on udp 127.0.0.1:53'),
      syscall: 'bind',
    })
    await pool!.stop()
    await expect(poolOf('die-at-start').start()).rejects.toThrow('died before it listened')
  })

  it('a swap waits for the last worker', async () => {
    await poolOf('hold:2:tcp', 10_000).start()
    await pool!.swap(tables(1))
    let done = false
    const swap = pool!.swap(tables(2)).then(() => {
      done = true
    })
    await until('query-0 to serve generation 2', () => seat('query-0').generation === 2)
    expect(done).toBe(false)
    tell('tcp', 'ack', { generation: 2 })
    await swap
    expect(generations()).toEqual([2, 2])
  })

  it('one laggard does not stop a swap: it is ended, and starts on the new tables', async () => {
    await poolOf('ignore:2:tcp').start()
    await pool!.swap(tables(1))
    await pool!.swap(tables(2))
    expect(seat('tcp').restarts).toBe(1)
    await until('tcp to be back', () => seat('tcp').generation === 2)
    expect(seat('query-0')).toMatchObject({ generation: 2, restarts: 0 })
  })

  it('one worker that dies of the tables is enough to refuse them; the others are back on the former ones when the swap rejects', async () => {
    await poolOf('die-on:2:tcp').start()
    await pool!.swap(tables(1))
    await expect(pool!.swap(tables(2))).rejects.toThrow('tcp died of generation 2: tables that kill')
    expect(seat('query-0')).toMatchObject({ generation: 1, restarts: 0 })
    await restarted('tcp', 1)
    await until('tcp on the former tables', () => seat('tcp').generation === 1)
  })

  it('a worker that is away does not stop a swap that another one serves, and comes back on the new tables', async () => {
    await poolOf('good').start()
    await pool!.swap(tables(1))
    tell('tcp', 'die')
    await until('tcp to be dead', () => seat('tcp').restarts === 1)
    await pool!.swap(tables(2))
    await until('tcp to be back', () => seat('tcp').generation === 2)
  })

  it('a swap with nobody alive waits for the first who comes back', async () => {
    await poolOf('good', 10_000).start()
    tell('tcp', 'die')
    tell('query', 'die')
    await until('both to be dead', () => pool!.statuses().every(status => status.restarts === 1))
    await pool!.swap(tables(1))
    await until('both to be back', () => generations().every(generation => generation === 1))
  })

  it('stopping ends a swap', async () => {
    await poolOf('hold:1:tcp', 10_000).start()
    const swap = pool!.swap(tables(1))
    const refused = expect(swap).rejects.toThrow('stopping')
    await pool!.stop()
    await refused
  })

  it('a dead worker is restarted and its counters go on', async () => {
    await poolOf('good').start()
    await pool!.swap(tables(1))
    tell('tcp', 'die')
    await restarted('tcp', 1)
    await pool!.swap(tables(2))
    expect(Object.values(seat('tcp').counters!.scalars).slice(0, 2)).toEqual([2, 2])
    expect(log).toContain('tcp died: exit code 9')
  })

  it('a message that killed two workers is dropped by the third, and each death leaves a file; the newest 20 stay', async () => {
    const crash = join(folder, 'crash')
    mkdirSync(crash)
    for (let i = 0; i < 30; i++) writeFileSync(join(crash, `tcp-${1000 + i}.txt`), '')
    await poolOf('good').start()
    await pool!.swap(tables(1))
    const message = Uint8Array.of(0xde, 0xad, 0xbe, 0xef)
    const deadly = { hash: hashBytes(message), message }
    for (const kill of [1, 2]) {
      tell('query', 'answer', deadly)
      await restarted('query-0', kill)
      await until('the thread to listen', () => log.filter(line => line === 'query-0 listens again').length === kill)
    }
    let dropped = 0
    channel.onmessage = () => dropped++
    tell('query', 'answer', deadly)
    await until('the message to be dropped', () => dropped === 1)
    expect(seat('query-0').restarts).toBe(2)
    const files = readdirSync(crash).sort()
    expect(files).toHaveLength(20)
    expect(files.slice(2)).toEqual(Array.from({ length: 18 }, (_, i) => `tcp-${1012 + i}.txt`))
    expect(readFileSync(join(crash, files[0]!), 'utf8')).toMatch(/^# .*query-0.*it died in the last one\ndeadbeef\n$/)
  })

  it('a worker that cannot bind again is tried until it can, and says so once', async () => {
    await poolOf('fail-again').start()
    tell('tcp', 'die')
    await restarted('tcp', 3)
    await until('tcp to listen', () => log.includes('tcp listens again'))
    expect(log.filter(line => line.startsWith('tcp does not start'))).toEqual([
      'tcp does not start and is tried again until it does: cannot listen on udp 127.0.0.1:53',
    ])
  })
})

describe('the answering thread', () => {
  const options = (more: Partial<AnsweringOptions>): AnsweringOptions => ({
    ...COMMON,
    role: 'query',
    number: 0,
    counters: new SharedArrayBuffer(COUNTER_BYTES),
    demand: new SharedArrayBuffer(SKETCH_BYTES),
    queryRing: new SharedArrayBuffer(QUERY_RING_BYTES),
    resolvers: new SharedArrayBuffer(RESOLVER_SKETCH_BYTES),
    gauges: new SharedArrayBuffer(GAUGE_BYTES),
    posted: new SharedArrayBuffer(4),
    sockets: new SharedArrayBuffer(4),
    crashRing: new SharedArrayBuffer(CRASH_RING_BYTES),
    poison: [],
    tables: null,
    ...more,
  })
  const udp = (port: number) =>
    listenUdp({ host: '127.0.0.1', port, respond: () => 0, traffic: { counters: new Float64Array(64), at: TRAFFIC } })

  it('holds no address when one of them cannot be bound', async () => {
    const free = await udp(0)
    const taken = await udp(0)
    const addresses = [free, taken].map(({ address }) => ({ address: '127.0.0.1', port: address.port }))
    await free.close()
    await expect(openAnswering(options({ udp: { ...COMMON.udp, addresses } }), voice).listen()).rejects.toThrow(
      'EADDRINUSE',
    )
    const again = await udp(free.address.port)
    await Promise.all([again.close(), taken.close()])
  })

  it('tables that cannot be opened throw, before the thread listens as after', () => {
    expect(() => openAnswering(options({ tables: tables(7) }), voice)).toThrow('generation 7')
    expect(() => openAnswering(options({}), voice).use(tables(8))).toThrow('generation 8')
  })
})

describe('the back-off', () => {
  it('doubles up to its limit, and begins anew after a life of a minute', () => {
    const backoff = new Backoff(100, 500)
    expect([0, 0, 0, 0, 59_999, 60_000, 0].map(lived => backoff.after(lived))).toEqual([
      100, 200, 400, 500, 500, 100, 200,
    ])
  })
})
