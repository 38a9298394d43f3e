import { createSocket, type Socket } from 'node:dgram'
import { createConnection } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import { DNS } from '../../src/probe/dns-probe.ts'
import type { Wanted } from '../../src/probe/path-set.ts'
import { Prober, type ProberSettings } from '../../src/probe/prober.ts'
import { TCP } from '../../src/probe/tcp-probe.ts'
import { freePort } from '../fixture/ports.ts'
import { until } from '../fixture/until.ts'

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close()
})

/** A resolver that refuses everything after `delayMs`; says how many queries it saw and what the last one was. */
async function responder(delayMs: number): Promise<{ port: number; seen: () => number; last: () => Buffer }> {
  const socket = createSocket('udp4')
  sockets.push(socket)
  let seen = 0
  let last = Buffer.alloc(0)
  let open = true
  socket.on('close', () => {
    open = false
  })
  socket.on('message', (query, from) => {
    seen++
    last = query
    const reply = Buffer.from(query)
    reply[2] = 0x80
    reply[3] = 5
    setTimeout(() => open && socket.send(reply, from.port, from.address), delayMs)
  })
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  return { port: socket.address().port, seen: () => seen, last: () => last }
}

/** A listener that accepts nothing and whose queue is full: Linux drops each further SYN. */
async function deafServer(): Promise<{ port: number; close: () => Promise<void> }> {
  const code = `const { parentPort } = require('node:worker_threads')
    const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
  const worker = new Worker(code, { eval: true })
  const port = await new Promise<number>(resolve => worker.once('message', resolve))
  const queued = Array.from({ length: 2 }, () => createConnection({ host: '127.0.0.1', port }))
  await Promise.all(queued.map(socket => new Promise(resolve => socket.once('connect', resolve))))
  const close = async (): Promise<void> => {
    for (const socket of queued) socket.on('error', () => undefined).destroy()
    await worker.terminate()
  }
  return { port, close }
}

const target = (port: number, prefix = '198.51.100.0/24') => ({
  address: '127.0.0.1',
  port,
  prefix: parsePrefix(prefix)!,
  tail: false,
})

/** A prober of these targets that has begun. */
function begin(targets: readonly Wanted[], settings: ProberSettings): Prober {
  const prober = new Prober(settings)
  prober.retarget(targets)
  prober.start()
  return prober
}

function settings(write: ProberSettings['write'], more: Partial<ProberSettings> = {}): ProberSettings {
  return {
    cluster: 'icn-kt',
    intervalMs: 100,
    tailIntervalMs: 200,
    silentIntervalMs: 10_000,
    budget: 1000,
    timeoutMs: 300,
    methods: [DNS],
    mayProbe: () => true,
    refusal: () => null,
    lag: { mark: () => 0 },
    now: () => performance.now(),
    wall: () => Date.now(),
    random: () => 0.5,
    write,
    log: () => undefined,
    ...more,
  }
}

describe('one probe', () => {
  it('asks `. NS IN` with RD = 0 and no EDNS; a REFUSED counts as an answer', async () => {
    const resolver = await responder(20)
    const rttMs = await DNS.ask(target(resolver.port), 1000)
    expect(rttMs).toBeGreaterThanOrEqual(19)
    expect(rttMs).toBeLessThan(300)
    expect(resolver.last().subarray(2)).toEqual(Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]))
  })

  it('silence is null, within the timeout', async () => {
    const port = await freePort()
    expect(await DNS.ask(target(port), 100)).toBeNull()
  })

  it('a refused TCP connection counts as an answer', async () => {
    expect(await TCP.ask(target(await freePort()), 1000)).toBeLessThan(500)
  })

  it('a lost SYN is a loss, whatever the timeout: the second SYN is not waited for', async () => {
    const busy = await deafServer()
    const started = performance.now()
    try {
      expect(await TCP.ask(target(busy.port), 5_000)).toBeNull()
      expect(performance.now() - started).toBeGreaterThan(900)
      expect(performance.now() - started).toBeLessThan(2_500)
    } finally {
      await busy.close()
    }
  })
})

describe('the prober', () => {
  it('writes smoothed RTT of each answering block, and nothing of those that never answered', async () => {
    const near = await responder(2)
    const far = await responder(60)
    const rows: Measurement[] = []
    const silent = target(await freePort(), '203.0.113.0/24')
    const prober = begin(
      [target(near.port, '192.0.2.0/24'), target(far.port, '198.51.100.0/24'), silent],
      settings(async batch => void rows.push(...batch)),
    )
    const rounds = () => near.seen() >= 5 && far.seen() >= 4 && rows.length >= 2 && prober.report().silent === 1
    await until('a few rounds', rounds)
    await prober.stop()
    const last = (hi: number) => rows.filter(row => row.prefix.hi === hi).at(-1)!
    expect(last(0xc0000200)).toMatchObject({ cluster: 'icn-kt', source: 'probe', loss: 0 })
    expect(last(0xc0000200).rttMs).toBeLessThan(45)
    expect(last(0xc6336400).rttMs).toBeGreaterThan(55)
    expect(rows.some(row => row.prefix.hi === 0xcb007100)).toBe(false)
    const report = prober.report()
    expect(report).toMatchObject({ targets: 3, answering: 2, silent: 1, lost: 0, rows: { failures: 0, waiting: 0 } })
    expect(report.silentTargets).toMatchObject([{ address: '127.0.0.1', port: silent.port }])
    expect(report.probes.dns.answered).toBe(near.seen() + far.seen())
    expect(report.packets).toBe(report.probes.dns.answered + report.probes.dns.lost)
  })

  it('keeps to its packet budget', async () => {
    const resolver = await responder(0)
    const many = Array.from({ length: 200 }, (_, i) => target(resolver.port, `10.0.${i}.0/24`))
    const started = Date.now()
    const prober = begin(
      many,
      settings(async () => undefined, { budget: 50, intervalMs: 10 }),
    )
    await until('a second to pass', () => Date.now() - started > 1_000)
    await prober.stop()
    expect(resolver.seen()).toBeGreaterThan(20)
    expect(resolver.seen()).toBeLessThan(50 * 2.2)
  })

  it('keeps what could not be written and offers it again', async () => {
    const resolver = await responder(0)
    let down = true
    const rows: Measurement[] = []
    const prober = begin(
      [target(resolver.port)],
      settings(
        async batch => {
          if (down) throw new Error('store is away')
          rows.push(...batch)
        },
        { intervalMs: 60_000 },
      ),
    )
    await until('a failed write', () => prober.report().rows.failures > 0)
    expect(prober.report().rows).toMatchObject({ written: 0, waiting: 1 })
    down = false
    await until('the row to be written', () => rows.length === 1)
    await prober.stop()
  })
})
