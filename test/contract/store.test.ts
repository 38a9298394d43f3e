import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { comparePosition } from '../../src/base/position.ts'
import { formatPrefix, parsePrefix } from '../../src/base/prefix.ts'
import { AUDIT_KEPT, type AuditEntry } from '../../src/model/audit.ts'
import { MOST_VERDICTS } from '../../src/model/health.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import { MEASUREMENT_LIFETIME_MS } from '../../src/model/measurement.ts'
import { createStore } from '../../src/store/create.ts'
import type { Store } from '../../src/store/store.ts'
import { clusterReady, type RedisFleet, startRedisCluster } from '../fixture/redis-fleet.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import {
  demandReport,
  demandTable,
  health,
  intent,
  manyRows,
  node,
  plan,
  Recorder,
  row,
  systemClock,
  verdict,
} from '../fixture/store.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

interface Backend {
  readonly name: string
  start(): Promise<void>
  /** Everything stored before is gone. */
  empty(): Promise<void>
  stop(): Promise<void>
  store(): Store
  /** Ends the server as a power cut would, and starts it again; the stores on it were closed. */
  powerCut(): Promise<void>
  /** True when several stores see the same state. */
  readonly shared: boolean
}

class MemoryBackend implements Backend {
  readonly name = 'memory'
  readonly shared = false
  #folder = ''
  async start(): Promise<void> {
    await this.empty()
  }
  async empty(): Promise<void> {
    await this.stop()
    this.#folder = mkdtempSync(join(tmpdir(), 'kingcdn-store-'))
  }
  async stop(): Promise<void> {
    if (this.#folder !== '') rmSync(this.#folder, { recursive: true, force: true })
  }
  store(): Store {
    return createStore('memory', { stateDir: this.#folder, clock: systemClock, log: () => undefined })
  }
  async powerCut(): Promise<void> {}
}

class RedisBackend implements Backend {
  readonly name = 'redis'
  readonly shared = true
  #redis: RedisServer | undefined
  async start(): Promise<void> {
    this.#redis = await startRedis({ persist: true })
  }
  async empty(): Promise<void> {
    await this.#redis!.command('FLUSHALL')
  }
  async stop(): Promise<void> {
    await this.#redis?.stop()
  }
  store(): Store {
    return createStore(this.#redis!.url, { stateDir: '', clock: systemClock, log: () => undefined })
  }
  async powerCut(): Promise<void> {
    await this.#redis!.kill()
    await this.#redis!.restart()
  }
}

class ClusterBackend implements Backend {
  readonly name = 'redis cluster'
  readonly shared = true
  #fleet: RedisFleet | undefined
  async start(): Promise<void> {
    this.#fleet = await startRedisCluster()
  }
  async empty(): Promise<void> {
    for (const node of this.#fleet!.nodes) await node.command('FLUSHALL')
  }
  async stop(): Promise<void> {
    await this.#fleet?.stop()
  }
  store(): Store {
    return createStore(this.#fleet!.url, { stateDir: '', clock: systemClock, log: () => undefined })
  }
  async powerCut(): Promise<void> {
    for (const node of this.#fleet!.nodes) await node.kill()
    for (const node of this.#fleet!.nodes) await node.restart()
    await clusterReady(this.#fleet!.nodes)
  }
}

for (const backend of [new MemoryBackend(), new RedisBackend(), new ClusterBackend()]) {
  describe.skipIf(backend.shared && missing('redis-server'))(`every store: ${backend.name}`, () => {
    const stores: Store[] = []
    const start = (): Store => {
      const store = backend.store()
      stores.push(store)
      return store
    }
    const follow = async (store: Store): Promise<Recorder> => {
      const recorder = new Recorder()
      await store.open(recorder)
      await until('the first delivery', () => recorder.ready > 0, 5_000, 5)
      return recorder
    }
    beforeAll(() => backend.start())
    afterAll(() => backend.stop())
    beforeEach(() => backend.empty())
    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close()
    })

    it('says that it is up, then that it is ready, once', async () => {
      const recorder = await follow(start())
      expect(recorder.calls).toEqual(['up', 'ready'])
    })

    it('is empty at first', async () => {
      const store = start()
      expect(await store.readMeasurements()).toEqual([])
      expect(await store.readIntents()).toEqual([])
      expect(await store.readPlan()).toBeNull()
      expect(store.skipped).toBe(0)
    })

    it('delivers measurements as they were given', async () => {
      const store = start()
      const recorder = await follow(store)
      const rows = [
        row('192.0.2.0/24', 'icn-kt', 3.125, { rttVarMs: 0.25, loss: 0.0125, samples: 7, source: 'probe' }),
        row('2001:db8:12::/48', 'nrt-ix', 34, { source: 'passive' }),
        row('10.0.0.0/8', 'nrt-ix', 0.001),
      ]
      await store.putMeasurements(rows)
      await until('three rows', () => recorder.rows.size === 3, 1_000, 5)
      expect([...recorder.rows.values()]).toEqual(expect.arrayContaining(rows))
    })

    it('reads measurements in prefix order, the rows of a prefix by cluster', async () => {
      const store = start()
      await store.putMeasurements([
        row('2001:db8::/32', 'a', 1),
        row('192.0.2.0/24', 'b', 2),
        row('192.0.0.0/16', 'a', 3),
        row('192.0.2.0/24', 'a', 4),
        row('9.0.0.0/24', 'z', 5),
      ])
      const read = await store.readMeasurements()
      expect(read.map(each => `${formatPrefix(each.prefix)} ${each.cluster} ${each.rttMs}`)).toEqual([
        '9.0.0.0/24 z 5',
        '192.0.0.0/16 a 3',
        '192.0.2.0/24 a 4',
        '192.0.2.0/24 b 2',
        '2001:db8::/32 a 1',
      ])
    })

    it('reads what edges saw of one cluster by prefix, in the order asked, null where there is none', async () => {
      const store = start()
      const seen = { source: 'passive' } as const
      const rows = [
        row('192.0.2.0/24', 'a', 1, seen),
        row('192.0.2.0/24', 'b', 2, seen),
        row('2001:db8::/56', 'a', 3, seen),
      ]
      await store.putMeasurements([row('192.0.2.0/24', 'a', 9), row('192.0.3.0/24', 'a', 9, { source: 'probe' })])
      await store.putMeasurements(rows)
      const prefixes = ['2001:db8::/56', '192.0.3.0/24', '192.0.2.0/24', '192.0.0.0/16'].map(text => parsePrefix(text)!)
      expect(await store.readPassive('a', prefixes)).toEqual([rows[2], null, rows[0], null])
      expect(await store.readPassive('constructor', prefixes)).toEqual([null, null, null, null])
      expect(await store.readPassive('a', [])).toEqual([])
    })

    it('keeps what edges saw beside what was measured or imported: neither replaces the other', async () => {
      const store = start()
      const later = { measuredAt: millis(Date.now() + 1_000) }
      const [probed, imported] = [row('192.0.2.0/24', 'a', 1, { source: 'probe' }), row('192.0.2.0/24', 'a', 2, later)]
      const seen = row('192.0.2.0/24', 'a', 3, { source: 'passive' })
      await store.putMeasurements([seen, probed])
      await store.putMeasurements([row('192.0.2.0/24', 'a', 4, { source: 'passive', ...later }), imported])
      await store.putMeasurements([probed, seen])
      const rtts = (await store.readMeasurements()).map(({ rttMs, source }) => `${source} ${rttMs}`)
      expect(rtts).toEqual(['import 2', 'passive 4'])
    })

    it('reads measurements in portions of whole prefixes, the next one when the last is taken', async () => {
      const store = start()
      // Not a multiple of the rows of a prefix.
      const [first] = manyRows(1, { source: 'passive' })
      await store.putMeasurements([first!, ...manyRows(12_000)])
      const portions: (readonly Measurement[])[] = []
      let busy = 0
      await store.scanMeasurements(async rows => {
        expect(busy++).toBe(0)
        portions.push(rows)
        await new Promise(setImmediate)
        busy--
      })
      expect(portions.flat()).toEqual(await store.readMeasurements())
      expect(portions.flat()).toHaveLength(12_001)
      expect(portions.length).toBeGreaterThan(1)
      const prefixes = portions.map(rows => new Set(rows.map(({ prefix }) => formatPrefix(prefix))))
      expect(prefixes.reduce((sum, { size }) => sum + size, 0)).toBe(12_000 / 8)
    })

    it('keeps what was measured last, whatever comes later; of a tie the later call', async () => {
      const store = start()
      const recorder = await follow(store)
      const at = Date.now()
      const put = (rttMs: number, age: number) =>
        store.putMeasurements([row('192.0.2.0/24', 'icn-kt', rttMs, { measuredAt: millis(at - age) })])
      const kept = async () => (await store.readMeasurements())[0]?.rttMs
      await put(10, 1000)
      await put(20, 2000)
      expect(await kept()).toBe(10)
      await put(30, 1000)
      expect(await kept()).toBe(30)
      await put(40, 0)
      expect(await kept()).toBe(40)
      await until('the last figure', () => recorder.rtt('192.0.2.0/24', 'icn-kt') === 40, 1_000, 5)
    })

    it('takes the same pair twice in one call', async () => {
      const store = start()
      const at = millis(Date.now())
      await store.putMeasurements([
        row('192.0.2.0/24', 'icn-kt', 10, { measuredAt: at }),
        row('192.0.2.0/24', 'icn-kt', 20, { measuredAt: at }),
        row('192.0.2.0/24', 'icn-kt', 30, { measuredAt: millis(at - 1) }),
      ])
      expect((await store.readMeasurements()).map(each => each.rttMs)).toEqual([20])
    })

    it('leaves out rows past their lifetime and rows of a clock that is far ahead, and counts them', async () => {
      const store = start()
      const now = Date.now()
      await store.putMeasurements([
        row('192.0.2.0/24', 'old', 10, { measuredAt: millis(now - MEASUREMENT_LIFETIME_MS - 1000) }),
        row('192.0.2.0/24', 'future', 10, { measuredAt: millis(now + 2 * 3600_000) }),
        row('192.0.2.0/24', 'slightly-ahead', 10, { measuredAt: millis(now + 60_000) }),
      ])
      expect((await store.readMeasurements()).map(each => each.cluster)).toEqual(['slightly-ahead'])
      expect(store.skipped).toBe(2)
    })

    it('never lets positions go back, and moves them on with every change of measurements', async () => {
      const store = start()
      const recorder = await follow(store)
      for (let i = 1; i <= 5; i++) {
        await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', i)])
        await store.putLoad({ cluster: 'icn-kt', value: i, at: millis(Date.now()) })
        await until(`change ${i}`, () => recorder.rtt('192.0.2.0/24', 'icn-kt') === i, 1_000, 5)
      }
      expect(recorder.positions).toHaveLength(5)
      for (let i = 1; i < 5; i++)
        expect(comparePosition(recorder.positions[i]!, recorder.positions[i - 1]!)).toBeGreaterThan(0)
    })

    it('gives a newcomer the rows at the position of the last measurements, not of whatever came after', async () => {
      const first = start()
      const recorder = await follow(first)
      await first.putMeasurements([row('192.0.2.0/24', 'icn-kt', 5)])
      await first.putLoad({ cluster: 'icn-kt', value: 1, at: millis(Date.now()) })
      await first.putNode(node('ns1'))
      await until('the row', () => recorder.positions.length === 1, 1_000, 5)
      if (!backend.shared) await first.close()
      const newcomer = await follow(start())
      expect(newcomer.rtt('192.0.2.0/24', 'icn-kt')).toBe(5)
      expect(new Set(newcomer.positions)).toEqual(new Set(recorder.positions))
    })

    it('delivers load of clusters and of servers; an older report does not replace a newer one', async () => {
      const store = start()
      const recorder = await follow(store)
      const at = millis(Date.now())
      const samples = [
        { cluster: 'icn-kt', value: 12.5e9, at },
        { cluster: 'icn-kt', server: 'icn-kt-1', value: 0, at },
      ]
      for (const sample of samples) await store.putLoad(sample)
      await store.putLoad({ cluster: 'icn-kt', value: 1, at: millis(at - 5_000) })
      await store.putLoad({ cluster: 'nrt-ix', value: 3, at })
      await until('the last sample', () => recorder.loads.length >= 3, 1_000, 5)
      expect(recorder.loads).toEqual([...samples, { cluster: 'nrt-ix', value: 3, at }])
    })

    it('keeps intents until they are restored', async () => {
      const store = start()
      const recorder = await follow(store)
      const drain = intent('icn-kt', { percent: 50, until: millis(Date.now() + 3600_000) })
      await store.putIntent('icn-kt', drain)
      await store.putIntent('nrt-ix', intent('nrt-ix'))
      expect(await store.readIntents()).toHaveLength(2)
      await until('both intents', () => recorder.intents.size === 2, 1_000, 5)
      expect(recorder.intents.get('icn-kt')).toEqual(drain)
      await store.putIntent('icn-kt', null)
      await until('the restoring', () => recorder.intents.get('icn-kt') === null, 1_000, 5)
      expect((await store.readIntents()).map(each => each.cluster)).toEqual(['nrt-ix'])
    })

    it('writes an intent only while all of them are as they were, where that is asked', async () => {
      const store = start()
      const mark = await store.intentMark()
      expect(await store.putIntent('icn-kt', intent('icn-kt'), mark)).toBe(true)
      expect(await store.putIntent('nrt-ix', intent('nrt-ix'), mark)).toBe(false)
      expect(await store.readIntents()).toHaveLength(1)
      const next = await store.intentMark()
      expect(await store.putIntent('icn-kt', intent('icn-kt', { percent: 7 }))).toBe(true)
      expect(await store.putIntent('nrt-ix', intent('nrt-ix'), next)).toBe(false)
      const both = await store.intentMark()
      const verdicts = await Promise.all(['a', 'b', 'c'].map(id => store.putIntent(id, intent(id), both)))
      expect(verdicts.filter(Boolean)).toHaveLength(1)
      expect(await store.readIntents()).toHaveLength(2)
    })

    it('keeps all of an intent', async () => {
      const store = start()
      const recorder = await follow(store)
      const whole = intent('icn-kt', { percent: 50, from: 12.5, rampMs: 120_000, until: millis(Date.now() + 60_000) })
      await store.putIntent('icn-kt', whole)
      expect(await store.readIntents()).toEqual([whole])
      await until('it', () => recorder.intents.has('icn-kt'), 1_000, 5)
      expect(recorder.intents.get('icn-kt')).toEqual(whole)
    })

    it('takes back what a listener knew and the store does not hold', async () => {
      const store = start()
      await store.putIntent('icn-kt', intent('icn-kt'))
      const recorder = new Recorder()
      const known = ['icn-kt', 'nrt-ix'].map(id => intent(id, { since: millis(Date.now() + 60_000), percent: 1 }))
      await start().open(recorder, backend.shared ? known.slice(1) : known)
      await until('the first delivery', () => recorder.ready > 0, 5_000, 5)
      expect(recorder.intents.get('nrt-ix')).toBeNull()
    })

    it('keeps the audit trail: the newest entries, in order, bounded, over a power cut', async () => {
      const entry = (i: number): AuditEntry => ({
        ...{ at: millis(1_764_000_000_000 + i), action: 'drain', subject: `c${i}`, by: 'ops', from: 'cli' },
        ...{ what: 'to 50 %', outcome: 'refused', why: 'the last' },
      })
      const first = start()
      for (const i of [0, 2, 1, 3]) await first.putAudit(entry(i))
      expect(await first.readAudit(millis(0), 100)).toEqual([0, 1, 2, 3].map(entry))
      expect(await first.readAudit(millis(1_764_000_000_002), 100)).toEqual([2, 3].map(entry))
      expect(await first.readAudit(millis(0), 2)).toEqual([2, 3].map(entry))
      await first.close()
      await backend.powerCut()
      const second = start()
      expect(await second.readAudit(millis(0), 100)).toHaveLength(4)
      for (let i = 0; i < AUDIT_KEPT + 400; i += 100)
        await Promise.all(Array.from({ length: 100 }, (_, j) => second.putAudit(entry(10 + i + j))))
      const kept = await second.readAudit(millis(0), 10_000)
      expect(kept.length).toBeLessThanOrEqual(AUDIT_KEPT)
      expect(kept.length).toBeGreaterThan(AUDIT_KEPT - 200)
      expect(kept.at(-1)).toEqual(entry(10 + AUDIT_KEPT + 399))
    }, 20_000)

    it('does not read an intent that has run out', async () => {
      const store = start()
      await store.putIntent('icn-kt', intent('icn-kt', { until: millis(Date.now() - 1) }))
      expect(await store.readIntents()).toEqual([])
    })

    it('delivers what nameservers say of themselves', async () => {
      const store = start()
      const recorder = await follow(store)
      const report = node('ns1', { leader: true, generation: 42 })
      await store.putNode(report)
      await until('the report', () => recorder.nodes.length > 0, 1_000, 5)
      expect(recorder.nodes).toEqual([report])
    })

    it('delivers what monitors say, as it was said, and the whole of it to a newcomer', async () => {
      const store = start()
      const recorder = await follow(store)
      const first = health('m1', { place: 'icn', verdicts: [verdict('s1/4'), verdict('s1/6', 'timeout', 7)] })
      const change = health('m1', {
        place: 'icn',
        blind: [4, 6],
        at: millis(first.at + 1),
        whole: false,
        verdicts: [verdict('s1/4', 'refused', 9)],
      })
      const beat = health('m1', { place: 'icn', blind: [6], at: millis(first.at + 2), whole: false })
      expect([await store.putHealth(first), await store.putHealth(change), await store.putHealth(beat)]).toEqual(
        Array.from({ length: 3 }, () => 'kept'),
      )
      expect(await store.putHealth(health('m2'))).toBe('kept')
      await until('the last report', () => recorder.health.at(-1)?.monitor === 'm2', 1_000, 5)
      expect(recorder.health.filter(({ whole }) => !whole)).toEqual([change, beat])
      if (!backend.shared) return
      const newcomer = await follow(start())
      const told = newcomer.health.toSorted((a, b) => (a.monitor < b.monitor ? -1 : 1))
      expect(told.map(report => [report.monitor, report.place, report.whole])).toEqual([
        ['m1', 'icn', true],
        ['m2', undefined, true],
      ])
      expect([told[0]!.at, told[0]!.blind, told[1]!.blind]).toEqual([beat.at, [6], undefined])
      const names = told[0]!.verdicts.toSorted((a, b) => a.family - b.family)
      expect(names).toEqual([verdict('s1/4', 'refused', 9), verdict('s1/6', 'timeout', 7)])
    })

    it('a whole report takes the place of all that the monitor said before', async () => {
      const store = start()
      await store.putHealth(health('m1', { verdicts: [verdict('s1/4'), verdict('s2/4')] }))
      await store.putHealth(health('m1', { verdicts: [verdict('s2/4', 'body')] }))
      const recorder = await follow(store)
      expect(recorder.health.at(-1)!.verdicts).toEqual([verdict('s2/4', 'body')])
    })

    it('takes no changes of a monitor of which it holds nothing', async () => {
      const store = start()
      const recorder = await follow(store)
      const change = health('m1', { whole: false, verdicts: [verdict('s1/4')] })
      expect(await store.putHealth(change)).toBe('incomplete')
      expect(await store.putHealth({ ...change, whole: true })).toBe('kept')
      expect(await store.putHealth(change)).toBe('kept')
      await until('the change', () => recorder.health.at(-1)?.whole === false, 1_000, 5)
    })

    it('leaves out and counts verdicts that cannot be', async () => {
      const store = start()
      const bad = [
        verdict('S1/4'),
        verdict('/4'),
        verdict('s1/4', null, -1),
        verdict('s 1/6'),
        verdict('s2/4', null, 0.5),
      ]
      await store.putHealth(health('m1', { verdicts: [...bad, verdict('s3/6')] }))
      expect(store.skipped).toBe(bad.length)
      expect((await follow(store)).health.map(({ verdicts }) => verdicts)).toEqual([[verdict('s3/6')]])
    })

    it('takes as many verdicts as there may be, and drops a monitor that names ever more', async () => {
      const store = start()
      const recorder = await follow(store)
      const verdicts = Array.from({ length: MOST_VERDICTS + 1 }, (_, i) => verdict(`s${i}/4`))
      expect(await store.putHealth(health('m1', { verdicts }))).toBe('kept')
      expect(store.skipped).toBe(1)
      await until('the report', () => recorder.health.length > 0, 5_000, 5)
      expect(recorder.health[0]!.verdicts.length).toBe(MOST_VERDICTS)
      expect(await store.putHealth(health('m1', { whole: false, verdicts: [verdict('more/4')] }))).toBe('incomplete')
      expect(await store.putHealth(health('m1', { whole: false }))).toBe('incomplete')
    })

    it('gives the lease to one holder; a renewal keeps the token, a new holder gets a greater one', async () => {
      const store = start()
      const begun = Date.now()
      const lease = await store.acquireLease('ns1', 10_000)
      // Of the time, so that no plan that another store fenced before has a greater one.
      expect(lease!.token).toBeGreaterThanOrEqual(begun)
      expect(lease).toMatchObject({ holder: 'ns1' })
      expect(await store.acquireLease('ns2', 10_000)).toBeNull()
      expect(await store.acquireLease('ns1', 10_000)).toEqual(lease)
      await store.releaseLease(lease!)
      const next = await store.acquireLease('ns2', 10_000)
      expect(next!.token).toBeGreaterThan(lease!.token)
      expect(await store.acquireLease('ns1', 10_000)).toBeNull()
    })

    it('lets a lease that is not renewed run out', async () => {
      const store = start()
      const first = await store.acquireLease('ns1', 100)
      expect(await store.acquireLease('ns2', 100)).toBeNull()
      const second = await until('the lease to run out', () => store.acquireLease('ns2', 10_000), 2_000, 10)
      expect(second.token).toBeGreaterThan(first!.token)
    })

    it('a lease lost cannot be released or renewed by the one who lost it', async () => {
      const store = start()
      const first = await store.acquireLease('ns1', 50)
      const second = await until('the lease to run out', () => store.acquireLease('ns2', 10_000), 2_000, 10)
      await store.releaseLease(first!)
      expect(await store.acquireLease('ns1', 10_000)).toBeNull()
      expect(await store.acquireLease('ns2', 10_000)).toEqual(second)
    })

    it('publishes a plan and delivers it whole', async () => {
      const store = start()
      const recorder = await follow(store)
      const lease = (await store.acquireLease('ns1', 10_000))!
      const first = plan(lease.token, 1, { evidence: '17-3' })
      expect(await store.publishPlan(first)).toBe('published')
      expect(await store.readPlan()).toEqual(first)
      await until('the plan', () => recorder.plans.length > 0, 1_000, 5)
      expect(recorder.plans.at(-1)).toEqual(first)
    })

    it('never replaces a plan by an older one; the same one may be written again', async () => {
      const store = start()
      const lease = (await store.acquireLease('ns1', 10_000))!
      const { token } = lease
      expect(await store.publishPlan(plan(token, 5))).toBe('published')
      expect(await store.publishPlan(plan(token, 4))).toBe('stale-token')
      expect(await store.publishPlan(plan(token - 1, 9))).toBe('stale-token')
      expect(await store.publishPlan(plan(token, 5))).toBe('published')
      expect(await store.publishPlan(plan(token, 6))).toBe('published')
      expect(await store.readPlan()).toMatchObject({ token, seq: 6 })
    })

    it('refuses the plan of a holder whose lease went to another, even before that one has published', async () => {
      const store = start()
      const old = (await store.acquireLease('ns1', 50))!
      expect(await store.publishPlan(plan(old.token, 1))).toBe('published')
      await until('the lease to run out', () => store.acquireLease('ns2', 10_000), 2_000, 10)
      expect(await store.publishPlan(plan(old.token, 2))).toBe('stale-token')
      expect(await store.readPlan()).toMatchObject({ token: old.token, seq: 1 })
    })

    it('keeps measurements, intents, plan and the order of tokens and positions over a power cut', async () => {
      const first = start()
      const before = await follow(first)
      const lease = (await first.acquireLease('ns1', 1_000))!
      await first.putMeasurements([row('192.0.2.0/24', 'icn-kt', 3), row('2001:db8::/56', 'nrt-ix', 4)])
      await first.putIntent('icn-kt', intent('icn-kt'))
      await first.putIntent('nrt-ix', intent('nrt-ix'))
      await first.putIntent('nrt-ix', null)
      await first.publishPlan(plan(lease.token, 1))
      await until('the changes', () => before.plans.length > 0 && before.rows.size === 2, 1_000, 5)
      const rows = await first.readMeasurements()
      await first.close()
      await backend.powerCut()

      const second = start()
      const after = await follow(second)
      expect(await second.readMeasurements()).toEqual(rows)
      expect([...after.rows.values()]).toEqual(expect.arrayContaining([...rows]))
      expect([...after.intents.keys()]).toEqual(['icn-kt'])
      expect(after.plans.at(-1)).toMatchObject({ token: lease.token, seq: 1 })
      const next = await until('the lease', () => second.acquireLease('ns2', 10_000), 15_000)
      expect(next.token).toBeGreaterThan(lease.token)
      await second.putMeasurements([row('192.0.2.0/24', 'icn-kt', 5)])
      await until('the new row', () => after.rtt('192.0.2.0/24', 'icn-kt') === 5, 1_000, 5)
      expect(comparePosition(after.positions.at(-1)!, before.positions.at(-1)!)).toBeGreaterThan(0)
    })

    it('keeps what each nameserver counted last, until it is too old to count', async () => {
      const store = start()
      expect(await store.readCounted()).toEqual(new Map())
      await store.putCounted('ns1', demandTable({ '192.0.2.0/24': 1 }))
      const last = demandTable({ '192.0.2.0/24': 2.5, '198.51.100.0/24': 0.001, '2001:db8::/56': 3 }, { total: 9 })
      await store.putCounted('ns1', last)
      const other = demandTable({}, { total: 0, queries: 0 })
      await store.putCounted('ns2', other)
      await store.putCounted('ns3', demandTable({ '192.0.2.0/24': 7 }, { at: millis(Date.now() - 16 * 60_000) }))
      const counted = await store.readCounted()
      expect([...counted.keys()].sort()).toEqual(['ns1', 'ns2'])
      expect(counted.get('ns1')).toEqual(last)
      expect(counted.get('ns2')).toEqual(other)
    })

    it('keeps one report of demand at a time, tells of it, and forgets it when it expires', async () => {
      const store = start()
      const recorder = await follow(store)
      const before = recorder.reports
      expect(await store.readReport()).toBeNull()
      await store.putReport(demandReport({ '192.0.0.0/16': 1 }))
      const report = demandReport({ '192.0.2.0/24': 0, '2001:db8::/32': 2e9 }, { unit: 'bps' })
      await store.putReport(report)
      expect(await store.readReport()).toEqual(report)
      await until('both announcements', () => recorder.reports === before + 2, 1_000, 5)
      await store.putReport(demandReport({ '192.0.2.0/24': 1 }, { until: millis(Date.now() + 60) }))
      await until('the report to expire', async () => ((await store.readReport()) === null ? true : null), 2_000, 10)
      await store.putReport(report)
      await store.putReport(null)
      expect(await store.readReport()).toBeNull()
      await until('its withdrawal', () => recorder.reports === before + 5, 1_000, 5)
    })

    it('keeps demand tables by what is in them', async () => {
      const store = start()
      const [a, b] = [demandTable({ '192.0.2.0/24': 1 }), demandTable({ '192.0.2.0/24': 2 })]
      const ids = [await store.putDemand(a), await store.putDemand(b), await store.putDemand(a)]
      expect(ids[2]).toBe(ids[0])
      expect(ids[1]).not.toBe(ids[0])
      expect(ids[0]).toMatch(/^[0-9a-f]{32}$/)
      expect(await store.readDemand(ids[0]!)).toEqual(a)
      expect(await store.readDemand(ids[1]!)).toEqual(b)
      expect(await store.readDemand('0'.repeat(32))).toBeNull()
    })

    it('takes a table of as many rows as there may be', async () => {
      const store = start()
      const rows = Array.from({ length: 20_000 }, (_, i) => [
        `${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`,
        i + 0.123,
      ])
      const table = demandTable(Object.fromEntries(rows))
      await store.putCounted('ns1', table)
      expect((await store.readCounted()).get('ns1')!.rows.length).toBe(20_000)
      expect((await store.readDemand(await store.putDemand(table)))!.rows.at(-1)!.qps).toBe(19_999.1)
    })

    it('keeps demand over a power cut', async () => {
      const first = start()
      const [table, report] = [demandTable({ '192.0.2.0/24': 1 }), demandReport({ '192.0.2.0/24': 1 })]
      await first.putCounted('ns1', table)
      const id = await first.putDemand(table)
      await first.putReport(report)
      await first.close()
      await backend.powerCut()
      const second = start()
      const read = async () => [
        (await second.readCounted()).get('ns1'),
        await second.readDemand(id),
        await second.readReport(),
      ]
      expect(await until('the store', () => read().catch(() => null), 15_000)).toEqual([table, table, report])
    })

    it('can be written to and read without being opened, and opened afterwards', async () => {
      const store = start()
      await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 3)])
      expect(await store.readMeasurements()).toHaveLength(1)
      const recorder = await follow(store)
      expect(recorder.rows.size).toBe(1)
      expect(recorder.statuses.map(([up]) => up)).toEqual([true])
    })

    it('refuses everything once it is closed, and closes twice', async () => {
      const store = start()
      await follow(store)
      await store.close()
      await store.close()
      await expect(store.putIntent('icn-kt', null)).rejects.toMatchObject({ name: 'StoreUnavailable' })
    })

    it('survives a listener that throws', async () => {
      const store = start()
      const recorder = await follow(store)
      recorder.onIntent = () => {
        throw new Error('listener')
      }
      await store.putIntent('icn-kt', intent('icn-kt'))
      await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 3)])
      await until('the row', () => recorder.rows.size === 1, 1_000, 5)
      expect(recorder.statuses.map(([up]) => up)).toEqual([true])
    })

    if (!backend.shared) return
    describe('several at once', () => {
      it('each sees the changes of the other within a second, in the order in which they were made', async () => {
        const [a, b] = [start(), start()]
        const recorder = await follow(b)
        const lease = (await a.acquireLease('ns1', 10_000))!
        await a.putMeasurements([row('192.0.2.0/24', 'icn-kt', 3)])
        await a.putIntent('icn-kt', intent('icn-kt'))
        await a.putLoad({ cluster: 'icn-kt', value: 5, at: millis(Date.now()) })
        await a.putNode(node('ns1'))
        await a.publishPlan(plan(lease.token, 1))
        await until('the plan', () => recorder.plans.length > 0, 1_000, 5)
        expect(recorder.calls).toEqual(['up', 'ready', 'measurements', 'intent', 'load', 'node', 'plan'])
      })

      it('the lease is one for all of them', async () => {
        const [a, b] = [start(), start()]
        const leases = await Promise.all([a.acquireLease('ns1', 10_000), b.acquireLease('ns2', 10_000)])
        expect(leases.filter(lease => lease !== null)).toHaveLength(1)
      })
    })
  })
}
