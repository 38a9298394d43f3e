import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import { formatPrefix, parsePrefix } from '../../../src/base/prefix.ts'
import type { Deployment } from '../../../src/model/deployment.ts'
import type { PassiveSample } from '../../../src/model/passive.ts'
import { PassiveDesk } from '../../../src/probe/passive/desk.ts'
import { createStore } from '../../../src/store/create.ts'
import { row, systemClock } from '../../fixture/store.ts'

const REPORTER = { cluster: 'icn-kt', address: '192.0.2.1' }
const NOTHING = { accepted: 0, blocks: 0, special: 0, own: 0, outlier: 0 }

async function open(perReporter = 500) {
  const folder = mkdtempSync(join(tmpdir(), 'kingcdn-passive-'))
  const store = createStore('memory', { stateDir: folder, clock: systemClock, log: () => undefined })
  onTestFinished(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const logged: string[] = []
  const desk = new PassiveDesk({
    settings: { perReporter, networks: [] },
    store,
    deployment: () => deployment,
    now: () => Date.now(),
    log: (_, message) => void logged.push(message),
  })
  const take = (...samples: [client: string, rttMs: number][]) =>
    desk.take(
      'icn-kt',
      samples.map(([client, rttMs]): PassiveSample => ({ prefix: parsePrefix(client)!, rttMs, n: 1 })),
      millis(Date.now()),
    )
  const rows = async () =>
    (await store.readMeasurements()).map(
      each => `${formatPrefix(each.prefix)} ${each.rttMs} ${each.samples} ${each.source}`,
    )
  return { store, desk, logged, take, rows }
}

const deployment: Pick<Deployment, 'clusters' | 'geo'> = {
  clusters: [
    {
      ...{
        id: 'icn-kt',
        tier: 'exchange',
        location: { lat: 0, lon: 0 },
        asns: [],
        serves: [],
        target: 0.75,
        biasMs: 0,
      },
      ...{ capacity: { unit: 'bps', value: 1 }, servers: [{ id: 's', ipv4: '9.9.9.9', weight: 1 }] },
    },
  ],
  geo: { city: [], asn: [], overrides: [] },
}

test('rows are written, then smoothed; blocks without clients are left out and counted', async () => {
  const { take, rows, desk } = await open()
  const batch: [string, number][] = [
    ['8.8.8.1', 20],
    ['8.8.8.2', 30],
    ['8.8.8.3', 40],
    ['8.8.9.1', 5],
    ['10.0.0.1', 1],
    ['9.9.9.7', 1],
  ]
  expect(await take(...batch)).toEqual({ ...NOTHING, accepted: 4, blocks: 2, special: 1, own: 1 })
  expect(await rows()).toEqual(['8.8.8.0/24 30 1 passive', '8.8.9.0/24 5 1 passive'])
  await take(['8.8.8.1', 38])
  expect(await rows()).toEqual(['8.8.8.0/24 31 2 passive', '8.8.9.0/24 5 1 passive'])
  expect(desk.counts()).toEqual([
    { cluster: 'icn-kt', samples: { accepted: 5, special: 1, own: 1, outlier: 0, limited: 0, refused: 0 } },
  ])
})

test('what edges saw and what a prober measured stand beside each other, whoever was the last', async () => {
  const { take, rows, store } = await open()
  const probe = (rttMs: number) => store.putMeasurements([row('8.8.8.0/24', 'icn-kt', rttMs, { source: 'probe' })])
  await take(['8.8.8.1', 80])
  await probe(40)
  await take(['8.8.8.1', 48])
  expect(await rows()).toEqual(['8.8.8.0/24 40 100 probe', '8.8.8.0/24 76 2 passive'])
  await probe(41)
  expect(await rows()).toEqual(['8.8.8.0/24 41 100 probe', '8.8.8.0/24 76 2 passive'])
})

test('batches at once do not lose each other', async () => {
  const { take, rows } = await open()
  await Promise.all([take(['8.8.8.1', 80]), take(['8.8.8.1', 80]), take(['8.8.8.1', 80])])
  expect(await rows()).toEqual(['8.8.8.0/24 80 3 passive'])
})

test('outliers leave the row as it is', async () => {
  const { take, rows, store } = await open()
  await store.putMeasurements([row('8.8.8.0/24', 'icn-kt', 40, { source: 'passive', samples: 50 })])
  expect(await take(['8.8.8.1', 500])).toEqual({ ...NOTHING, outlier: 1 })
  expect(await rows()).toEqual(['8.8.8.0/24 40 50 passive'])
})

test('a store that is away fails this batch and none after it', async () => {
  const { take, rows, store } = await open()
  const { putMeasurements } = store
  store.putMeasurements = () => Promise.reject(new Error('away'))
  await expect(take(['8.8.8.1', 80])).rejects.toThrow('away')
  store.putMeasurements = putMeasurements
  await take(['8.8.8.1', 80])
  expect(await rows()).toEqual(['8.8.8.0/24 80 1 passive'])
})

test('what is too much or makes no sense is counted, and the log hears of each reporter once', async () => {
  const { desk, logged } = await open(1)
  expect(desk.admit(REPORTER, 60)).toBe(0)
  for (let i = 0; i < 3; i++) expect(desk.admit(REPORTER, 7)).toBeGreaterThan(0)
  desk.refuse(REPORTER, 5, 'rtt_ms: -1 is not a number')
  desk.refuse({ ...REPORTER, address: '192.0.2.2' }, 1, 'the body is not JSON')
  expect(desk.counts()[0]?.samples).toMatchObject({ limited: 21, refused: 6 })
  expect(logged).toEqual([
    'RTTs that 192.0.2.1 reports of icn-kt are not taken: more than 1 samples per second (passive.perReporter)',
    'RTTs that 192.0.2.2 reports of icn-kt are not taken: the body is not JSON',
  ])
})
