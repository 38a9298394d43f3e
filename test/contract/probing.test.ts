import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { createStore } from '../../src/store/create.ts'
import { COUNTED_TTL_MS } from '../../src/store/keys.ts'
import type { Store } from '../../src/store/store.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const LIST = (at = Date.now()) => ({
  at: millis(at),
  rows: [
    { address: '168.126.63.1', qps: 12.5 },
    { address: '2001:db8::53', qps: 0.25 },
  ],
})

describe.each(['memory', 'redis'])('what a store keeps for probers: %s', kind => {
  describe.skipIf(kind === 'redis' && missing('redis-server'))('', () => {
    let redis: RedisServer | undefined
    let store: Store
    const folder = mkdtempSync(join(tmpdir(), 'kingcdn-probing-'))
    let lead = 0
    const clock = { now: () => millis(Date.now() + lead) }
    beforeAll(async () => {
      if (kind === 'redis') redis = await startRedis()
    })
    afterAll(async () => {
      await redis?.stop()
      rmSync(folder, { recursive: true, force: true })
    })
    beforeEach(async () => {
      lead = 0
      await redis?.command('FLUSHALL')
      store = createStore(redis?.url ?? 'memory', { stateDir: folder, clock, log: () => undefined })
    })
    afterEach(() => store.close())

    describe('resolvers', () => {
      it('of each nameserver are what it said last', async () => {
        expect(await store.probing.readResolvers()).toEqual(new Map())
        await store.probing.putResolvers('ns1', LIST(Date.now() - 1000))
        const [one, two] = [LIST(), { ...LIST(), rows: [] }]
        await store.probing.putResolvers('ns1', one)
        await store.probing.putResolvers('ns2', two)
        expect(await store.probing.readResolvers()).toEqual(
          new Map([
            ['ns1', one],
            ['ns2', two],
          ]),
        )
      })

      it('are forgotten a quarter of an hour later', async () => {
        await store.probing.putResolvers('ns1', LIST())
        lead = COUNTED_TTL_MS + 1000
        await store.probing.putResolvers('ns2', LIST(clock.now()))
        expect([...(await store.probing.readResolvers()).keys()]).toEqual(['ns2'])
      })
    })

    if (kind === 'redis')
      it('of a time that is not yet, resolvers are not believed', async () => {
        await store.probing.putResolvers('ns1', LIST(Date.now() + 2 * 3600_000))
        expect(await store.probing.readResolvers()).toEqual(new Map())
        expect(store.skipped).toBe(1)
      })

    describe('probers', () => {
      it('hear of each other, sorted, and what the time is', async () => {
        expect(await store.probing.joinProbers('icn-kt', 'b', 10_000)).toMatchObject({ members: ['b'] })
        const { members, now } = await store.probing.joinProbers('icn-kt', 'a', 10_000)
        expect(members).toEqual(['a', 'b'])
        expect(Math.abs(now - Date.now())).toBeLessThan(2000)
      })

      it('of another cluster do not count', async () => {
        await store.probing.joinProbers('nrt-ix', 'b', 10_000)
        expect((await store.probing.joinProbers('icn-kt', 'a', 10_000)).members).toEqual(['a'])
      })

      it('say so again and again, and are one', async () => {
        await store.probing.joinProbers('icn-kt', 'a', 10_000)
        expect((await store.probing.joinProbers('icn-kt', 'a', 10_000)).members).toEqual(['a'])
      })

      it('that do not say so in time are there no more', async () => {
        await store.probing.joinProbers('icn-kt', 'a', 50)
        await until('it to be forgotten', async () => {
          return (await store.probing.joinProbers('icn-kt', 'b', 10_000)).members.join() === 'b'
        })
      })

      it('that leave are gone at once', async () => {
        await store.probing.joinProbers('icn-kt', 'a', 10_000)
        await store.probing.leaveProbers('icn-kt', 'a')
        await store.probing.leaveProbers('icn-kt', 'nobody')
        expect((await store.probing.joinProbers('icn-kt', 'b', 10_000)).members).toEqual(['b'])
      })
    })

    if (kind === 'redis') {
      it('what others wrote, of a foreign type, garbled or far off, is left out or replaced', async () => {
        await store.probing.putResolvers('ns1', LIST())
        await redis!.command('SET', 'kingcdn:{fleet}:resolvers:seen:ns1', 'resolvers 1\nlocalhost 1')
        await redis!.command('HSET', 'kingcdn:{fleet}:resolvers:nodes', 'ns2', '1')
        await redis!.command('LPUSH', 'kingcdn:{fleet}:resolvers:seen:ns2', 'x')
        expect(await store.probing.readResolvers()).toEqual(new Map())
        expect(store.skipped).toBe(2)
        await redis!.command('SET', 'kingcdn:{fleet}:probers:icn-kt', 'x')
        expect((await store.probing.joinProbers('icn-kt', 'a', 10_000)).members).toEqual(['a'])
        await redis!.command('HSET', 'kingcdn:{fleet}:probers:icn-kt', 'forever', '99999999999999', 'b', 'soon')
        expect((await store.probing.joinProbers('icn-kt', 'a', 10_000)).members).toEqual(['a'])
      })
    }
  })
})
