import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { parsePrefix } from '../../src/base/prefix.ts'
import { createStore } from '../../src/store/create.ts'
import { AUDIT, CHANGES, CHANGES_KEPT, FENCE, INTENTS, LEASE, MEASURED, PLAN } from '../../src/store/keys.ts'
import type { Store } from '../../src/store/store.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { demandTable, health, intent, node, plan, Recorder, row, systemClock, verdict } from '../fixture/store.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const GIANT = 'x'.repeat(20 * 1024 * 1024)

describe.skipIf(missing('redis-server'))('rubbish in Redis', () => {
  const stores: Store[] = []
  const log: string[] = []
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())
  beforeEach(async () => {
    await redis.command('FLUSHALL')
    log.length = 0
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })
  const start = (): Store => {
    const store = createStore(redis.url, { stateDir: '', clock: systemClock, log: (_, message) => log.push(message) })
    stores.push(store)
    return store
  }
  const follow = async (store: Store): Promise<Recorder> => {
    const recorder = new Recorder()
    await store.open(recorder)
    await until('the first delivery', () => recorder.ready > 0, 5_000, 5)
    return recorder
  }

  it('keys of foreign types under our names: nothing of them is delivered, everything can still be written', async () => {
    const names = [
      CHANGES,
      MEASURED,
      INTENTS,
      PLAN,
      LEASE,
      FENCE,
      'kingcdn:{fleet}:load:icn-kt',
      'kingcdn:{fleet}:node:ns1',
      'kingcdn:{fleet}:health:m1',
    ]
    for (const name of [...names, 'kingcdn:rtt:192.0.2.0/24']) await redis.command('SADD', name, 'member')
    const store = start()
    const recorder = await follow(store)
    expect(recorder.calls).toEqual(['up', 'ready'])
    expect(store.skipped).toBeGreaterThan(0)
    expect(await store.readIntents()).toEqual([])
    expect(await store.readPlan()).toBeNull()
    expect(await store.readMeasurements()).toEqual([])
    expect(await store.readPassive('icn-kt', [parsePrefix('192.0.2.0/24')!])).toEqual([null])

    for (const name of [...names, 'kingcdn:rtt:192.0.2.0/24']) {
      await redis.command('DEL', name)
      await redis.command('SADD', name, 'member')
    }
    const lease = (await store.acquireLease('ns1', 10_000))!
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 3)])
    await store.putIntent('icn-kt', intent('icn-kt'))
    await store.putLoad({ cluster: 'icn-kt', value: 1, at: millis(Date.now()) })
    await store.putNode(node('ns1'))
    expect(await store.putHealth(health('m1', { verdicts: [verdict('s1/4')] }))).toBe('kept')
    expect(await store.publishPlan(plan(lease.token, 1))).toBe('published')
    await until('everything', () => recorder.plans.length > 0 && recorder.rows.size === 1 && recorder.nodes.length > 0)
    expect(recorder.intents.size).toBe(1)
    expect(recorder.loads.at(-1)).toMatchObject({ cluster: 'icn-kt', value: 1 })
  })

  it('garbled figures, prefixes, clusters and values are skipped, counted and named once for each kind of key in the log', async () => {
    const now = String(Date.now())
    const fields = [
      ['good', `${now} 12.5 1 0 10 probe`],
      ['empty', ''],
      ['words', 'hello'],
      ['negative', `${now} -1 1 0 10 probe`],
      ['too-slow', `${now} 60001 1 0 10 probe`],
      ['not-a-number', `${now} NaN 1 0 10 probe`],
      ['infinite', `${now} 5 1 0 Infinity probe`],
      ['loss', `${now} 5 1 1.5 10 probe`],
      ['source', `${now} 5 1 0 10 gossip`],
      ['more', `${now} 5 1 0 10 probe more`],
      ['future', `${Date.now() + 3 * 3600_000} 5 1 0 10 probe`],
      ['Upper Case', `${now} 5 1 0 10 probe`],
      ['giant', GIANT],
    ]
    for (const [field, value] of fields) await redis.command('HSET', 'kingcdn:rtt:192.0.2.0/24', field!, value!)
    for (const prefix of ['', '192.0.2.1/24', '192.0.2.0', '192.0.2.0/25', 'host', '2001:db8::/64', '264.0.0.0/8'])
      await redis.command('HSET', `kingcdn:rtt:${prefix}`, 'icn-kt', `${now} 5 1 0 10 probe`)
    await redis.command('SET', 'kingcdn:{fleet}:load:icn-kt', 'much')
    await redis.command('SET', 'kingcdn:{fleet}:load:icn-kt/', `${now} 1`)
    await redis.command('SET', 'kingcdn:{fleet}:load:lhr-ix', `${now} 1e308`)
    await redis.command('SET', 'kingcdn:{fleet}:load:nrt-ix', GIANT)
    await redis.command('SET', 'kingcdn:{fleet}:node:ns1', '{"node":"ns1"}')
    await redis.command('SET', 'kingcdn:{fleet}:node:ns2', GIANT)
    await redis.command('SET', 'kingcdn:something-else', 'x')
    const verdicts = [
      's1/4',
      'down 5',
      's2/5',
      'up 5',
      'S3/4',
      'up 5',
      's4/4',
      'up',
      's5/4',
      'up 99999999999999999',
      's6/4',
      GIANT,
    ]
    await redis.command('HSET', 'kingcdn:{fleet}:health:m1', 'at', now, 'place', '-', 's0/6', 'refused 5', ...verdicts)
    await redis.command('HSET', 'kingcdn:{fleet}:health:m2', 'at', 'noon', 'place', '-', 's0/6', 'up 5')
    await redis.command('HSET', 'kingcdn:{fleet}:health:m3', 's0/6', 'up 5')
    await redis.command('HSET', 'kingcdn:{fleet}:health:no monitor', 'at', now, 'place', '-')
    await redis.command('HSET', INTENTS, 'icn-kt', '{', 'nrt-ix', JSON.stringify(intent('fra-ix')), 'gru', GIANT)
    await redis.command('HSET', PLAN, 'token', '3', 'seq', '1', 'plan', '{"token":3}')
    const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await redis.command('INFO', 'stats'))![1])
    const before = await sent()
    const store = start()
    const recorder = await follow(store)
    // Four values of 20 MB each: not even carried over.
    expect((await sent()) - before).toBeLessThan(1024 * 1024)
    expect([...recorder.rows.keys()]).toEqual(['192.0.2.0/24 good'])
    expect([...recorder.calls].sort()).toEqual(['health', 'measurements', 'ready', 'up'])
    expect(recorder.health).toEqual([
      health('m1', { at: millis(Number(now)), verdicts: [verdict('s0/6', 'refused', 5)] }),
    ])
    // Figures, prefixes, single keys, intents, the plan, verdicts and monitors.
    expect(store.skipped).toBe(12 + 7 + 7 + 3 + 1 + 6 + 3)
    const kinds = log.map(line => /^store: skipped kingcdn:(?:\{fleet\}:)?([a-z]+)/.exec(line)?.[1])
    expect(kinds.sort()).toEqual(['health', 'intents', 'load', 'node', 'plan', 'rtt', 'something'])
  })

  it('a value that is past its lifetime in a hash that lives on is no fault', async () => {
    const at = Date.now() - 25 * 3600_000
    await redis.command('HSET', 'kingcdn:rtt:192.0.2.0/24', 'icn-kt', `${at} 12.5 1 0 10 probe`)
    const store = start()
    const recorder = await follow(store)
    expect([recorder.rows.size, store.skipped]).toEqual([0, 0])
  })

  it('a garbled or future figure never keeps an honest one out', async () => {
    const store = start()
    const key = 'kingcdn:rtt:192.0.2.0/24'
    await redis.command('HSET', key, 'a', 'garbage', 'b', `${Date.now() + 1e12} 5 1 0 10 probe`, 'c', '9'.repeat(1e6))
    await store.putMeasurements(['a', 'b', 'c'].map(cluster => row('192.0.2.0/24', cluster, 7)))
    expect((await store.readMeasurements()).map(each => each.rttMs)).toEqual([7, 7, 7])
  })

  it('what is more than an hour ahead is left out, and keeps nothing later out', async () => {
    const ahead = Date.now() + 3 * 3600_000
    const [at, drain] = [millis(ahead), intent('icn-kt', { since: millis(ahead) })]
    const report = JSON.stringify(node('ns9', { at }))
    await redis.command('SET', 'kingcdn:{fleet}:load:icn-kt', `${ahead} 9`)
    await redis.command('SET', 'kingcdn:{fleet}:node:ns9', report)
    await redis.command('HSET', INTENTS, 'icn-kt', JSON.stringify(drain))
    const store = start()
    const recorder = await follow(store)
    const add = (kind: string, data: string) => redis.command('XADD', CHANGES, '*', 'kind', kind, 'data', data)
    await add('load', `icn-kt ${ahead} 9`)
    await add('node', report)
    await add('intent', `icn-kt ${JSON.stringify(drain)}`)
    await store.putLoad({ cluster: 'icn-kt', value: 1, at: millis(Date.now()) })
    await until('the honest load', () => recorder.loads.length > 0, 5_000, 5)
    expect(recorder.loads.map(({ value }) => value)).toEqual([1])
    expect([recorder.nodes, recorder.intents.size]).toEqual([[], 0])
    expect(store.skipped).toBe(6)
  })

  it.each([Number.MAX_SAFE_INTEGER, 2 ** 52])(
    'a fence that leaves no room for another token is none: %d',
    async fence => {
      const store = start()
      const recorder = await follow(store)
      await redis.command('SET', FENCE, String(fence))
      await redis.command('HSET', PLAN, 'token', String(fence), 'seq', '1')
      const lease = (await store.acquireLease('ns1', 10_000))!
      expect(await store.publishPlan(plan(lease.token, 1))).toBe('published')
      await until('the plan', () => recorder.plans.length > 0, 5_000, 5)
    },
  )

  it('a plan whose numbers leave no room for a later one is none', async () => {
    const store = start()
    const recorder = await follow(store)
    const { token } = (await store.acquireLease('ns1', 10_000))!
    for (const [t, seq] of [
      [Number.MAX_SAFE_INTEGER, 1],
      [2 ** 52, 1],
      [token, Number.MAX_SAFE_INTEGER],
    ] as const) {
      await redis.command('HSET', PLAN, 'token', `${t}`, 'seq', `${seq}`, 'plan', JSON.stringify(plan(t, seq)))
      await redis.command('XADD', CHANGES, '*', 'kind', 'plan', 'data', `${t} ${seq}`)
      await until('it to be left out', () => store.skipped > 0, 5_000, 5)
    }
    expect(await store.publishPlan(plan(token, 7))).toBe('published')
    await until('the honest plan', () => recorder.plans.length > 0, 5_000, 5)
    expect(recorder.plans.map(({ seq }) => seq)).toEqual([7])
  })

  it.each(['18446744073709551615-18446744073709551615', '99999999999999999-0'])(
    'behind an entry %s of the streams it goes on',
    async id => {
      const store = start()
      const recorder = await follow(store)
      for (const stream of [CHANGES, AUDIT]) await redis.command('XADD', stream, id, 'kind', 'gossip')
      await store.putIntent('icn-kt', intent('icn-kt'))
      await until('the intent', () => recorder.intents.size === 1, 5_000, 5)
      const entry = { action: 'drain', subject: 'icn-kt', by: 'ops', from: 'cli', what: '', why: '' } as const
      await store.putAudit({ ...entry, at: millis(Date.now()), outcome: 'done' })
      expect(await store.readAudit(millis(0), 10)).toHaveLength(1)
      await redis.command('XADD', CHANGES, id, 'kind', 'gossip')
      expect((await follow(start())).intents.size).toBe(1)
    },
  )

  it.each([
    ['a garbled field', ['HSET', INTENTS, 'icn-kt', '{']],
    ['a giant one', ['HSET', INTENTS, 'icn-kt', GIANT]],
    ['a key of another type', ['SET', INTENTS, 'x']],
  ])('%s takes no drain back: who knows of it writes it again', async (_, command) => {
    await start().putIntent('nrt-ix', intent('nrt-ix'))
    // Given after the stream was made: that it is not there would say that it was taken back.
    const known = intent('icn-kt', { since: millis(Date.now() + 1_000) })
    await redis.command('DEL', INTENTS)
    await redis.command(...command)
    const store = start()
    const recorder = new Recorder()
    await store.open(recorder, [known])
    await until('the first delivery', () => recorder.ready > 0, 5_000, 5)
    expect(recorder.intents.get('icn-kt')).toEqual(known)
    expect(await store.readIntents()).toEqual([known])
  })

  it('a lease that would never run out, or is none, is free to take', async () => {
    const store = start()
    await redis.command('SET', LEASE, '99 mallory')
    expect(await store.acquireLease('ns1', 10_000)).not.toBeNull()
    await redis.command('SET', LEASE, '99 mallory', 'PX', '86400000')
    expect(await store.acquireLease('ns1', 10_000)).not.toBeNull()
    await redis.command('SET', LEASE, 'garbage', 'PX', '60000')
    await redis.command('SET', FENCE, '1e300')
    expect(await store.acquireLease('ns1', 10_000)).not.toBeNull()
  })

  it('changes that cannot be read are skipped; those around them are delivered', async () => {
    const store = start()
    const recorder = await follow(store)
    const add = (...fields: string[]) => redis.command('XADD', CHANGES, '*', ...fields)
    const line = `192.0.2.0/24 icn-kt ${Date.now()} 5 1 0 10 probe`
    await add('kind', 'rtt', 'data', `garbage\n${line}\n\n10.0.0.0/33 icn-kt 1 1 1 1 1 probe`)
    await add('kind', 'rtt', 'data', GIANT)
    await add('kind', 'intent', 'data', 'icn-kt {"cluster":"nrt-ix"}')
    await add('kind', 'intent', 'data', '__proto__')
    await add('kind', 'load', 'data', 'icn-kt')
    await add('kind', 'node', 'data', '[]')
    await add('kind', 'plan', 'data', 'now')
    await add('kind', 'gossip', 'data', 'x')
    await add('kind', 'health', 'data', `m1 5 -\ns1/4 up 5\ns2/4 sideways 5\n\n${'s/4 up 5'.repeat(40)}`)
    await add('kind', 'health', 'data', 'm1 5')
    await add('kind', 'health', 'data', 'm 1 5 -')
    await add('kind', 'health', 'data', GIANT)
    await add('kind', 'health', 'data', 'nobody 5 -\n*')
    await add('unknown', 'field')
    await add('kind', 'plan', 'data', '5 5')
    await store.putIntent('icn-kt', intent('icn-kt'))
    await until('the intent behind them', () => recorder.intents.size === 1, 5_000, 5)
    expect([...recorder.rows.keys()]).toEqual(['192.0.2.0/24 icn-kt'])
    expect([recorder.plans, recorder.nodes, recorder.loads]).toEqual([[], [], []])
    expect(recorder.health).toEqual([{ monitor: 'm1', at: 5, whole: false, verdicts: [verdict('s1/4', null, 5)] }])
    expect(store.skipped).toBe(11 + 3 + 3)
    expect(recorder.statuses).toHaveLength(1)
  })

  it('the change stream replaced by something else: read anew, and it goes on', async () => {
    const store = start()
    const recorder = await follow(store)
    await redis.command('DEL', CHANGES)
    await redis.command('SET', CHANGES, 'not a stream')
    await until('it to be noticed', () => log.some(message => message.includes('read anew')), 3_000, 10)
    await store.putIntent('icn-kt', intent('icn-kt'))
    await until('the intent', () => recorder.intents.size === 1, 2_000, 10)
    expect(recorder.statuses).toHaveLength(1)
  })

  it('a hash with a hundred thousand clusters is left out', async () => {
    const fill = "for i = 1, 100000 do redis.call('HSET', KEYS[1], 'c' .. i, 'x') end"
    for (const key of ['kingcdn:rtt:192.0.2.0/24', INTENTS]) await redis.command('EVAL', fill, '1', key)
    const store = start()
    const recorder = await follow(store)
    expect(recorder.calls).toEqual(['up', 'ready'])
    expect(store.skipped).toBe(2)
  })

  it('keeps the change stream within its bound', async () => {
    const store = start()
    for (let i = 0; i < CHANGES_KEPT + 2_000; i += 1_000) {
      const samples = Array.from({ length: 1_000 }, (_, k) => ({ cluster: 'c', value: k, at: millis(Date.now()) }))
      await Promise.all(samples.map(sample => store.putLoad(sample)))
    }
    const length = Number((await redis.command('XLEN', CHANGES)).slice(1))
    expect(length).toBeGreaterThanOrEqual(CHANGES_KEPT)
    expect(length).toBeLessThan(CHANGES_KEPT + 500)
  })

  it('demand that is garbled, too large, of another type or not the one that was meant is none', async () => {
    const store = start()
    const table = demandTable({ '192.0.2.0/24': 1 })
    const id = await store.putDemand(table)
    await redis.command('SET', `kingcdn:{fleet}:demand:table:${id}`, 'table 1 2 3\n192.0.2.0/24 9')
    expect(await store.readDemand(id)).toBeNull()
    for (const node of ['torn', 'giant', 'set']) await store.putCounted(node, table)
    await redis.command('SET', 'kingcdn:{fleet}:demand:counted:torn', 'table 1 2 3\n192.0.2.0/2')
    await redis.command('SET', 'kingcdn:{fleet}:demand:counted:giant', `table 1 2 3\n${GIANT}`)
    await redis.command('DEL', 'kingcdn:{fleet}:demand:counted:set')
    await redis.command('SADD', 'kingcdn:{fleet}:demand:counted:set', 'x')
    expect(await store.readCounted()).toEqual(new Map())
    await redis.command('SET', 'kingcdn:{fleet}:demand:reported', 'report 1 2 qps\n192.0.2.0/24 -1')
    expect(await store.readReport()).toBeNull()
    expect(store.skipped).toBe(5)
    await store.putCounted('set', table)
    expect((await store.readCounted()).get('set')).toEqual(table)
  })

  it('foreign keys of the same Redis are not touched and not counted', async () => {
    await redis.command('SET', 'session:1', 'x')
    const store = start()
    await follow(store)
    expect(store.skipped).toBe(0)
    expect(await redis.command('GET', 'session:1')).toContain('x')
  })
})
