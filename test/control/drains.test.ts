import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { Drains } from '../../src/control/drains.ts'
import type { Deployment } from '../../src/model/deployment.ts'
import type { FleetPlan } from '../../src/model/fleet-plan.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { plan } from '../fixture/store.ts'

const NOON = 1_764_000_000_000
const cluster = (id: string) => ({ id }) as Deployment['clusters'][number]
const service = (id: string, clusters: string[]) => ({ id, clusters }) as unknown as Deployment['services'][number]
const deployment = {
  clusters: [cluster('icn'), cluster('nrt'), cluster('fra')],
  services: [service('asia', ['icn', 'nrt']), service('world', ['icn', 'nrt', 'fra'])],
} as unknown as Deployment

let folder = ''
let store: MemoryStore
let now = NOON
let inForce: FleetPlan | null = null
const clock = { now: () => millis(now) }
const drains = () => new Drains({ store, deployment: () => deployment, plan: () => inForce, now: clock.now })
const wish = (id: string, percent = 100, more: object = {}) => ({
  ...{ cluster: id, percent, reason: '', by: 'ops', rampMs: 120_000 },
  ...more,
})

beforeEach(() => {
  now = NOON
  inForce = null
  folder = mkdtempSync(join(tmpdir(), 'drains-'))
  store = new MemoryStore({ stateDir: folder, clock, log: () => undefined })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

describe('the last serving cluster of a service', () => {
  it('is not drained, also while the drain of the other has only begun', async () => {
    await drains().drain(wish('icn'), false)
    await expect(drains().drain(wish('nrt'), false)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('nrt is the last serving cluster of asia; ') as string,
    })
    expect((await store.readIntents()).map(intent => intent.cluster)).toEqual(['icn'])
    await drains().drain(wish('fra'), false)
    await drains().drain(wish('nrt'), true)
  })

  it('is one whose others are down by the plan in force', async () => {
    const entry = { drainPercent: 0, level: 0, stale: false }
    inForce = plan(1, 1, { clusters: { icn: { ...entry, health: 'down' }, nrt: { ...entry, health: 'up' } } })
    await expect(drains().drain(wish('nrt'), false)).rejects.toMatchObject({ code: 'conflict' })
    inForce = plan(1, 2, { clusters: { icn: { ...entry, health: 'degraded' } } })
    await drains().drain(wish('nrt'), false)
  })

  it('may be drained in part, since every cluster turns away blocks of its own', async () => {
    await drains().drain(wish('icn'), false)
    await drains().drain(wish('nrt', 99), false)
    await expect(drains().drain(wish('nrt', 100), false)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is none any more once the other comes back', async () => {
    await drains().drain(wish('icn', 100, { until: NOON + 60_000 }), false)
    now += 60_000
    await drains().drain(wish('nrt'), false)
    await drains().restore({ cluster: 'nrt', by: 'ops', rampMs: 120_000 })
    await drains().drain(wish('icn'), false)
  })

  it('stays with two who drain the last two at the same moment: one of them is refused', async () => {
    for (let round = 0; round < 20; round++) {
      const verdicts = await Promise.allSettled([
        drains().drain(wish('icn'), false),
        drains().drain(wish('nrt'), false),
      ])
      expect(verdicts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      for (const id of ['icn', 'nrt']) await drains().restore({ cluster: id, by: 'ops', rampMs: 0 })
    }
  })
})

describe('a drain goes on from what is in force', () => {
  it('when it is changed, and when it is restored', async () => {
    expect(await drains().drain(wish('icn'), false)).toMatchObject({ percent: 100, since: NOON })
    now += 60_000
    expect(await drains().drain(wish('icn', 20), false)).toMatchObject({ percent: 20, from: 55, since: NOON + 60_000 })
    now += 120_000
    const restored = await drains().restore({ cluster: 'icn', by: 'ops', rampMs: 60_000 })
    expect(restored).toMatchObject({ percent: 0, from: 20, rampMs: 60_000 })
    now += 60_000
    expect(await store.readIntents()).toEqual([])
  })

  it('and is later than the one before, whatever the clock says', async () => {
    await drains().drain(wish('icn'), false)
    now -= 10_000
    expect((await drains().restore({ cluster: 'icn', by: 'ops', rampMs: 60_000 })).since).toBe(NOON + 1)
  })
})

it('an unknown cluster is refused with those there are', async () => {
  await expect(drains().restore({ cluster: 'xyz', by: '', rampMs: 0 })).rejects.toMatchObject({
    code: 'not-found',
    message: 'no cluster xyz; clusters are icn, nrt, fra',
  })
})
