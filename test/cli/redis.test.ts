import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import type { FleetPlan } from '../../src/model/fleet-plan.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'
import { createStore } from '../../src/store/create.ts'
import type { Store } from '../../src/store/store.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { missing } from '../fixture/tools.ts'
import { cli, configFor, temporaryFolder, write } from './run.ts'

const clock = { now: () => millis(Date.now()) }
const storeAt = (url: string): Store => createStore(url, { stateDir: '/nowhere', clock, log: () => {} })

/** With Redis the commands write where every server reads, whether one runs or not: no HTTP API answers here. */
describe.skipIf(missing('redis-server'))('with Redis', () => {
  let redis: RedisServer
  let store: Store
  beforeAll(async () => {
    redis = await startRedis()
    store = storeAt(redis.url)
  })
  afterAll(async () => {
    await store.close()
    await redis.stop()
  })
  const config = () => configFor(1, text => `store: ${redis.url}\n${text}`)

  test('rtt import and export', async () => {
    const rows = `203.0.113.0/24,icn-kt,3.1,0.01,${new Date().toISOString()}\n`
    const file = write(temporaryFolder(), 'a.csv', `prefix,cluster,rtt_ms,loss,measured_at\n${rows}`)
    expect(await cli(['rtt', 'import', file, '-c', config()])).toEqual({
      code: 0,
      out: `1 row imported into redis://127.0.0.1:${redis.port}/0\n`,
      err: '',
    })
    expect((await cli(['rtt', 'export', '-c', config()])).out).toBe(`prefix,cluster,rtt_ms,loss,measured_at\n${rows}`)
  })

  test('drain and restore', async () => {
    const args = ['cluster', 'drain', 'icn-kt', '--percent', '50', '--for', '1h', '--reason', 'x', '--now', '--json']
    const { code, out } = await cli([...args, '-c', config()])
    expect(code).toBe(0)
    const [intent] = await store.readIntents()
    expect(intent).toEqual(JSON.parse(out))
    expect(intent).toMatchObject({ cluster: 'icn-kt', percent: 50, reason: 'x' })
    expect(Math.round((intent!.until! - intent!.since) / 60_000)).toBe(60)
    expect(intent!.by).toMatch(/@/)
    const restored = await cli(['cluster', 'restore', 'icn-kt', '-c', config()])
    expect(restored).toEqual({ code: 0, out: 'icn-kt is restored over 2 min\n', err: '' })
    expect(await store.readIntents()).toMatchObject([{ percent: 0, from: 50, rampMs: 120_000 }])
    expect((await cli(['cluster', 'restore', 'icn-kt', '--now', '-c', config()])).code).toBe(0)
    expect(await store.readIntents()).toEqual([])
  })

  test('what was done and what was refused is in the audit trail', async () => {
    const [done, , restored, ...others] = (await store.readAudit(millis(0), 100)).slice(-4)
    expect(done).toMatchObject({ action: 'rtt-import', what: '1 rows', from: 'cli', outcome: 'done' })
    expect(restored).toMatchObject({ action: 'restore', subject: 'icn-kt', what: 'over 2 min' })
    expect(others).toMatchObject([{ action: 'restore', what: 'at once' }])
    const { out } = await cli(['audit', '--since', '1h', '-c', config()])
    expect(out).toMatch(/ {2}cli {3}drain {7}icn-kt {2}done {5}to 50 % at once, for 1 h: x\n/)
    expect(done!.by).toMatch(/@/)
  })

  test('the last serving cluster of a service is not drained without --force', async () => {
    const one = configFor(
      1,
      text => `store: ${redis.url}\n${text.replace('clusters: all', 'clusters: [nrt-ix, sin-core]')}`,
    )
    expect((await cli(['cluster', 'drain', 'nrt-ix', '-c', one])).code).toBe(0)
    const refused = await cli(['cluster', 'drain', 'sin-core', '-c', one])
    expect(refused).toEqual({
      code: 1,
      out: '',
      err: 'kingcdn: sin-core is the last serving cluster of netcinema-vod; force drains it all the same (--force), or drain only a share of it (--percent)\n',
    })
    expect((await store.readAudit(millis(0), 1))[0]).toMatchObject({
      ...{ action: 'drain', subject: 'sin-core', outcome: 'refused' },
      why: expect.stringContaining('last serving cluster') as string,
    })
    expect((await store.readIntents()).map(({ cluster }) => cluster)).toEqual(['nrt-ix'])
    expect((await cli(['cluster', 'drain', 'sin-core', '--percent', '90', '-c', one])).code).toBe(0)
    expect((await cli(['cluster', 'drain', 'sin-core', '--force', '-c', one])).code).toBe(0)
    for (const id of ['nrt-ix', 'sin-core']) await cli(['cluster', 'restore', id, '-c', one])
  })

  test('a cluster that the plan calls down does not count as serving', async () => {
    const entry = { drainPercent: 0, level: 0, stale: false }
    const plan: FleetPlan = {
      token: 1,
      seq: 1,
      by: 'ns1',
      at: clock.now(),
      asOf: clock.now(),
      evidence: '',
      survey: NO_SURVEY,
      allocation: null,
      held: [],
      clusters: { 'nrt-ix': { ...entry, health: 'down' }, 'sin-core': { ...entry, health: 'up' } },
      gated: false,
      cookies: null,
      levelState: null,
      alarms: [],
    }
    const lease = await store.acquireLease('ns1', 1000)
    expect(await store.publishPlan({ ...plan, token: lease!.token })).toBe('published')
    const two = configFor(
      1,
      text => `store: ${redis.url}\n${text.replace('clusters: all', 'clusters: [nrt-ix, sin-core]')}`,
    )
    expect((await cli(['cluster', 'drain', 'sin-core', '-c', two])).err).toContain(
      'last serving cluster of netcinema-vod',
    )
  })

  test('a configuration that is bad elsewhere is refused: what it names may not be what was meant', async () => {
    const bad = configFor(1, text => `store: ${redis.url}\n${text.replace('40Gbps', 'much')}`)
    const { code, err } = await cli(['cluster', 'restore', 'icn-kt', '-c', bad])
    expect(code).toBe(1)
    expect(err).toContain('clusters[0].capacity: "much" is not a rate')
  })

  test('Redis away: exit 1, and nothing hangs', async () => {
    const other = await startRedis()
    await other.stop()
    const gone = configFor(1, text => `store: ${other.url}\n${text}`)
    const { code, err } = await cli(['cluster', 'restore', 'icn-kt', '-c', gone])
    expect(code).toBe(1)
    expect(err).toMatch(
      /^kingcdn: the store is away \(.*ECONNREFUSED.*\); nothing was half written, try again once it answers\n$/,
    )
  }, 20_000)
})
