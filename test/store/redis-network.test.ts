import { afterEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { Controller, type ControllerDeps } from '../../src/control/controller.ts'
import type { Deployment } from '../../src/model/deployment.ts'
import { createStore } from '../../src/store/create.ts'
import type { Store } from '../../src/store/store.ts'
import { startProxy, type TcpProxy } from '../fixture/proxy.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { demandTable, intent, manyRows, plan, Recorder, row, systemClock } from '../fixture/store.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

describe.skipIf(missing('redis-server'))('Redis behind a network', () => {
  const servers: RedisServer[] = []
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
    for (const server of servers.splice(0)) await server.stop()
  })
  const begin = async (args: string[] = []): Promise<RedisServer> => {
    const server = await startRedis({ args })
    servers.push(server)
    return server
  }
  const through = async (server: RedisServer): Promise<TcpProxy> => {
    const proxy = await startProxy(server.port)
    closers.push(() => proxy.close())
    return proxy
  }
  const start = (port: number): Store => {
    const store = createStore(`redis://127.0.0.1:${port}`, { stateDir: '', clock: systemClock, log: () => undefined })
    closers.push(() => store.close())
    return store
  }

  it('of 200 ms: everything goes on, and a batch does not take a round trip for each row', async () => {
    const redis = await begin()
    const proxy = await through(redis)
    proxy.delayMs = 100
    const [slow, near] = [start(proxy.port), start(redis.port)]
    const recorder = new Recorder()
    await slow.open(recorder)
    await until('it to be up', () => recorder.ready > 0)
    const lease = (await slow.acquireLease('ns1', 6_000))!
    expect(await slow.publishPlan(plan(lease.token, 1))).toBe('published')
    await slow.putIntent('icn-kt', intent('icn-kt'))
    await slow.putMeasurements(manyRows(4_000))
    await near.putMeasurements([row('192.0.2.0/24', 'icn-kt', 7)])
    await until('what was written near by', () => recorder.rtt('192.0.2.0/24', 'icn-kt') === 7, 10_000)
    expect(recorder.rows.size).toBe(4_001)
    expect(recorder.plans).toHaveLength(1)
    expect(recorder.statuses.map(([up]) => up)).toEqual([true])
  }, 30_000)

  it('that leads to a copy which lost the last writes: no nameserver goes back to an older plan, and the next is greater', async () => {
    const master = await begin()
    const copy = await begin(['--replicaof', '127.0.0.1', String(master.port)])
    const proxy = await through(master)
    const store = start(proxy.port)
    const controller = nameserver(store)
    closers.push(() => controller.stop())
    await controller.start()
    await until('it to lead and have a plan', () => controller.state.plan !== null)
    const early = controller.state.plan!
    await store.putIntent('icn', intent('icn', { percent: 10, since: millis(Date.now() - 60_000) }))
    const ends = async () => [master, copy].map(server => server.command('XLEN', 'kingcdn:{fleet}:changes'))
    await until('the copy to be level', async () => {
      const [a, b] = await Promise.all(await ends())
      return a === b
    })
    await copy.command('REPLICAOF', 'NO', 'ONE')
    await store.putIntent('icn', intent('icn', { percent: 40, since: millis(Date.now() - 50_000) }))
    await until('a later plan', () => controller.state.plan?.clusters.icn?.drainPercent === 40)
    const late = controller.state.plan!
    const lost = /\$\d+\r\n(\d+)/.exec(await copy.command('HGET', 'kingcdn:{fleet}:plan', 'seq'))![1]
    expect(Number(lost)).toBeLessThan(late.seq)

    const seen: number[] = []
    const watch = setInterval(() => seen.push(controller.state.plan!.clusters.icn!.drainPercent), 5)
    closers.push(async () => clearInterval(watch))
    proxy.leadTo(copy.port)
    await until('a plan that counts there', async () => {
      const held = /\$\d+\r\n(\d+)/.exec(await copy.command('HGET', 'kingcdn:{fleet}:plan', 'seq'))![1]
      const token = /\$\d+\r\n(\d+)/.exec(await copy.command('HGET', 'kingcdn:{fleet}:plan', 'token'))![1]
      return Number(token) > late.token || Number(held) > late.seq
    })
    expect(new Set(seen)).toEqual(new Set([40]))
    expect(early.token).toBeLessThanOrEqual(controller.state.plan!.token)
    expect(await copy.command('HGET', 'kingcdn:{fleet}:intents', 'icn')).toContain('"percent":40')
  }, 30_000)
})

/** The control loop of a nameserver whose planner and workers do nothing. */
function nameserver(store: Store): Controller {
  const deployment = {
    ...{ zones: [], services: [], geo: { city: [], asn: [], overrides: [] } },
    clusters: [{ id: 'icn', servers: [], capacity: { unit: 'bps', value: 100 }, target: 0.75 }],
  } as unknown as Deployment
  const deps = {
    ...{ node: 'ns1', instance: '1', store, clock: systemClock, planIntervalMs: 60_000, snapshotFile: '' },
    plans: { read: () => null, keep: () => undefined },
    planner: { measurements: () => undefined, levels: () => new Promise(() => undefined), allocate: async () => null },
    publisher: { served: null, apply: () => undefined },
    counter: { collect: async () => undefined, table: () => demandTable({}), restore: () => undefined },
    resolvers: { collect: async () => undefined, list: () => ({ at: millis(Date.now()), rows: [] }) },
    ...{ freshSecret: () => '0f'.repeat(16), onCookies: () => undefined, status: () => ({ alarms: [] }) },
    log: () => undefined,
  }
  return new Controller(deps as unknown as ControllerDeps, { deployment, hash: 'c' })
}
