import { expect, test } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { FAMILY_V4, LiveTable, liveTableBytes } from '../../src/model/live-table.ts'
import type { CompileJob, LoadRequest } from '../../src/model/planner.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'
import { PlannerDesk } from '../../src/worker/planner-desk.ts'
import { buildZoneTables } from '../../src/worker/zone-tables.ts'
import { cluster, NOW, service } from '../route/fixture.ts'

/** Nobody is located: blocks are spread over both clusters by weight, and half of them ask for each. */
const clusters = [cluster('icn', 'seoul'), cluster('nrt', 'tokyo')]
const desk = new PlannerDesk(async (job, buffer) => buildZoneTables(job, buffer))
let generation = 0

async function serveSurvey(number: number): Promise<void> {
  const set = generation % 2 === 0 ? 0 : 1
  const job: CompileJob = {
    set,
    generation: ++generation,
    deployment: {
      zones: [],
      clusters,
      services: [service('vod', ['icn', 'nrt'])],
      geo: { city: [], asn: [], overrides: [] },
    },
    fresh: true,
    mode: 'tolerant',
    coarse: false,
    asOf: NOW,
    evidence: '',
    survey: { ...NO_SURVEY, number },
    demand: '',
    held: [],
    stable: { services: {}, clusters: {} },
    configHash: 'x',
  }
  const verdict = await desk.call('compile', job)
  if (verdict.kind === 'refused') throw new Error(JSON.stringify(verdict.problems))
  const live = new SharedArrayBuffer(liveTableBytes(2, 2))
  LiveTable.create(live, 2, 2).publish(half => half.families.fill(FAMILY_V4))
  desk.served(set, live)
}

function request(seconds: number, more: Partial<LoadRequest> = {}): LoadRequest {
  const now = millis(NOW + seconds * 1000)
  const inputs = ['icn', 'nrt'].map((id, c) => ({
    id,
    capacity: 100,
    target: 0.75,
    usable: true,
    drainPercent: 0,
    load: { value: [90, 20][c]!, at: now },
  }))
  return { clusters: inputs, ttlSeconds: 30, now, state: null, allocation: null, ...more }
}

test('the planner allocates the map that is served, and plans its levels over those floors alone', async () => {
  expect(await desk.call('allocate', request(0))).toBeNull()
  await serveSurvey(1)
  const { state } = await desk.call('levels', request(0))
  const first = (await desk.call('allocate', request(0, { state })))!
  expect(first).toMatchObject({ survey: 1, at: NOW, floors: { icn: expect.any(Number) } })
  expect(first.planned.icn!).toBeLessThanOrEqual(0.75)
  expect(first.planned.icn!).toBeGreaterThan(0.7)
  // Not again for the same survey, until it is old.
  expect(await desk.call('allocate', request(10, { state, allocation: first }))).toBeNull()
  expect(await desk.call('allocate', request(400, { state, allocation: first }))).toMatchObject({ survey: 1 })

  const high = { ...first, floors: { icn: 251 } }
  const level = async (allocation: typeof first) =>
    (await desk.call('levels', request(10, { state, allocation }))).levels.icn!
  expect(await level(high)).toBe(251)
  expect(await level({ ...high, survey: 2 })).toBeLessThan(251)

  await serveSurvey(2)
  expect(await level(high)).toBeLessThan(251)
  expect(await desk.call('allocate', request(20, { state, allocation: first }))).toMatchObject({ survey: 2 })
})

test('the planner says where the tables that are served send the demand; before there are any it does not know', async () => {
  const fresh = new PlannerDesk(async (job, buffer) => buildZoneTables(job, buffer))
  expect(await fresh.call('shares', null)).toBeNull()
  await serveSurvey(3)
  const shares = (await desk.call('shares', null))!
  expect(shares.map(({ service, cluster }) => `${service} ${cluster}`).sort()).toEqual(['vod icn', 'vod nrt'])
  for (const { share } of shares) expect(share).toBeCloseTo(0.5, 1)
})
