import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { createStore } from '../../src/store/create.ts'
import type { Store } from '../../src/store/store.ts'
import { clusterReady, type RedisFleet, startRedisCluster, startSentinels } from '../fixture/redis-fleet.ts'
import { intent, manyRows, Recorder, row, systemClock } from '../fixture/store.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const PAGE = readFileSync(new URL('../../docs/redis-keys.md', import.meta.url), 'utf8')

describe.skipIf(missing('redis-server'))('several Redis servers', () => {
  const stores: Store[] = []
  let fleet: RedisFleet | undefined
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    await fleet?.stop()
  })
  const start = (url: string): Store => {
    const store = createStore(url, { stateDir: '', clock: systemClock, log: () => undefined })
    stores.push(store)
    return store
  }
  const follow = async (store: Store): Promise<Recorder> => {
    const recorder = new Recorder()
    await store.open(recorder)
    await until('the first delivery', () => recorder.ready > 0)
    return recorder
  }

  it('Sentinel: follows the master to the replica that takes its place, with everything that was replicated', async () => {
    const sentinels = await startSentinels()
    fleet = sentinels
    const store = start(fleet.url)
    const recorder = await follow(store)
    await store.putIntent('icn-kt', intent('icn-kt'))
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 1)])
    await until('the row', () => recorder.rows.size === 1)
    await until('the replica to have it', async () =>
      (await sentinels.replica.command('EXISTS', 'kingcdn:rtt:192.0.2.0/24')).startsWith(':1'),
    )
    await sentinels.master.kill()
    await until('it to be away', () => !recorder.up, 3_000)
    await until('it to be up again', () => recorder.up, 15_000)
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 2)])
    await until('what is new', () => recorder.rtt('192.0.2.0/24', 'icn-kt') === 2, 2_000, 5)
    expect(await sentinels.replica.command('HGETALL', 'kingcdn:rtt:192.0.2.0/24')).toContain('icn-kt')
    expect(recorder.intents.get('icn-kt')).not.toBeNull()
    expect(recorder.statuses.map(([up]) => up)).toEqual([true, false, true])
  }, 40_000)

  it('Cluster: measurements lie on all masters, and a newcomer finds them all', async () => {
    fleet = await startRedisCluster()
    const [, rule, more] = /ACL (SETUSER .*)\n```\n\nIn a Cluster add `([^`]+)`/.exec(PAGE)!
    for (const node of fleet.nodes) await node.command('ACL', ...`${rule} ${more}`.split(' '))
    const url = fleet.url.replace('//', '//kingcdn:secret@')
    const store = start(url)
    await store.putMeasurements(manyRows(8_000))
    for (const node of fleet.nodes) expect(Number((await node.command('DBSIZE')).slice(1))).toBeGreaterThan(250)
    await store.putLoad({ cluster: 'icn-kt', value: 1, at: millis(Date.now()) })
    const recorder = await follow(start(url))
    for (const node of fleet.nodes) expect(await node.command('ACL', 'LOG')).toBe('*0\r\n')
    expect(recorder.rows.size).toBe(8_000)
    expect(recorder.loads).toHaveLength(1)
    expect(await store.readMeasurements()).toHaveLength(8_000)
  }, 40_000)

  it('Cluster: any one master killed and restarted: away and back, nothing lost', async () => {
    fleet = await startRedisCluster()
    const store = start(fleet.url)
    const recorder = await follow(store)
    for (const [i, node] of fleet.nodes.entries()) {
      await store.putIntent('icn-kt', intent('icn-kt', { percent: 10 + i }))
      await until('the intent', () => recorder.intents.get('icn-kt')?.percent === 10 + i)
      await node.kill()
      await expect(
        store.putMeasurements(manyRows(800)).then(() => store.putIntent('icn-kt', null)),
      ).rejects.toMatchObject({ name: 'StoreUnavailable' })
      await node.restart()
      await clusterReady(fleet.nodes)
      await until('it to be up', () => recorder.up, 15_000)
      await until('a write to come through', () =>
        store.putMeasurements(manyRows(800)).then(
          () => true,
          () => false,
        ),
      )
    }
    await until('all rows', () => recorder.rows.size === 800)
    expect(recorder.ready).toBe(1)
  }, 60_000)
})
