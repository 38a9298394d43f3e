import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { createStore } from '../../src/store/create.ts'
import { CHANGES, INTENTS } from '../../src/store/keys.ts'
import type { Store } from '../../src/store/store.ts'
import { type RedisOptions, type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { intent, plan, Recorder, row, systemClock } from '../fixture/store.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

describe.skipIf(missing('redis-server'))('Redis away and back', () => {
  const stores: Store[] = []
  const log: string[] = []
  let redis: RedisServer
  afterEach(async () => {
    redis.resume()
    for (const store of stores.splice(0)) await store.close()
    await redis.stop()
    log.length = 0
  })

  const begin = async (options: RedisOptions = {}) => {
    redis = await startRedis(options)
    return redis
  }
  const start = (url = redis.url): Store => {
    const store = createStore(url, { stateDir: '', clock: systemClock, log: (_, message) => log.push(message) })
    stores.push(store)
    return store
  }
  const follow = async (store: Store): Promise<Recorder> => {
    const recorder = new Recorder()
    await store.open(recorder)
    return recorder
  }
  const up = (recorder: Recorder, limitMs = 5_000) => until('the store to be up', () => recorder.up, limitMs, 10)
  const away = (recorder: Recorder, limitMs = 3_000) =>
    until('the store to be away', () => recorder.statuses.length > 0 && !recorder.up, limitMs, 10)
  /** Milliseconds until the write failed as it should. */
  const failingWrite = async (store: Store): Promise<number> => {
    const from = performance.now()
    await expect(store.putIntent('icn-kt', null)).rejects.toMatchObject({ name: 'StoreUnavailable' })
    return performance.now() - from
  }

  const connections = async () =>
    Number(/total_connections_received:(\d+)/.exec(await redis.command('INFO', 'stats'))![1])
  /** Several more attempts to connect: a session has two connections, each look one. */
  const moreAttempts = async () => {
    const before = await connections()
    let looks = 0
    await until('it to try again', async () => (await connections()) - before - ++looks >= 6)
  }

  it('killed and restarted: one word of each change, writes fail at once, and it goes on where it was', async () => {
    await begin({ persist: true })
    const [ours, other] = [start(), start()]
    const recorder = await follow(ours)
    await up(recorder)
    await ours.putMeasurements([row('192.0.2.0/24', 'icn-kt', 1)])
    await until('the row', () => recorder.rows.size === 1)
    await redis.kill()
    await away(recorder)
    expect(await failingWrite(ours)).toBeLessThan(100)

    await redis.restart()
    await up(recorder)
    expect(recorder.statuses.map(([status]) => status)).toEqual([true, false, true])
    expect(recorder.statuses[1]![1]).toMatch(/closed|ECONNRE/)
    await other.putMeasurements([row('192.0.2.0/24', 'icn-kt', 2)])
    await until('what is new', () => recorder.rtt('192.0.2.0/24', 'icn-kt') === 2, 1_000, 5)
    expect(recorder.positions).toHaveLength(2)
    expect(recorder.ready).toBe(1)
  })

  it('delivers what was changed by others while this one was cut off, and nothing twice', async () => {
    await begin()
    await redis.command('ACL', 'SETUSER', 'ours', 'on', '>secret', '~*', '+@all')
    const [ours, other] = [start(`redis://ours:secret@127.0.0.1:${redis.port}`), start()]
    const recorder = await follow(ours)
    await up(recorder)
    await other.putMeasurements([row('192.0.2.0/24', 'icn-kt', 1)])
    await until('the row', () => recorder.rows.size === 1)
    const before = recorder.calls.length
    await redis.command('ACL', 'SETUSER', 'ours', 'off')
    await redis.command('CLIENT', 'KILL', 'USER', 'ours')
    await away(recorder)
    await other.putMeasurements([row('192.0.2.0/24', 'nrt-ix', 2)])
    await other.publishPlan(plan(1, 1))
    await other.publishPlan(plan(1, 2))
    await redis.command('ACL', 'SETUSER', 'ours', 'on')
    await up(recorder)
    expect(recorder.calls.slice(before)).toEqual(['away', 'measurements', 'plan', 'up'])
    expect(recorder.plans.map(each => each.seq)).toEqual([2])
    expect(recorder.rtt('192.0.2.0/24', 'nrt-ix')).toBe(2)
  })

  it('stopped (SIGSTOP): away within two seconds, writes fail within one, and back by itself', async () => {
    await begin()
    const store = start()
    const recorder = await follow(store)
    await up(recorder)
    redis.pause()
    const writing = failingWrite(store)
    await away(recorder, 2_000)
    expect(await writing).toBeLessThan(1_100)
    expect(await failingWrite(store)).toBeLessThan(100)
    redis.resume()
    await up(recorder)
    await store.putIntent('icn-kt', intent('icn-kt'))
    await until('the intent', () => recorder.intents.has('icn-kt'), 1_000, 5)
    expect(recorder.statuses.map(([status]) => status)).toEqual([true, false, true])
  })

  it('stopped at the start: the first word is that it is away, and opening does not wait for it', async () => {
    await begin()
    redis.pause()
    const store = start()
    const from = performance.now()
    const recorder = await follow(store)
    expect(performance.now() - from).toBeLessThan(100)
    expect(await failingWrite(store)).toBeLessThan(1_100)
    await away(recorder)
    expect(recorder.calls).toEqual(['away'])
    redis.resume()
    await up(recorder)
    expect(recorder.calls).toEqual(['away', 'up', 'ready'])
  })

  it('not there at the start: away at once, up when it comes', async () => {
    await begin()
    await redis.kill()
    const recorder = await follow(start())
    await away(recorder, 1_000)
    expect(recorder.statuses[0]![1]).toContain('ECONNREFUSED')
    await redis.restart()
    await up(recorder)
    expect(recorder.calls).toEqual(['away', 'up', 'ready'])
  })

  it('restarted empty: who knows of a drain writes it again, and the next token is greater than all before', async () => {
    await begin()
    const store = start()
    const recorder = await follow(store)
    await up(recorder)
    const lease = (await store.acquireLease('ns1', 60_000))!
    await store.putIntent('icn-kt', intent('icn-kt'))
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 1)])
    await store.publishPlan(plan(lease.token, 7))
    await until('the plan', () => recorder.plans.length === 1)
    await redis.kill()
    await away(recorder)
    await redis.restart()
    await up(recorder)
    expect(recorder.intents.get('icn-kt')).toMatchObject({ percent: 100, reason: 'switch upgrade' })
    // One who knows nothing of the time before.
    const stranger = start()
    expect((await stranger.readIntents()).map(({ cluster }) => cluster)).toEqual(['icn-kt'])
    const theirs = (await stranger.acquireLease('ns3', 60_000))!
    expect(theirs.token).toBeGreaterThan(lease.token)
    await stranger.releaseLease(theirs)
    const next = (await store.acquireLease('ns2', 60_000))!
    expect(next.token).toBeGreaterThan(lease.token)
    expect(await store.publishPlan(plan(next.token, 1))).toBe('published')
    await until('the new plan', () => recorder.plans.at(-1)?.token === next.token, 1_000, 5)
    expect(log).toEqual([expect.stringMatching(/Redis has lost what it knew.*drains written again: 1;/)])
  })

  it('restarted empty with all who knew of a drain: it comes from what they kept, unless it was taken back since', async () => {
    await begin()
    const known = [
      intent('icn-kt', { since: millis(Date.now() - 60_000) }),
      intent('nrt-ix', { since: millis(Date.now() - 60_000) }),
    ]
    const recorder = new Recorder()
    const store = start()
    await store.open(recorder, known.slice(0, 1))
    await up(recorder)
    expect(recorder.intents.get('icn-kt')).toEqual(known[0])
    expect(await store.readIntents()).toEqual([known[0]])
    // This Redis was there when the drain was given: that it is gone from it says that it was taken back.
    const later = new Recorder()
    const since = millis(Date.now() + 60_000)
    await start().open(later, [intent('nrt-ix', { since }), intent('icn-kt', { since: known[0]!.since, percent: 7 })])
    await up(later)
    expect(later.intents.get('nrt-ix')).toBeNull()
    expect(later.intents.get('icn-kt')).toEqual(known[0])
  })

  it('the token grows even when the plan of the time before carries one from the future', async () => {
    await begin()
    const store = start()
    const recorder = await follow(store)
    await up(recorder)
    const far = Date.now() + 1e9
    await store.publishPlan(plan(far, 1))
    await until('the plan', () => recorder.plans.length === 1)
    expect((await store.acquireLease('ns1', 60_000))!.token).toBe(far + 1)
    await redis.command('FLUSHALL')
    expect((await store.acquireLease('ns1', 60_000))!.token).toBeGreaterThan(far)
  })

  it('emptied under our feet (FLUSHALL) without a connection lost: noticed within a second, and drains are back', async () => {
    await begin()
    const store = start()
    const recorder = await follow(store)
    await up(recorder)
    await store.putIntent('icn-kt', intent('icn-kt'))
    await until('the intent', () => recorder.intents.has('icn-kt'))
    await redis.command('FLUSHALL')
    // Others write before anybody has noticed.
    await store.putLoad({ cluster: 'icn-kt', value: 1, at: millis(Date.now()) })
    await until('the intent to be back', async () => (await store.readIntents()).length === 1, 5_000, 10)
    expect(recorder.intents.get('icn-kt')).toMatchObject({ cluster: 'icn-kt' })
    expect(recorder.statuses).toHaveLength(1)
  })

  it('an older copy took its place: what was wanted since is written again, restores as well', async () => {
    await begin({ persist: true })
    const store = start()
    const recorder = await follow(store)
    await up(recorder)
    const at = Date.now() - 60_000
    await store.putIntent('icn-kt', intent('icn-kt', { since: millis(at) }))
    await store.putIntent('nrt-ix', intent('nrt-ix', { since: millis(at), percent: 10 }))
    // A copy of what there is by now.
    await redis.command('COPY', INTENTS, 'older-intents')
    await redis.command('COPY', CHANGES, 'older-changes')
    await store.putIntent('icn-kt', intent('icn-kt', { since: millis(at + 1), percent: 0 }))
    await store.putIntent('nrt-ix', intent('nrt-ix', { since: millis(at + 1), percent: 20 }))
    await store.putIntent('sin-core', intent('sin-core', { since: millis(at + 1) }))
    await until('all of it', () => recorder.intents.size === 3)
    await redis.command('COPY', 'older-intents', INTENTS, 'REPLACE')
    await redis.command('COPY', 'older-changes', CHANGES, 'REPLACE')
    const standing = async () => (await store.readIntents()).map(({ cluster, percent }) => `${cluster} ${percent}`)
    expect((await standing()).sort()).toEqual(['icn-kt 100', 'nrt-ix 10'])
    await until('the loss to be noticed', () => log.length > 0, 5_000, 10)
    expect((await standing()).sort()).toEqual(['nrt-ix 20', 'sin-core 100'])
    expect(log).toEqual([expect.stringMatching(/lost what it knew.*drains written again: 3;/)])
  })

  it('change log trimmed past us while away: everything is read anew', async () => {
    await begin()
    await redis.command('ACL', 'SETUSER', 'ours', 'on', '>secret', '~*', '+@all')
    const [ours, other] = [start(`redis://ours:secret@127.0.0.1:${redis.port}`), start()]
    const recorder = await follow(ours)
    await up(recorder)
    await ours.putIntent('icn-kt', intent('icn-kt'))
    await ours.putIntent('nrt-ix', intent('nrt-ix'))
    await until('both intents', () => recorder.intents.size === 2)
    const before = recorder.calls.length

    await redis.command('ACL', 'SETUSER', 'ours', 'off')
    await redis.command('CLIENT', 'KILL', 'USER', 'ours')
    await away(recorder)
    await other.putIntent('icn-kt', null)
    await other.putMeasurements([row('192.0.2.0/24', 'icn-kt', 2)])
    await redis.command('XTRIM', CHANGES, 'MAXLEN', '1')
    await redis.command('ACL', 'SETUSER', 'ours', 'on')
    await up(recorder)
    expect(recorder.calls.slice(before)).toEqual(['away', 'anew', 'measurements', 'intent', 'intent', 'up'])
    expect(recorder.intents.get('icn-kt')).toBeNull()
    expect(recorder.rtt('192.0.2.0/24', 'icn-kt')).toBe(2)
    await other.putMeasurements([row('192.0.2.0/24', 'icn-kt', 3)])
    await until('what is new', () => recorder.rtt('192.0.2.0/24', 'icn-kt') === 3, 1_000, 5)
  })

  it('a plan announced just before the connection was lost is delivered after it', async () => {
    await begin({ persist: true })
    const [ours, other] = [start(), start()]
    const recorder = await follow(ours)
    await up(recorder)
    for (let i = 1; i <= 3; i++) {
      await other.publishPlan(plan(1, i)).catch(() => undefined)
      await redis.command('CLIENT', 'KILL', 'TYPE', 'normal')
      await until('the plan to be written', async () => {
        const verdict = await other.publishPlan(plan(1, i)).catch(() => null)
        return verdict === 'published'
      })
      await until(`plan ${i}`, () => recorder.plans.at(-1)?.seq === i, 5_000, 5)
    }
  })

  it('taking no writes (a replica): away with the reason, until it does', async () => {
    await begin()
    await redis.command('REPLICAOF', '127.0.0.1', '1')
    const recorder = await follow(start())
    await away(recorder)
    expect(recorder.statuses[0]![1]).toContain('READONLY')
    await moreAttempts()
    expect(recorder.calls).toEqual(['away'])
    await redis.command('REPLICAOF', 'NO', 'ONE')
    await up(recorder)
  })

  it('out of memory: away with the reason, until there is room; it is read all the same', async () => {
    await begin()
    const store = start()
    const recorder = await follow(store)
    await up(recorder)
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 1)])
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    await expect(store.putIntent('icn-kt', intent('icn-kt'))).rejects.toThrow(/OOM/)
    await away(recorder)
    expect(recorder.statuses.at(-1)![1]).toContain('OOM')

    const newcomer = start()
    const theirs = await follow(newcomer)
    await until('a newcomer to have all there is', () => theirs.rows.size === 1)
    expect(theirs.statuses).toEqual([[false, expect.stringContaining('OOM') as string]])
    await expect(newcomer.putIntent('icn-kt', intent('icn-kt'))).rejects.toThrow(/OOM/)
    await expect(newcomer.putLoad({ cluster: 'icn-kt', value: 1, at: millis(Date.now()) })).rejects.toThrow(/OOM/)
    expect(await newcomer.readMeasurements()).toHaveLength(1)
    expect(await newcomer.readIntents()).toEqual([])
    // What others got in is delivered, though nothing of ours is taken.
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    await redis.command('XADD', CHANGES, '*', 'kind', 'intent', 'data', 'nrt-ix')
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    await until('what was let in', () => theirs.intents.has('nrt-ix'), 5_000, 10)

    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    await up(recorder)
    await up(theirs)
    expect([recorder, theirs].map(({ statuses }) => statuses.map(([is]) => is))).toEqual([
      [true, false, true],
      [false, true],
    ])
    await newcomer.putIntent('icn-kt', intent('icn-kt'))
  })

  it('wrong password: away with the reason; the password is nowhere to be seen', async () => {
    await begin()
    const rules = ['on', '>s3cret/&', '~kingcdn:*', '+@all']
    await redis.command('ACL', 'SETUSER', 'kingcdn', ...rules)
    const withPassword = (password: string) =>
      `redis://kingcdn:${encodeURIComponent(password)}@127.0.0.1:${redis.port}/0`
    const store = start(withPassword('wr0ng-s3cret'))
    const recorder = await follow(store)
    await away(recorder)
    expect(recorder.statuses[0]![1]).toContain('WRONGPASS')
    const failure: unknown = await store.putIntent('icn-kt', null).catch((error: unknown) => error)
    const said = JSON.stringify([store.label, log, recorder.statuses, String(failure), { ...(failure as object) }])
    expect(said).not.toMatch(/wr0ng/)
    expect((failure as Error).cause).toBeUndefined()
    expect(store.label).toBe(`redis://127.0.0.1:${redis.port}/0`)
    const right = await follow(start(withPassword('s3cret/&')))
    await up(right)
  })

  it('a server that repeats the password in its refusal: it is blotted out', async () => {
    await begin()
    const gossip = createServer(socket => {
      socket.on('error', () => undefined)
      socket.on('data', chunk => socket.write(`-ERR what is ${chunk.toString().replaceAll('\r\n', ' ')}?\r\n`))
    })
    gossip.listen(0, '127.0.0.1')
    await once(gossip, 'listening')
    const { port } = gossip.address() as AddressInfo
    const store = start(`redis://kingcdn:wr0ng-s3cret@127.0.0.1:${port}`)
    const recorder = await follow(store)
    await away(recorder)
    const failure: unknown = await store.putIntent('icn-kt', null).catch((error: unknown) => error)
    expect(recorder.statuses[0]![1]).toContain('***')
    expect(`${recorder.statuses[0]![1]} ${String(failure)}`).not.toContain('wr0ng-s3cret')
    await store.close()
    gossip.close()
  })

  it('no password where one is asked for: away with the reason', async () => {
    await begin({ args: ['--requirepass', 'secret'] })
    const recorder = await follow(start())
    await away(recorder)
    expect(recorder.statuses[0]![1]).toContain('NOAUTH')
    await up(await follow(start(`redis://:secret@127.0.0.1:${redis.port}`)))
  })

  it('does not end the process by an unhandled rejection when it goes away in the middle of a large batch', async () => {
    await begin()
    const store = start()
    const recorder = await follow(store)
    await up(recorder)
    const rows = Array.from({ length: 20_000 }, (_, i) =>
      row(`11.${i >> 8}.${i & 255}.0/24`, 'icn-kt', 1, { measuredAt: millis(Date.now()) }),
    )
    const failing = expect(store.putMeasurements(rows)).rejects.toMatchObject({ name: 'StoreUnavailable' })
    await until('some rows', () => recorder.rows.size > 0, 5_000, 1)
    await redis.kill()
    await failing
    await away(recorder)
  })
})
