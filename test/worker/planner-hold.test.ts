import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import type { Deployment } from '../../src/model/deployment.ts'
import type { HeldChoice } from '../../src/model/fleet-plan.ts'
import { LiveTable, liveTableBytes } from '../../src/model/live-table.ts'
import type { HoldRequest, TableSet } from '../../src/model/planner.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'
import { PlannerDesk } from '../../src/worker/planner-desk.ts'
import { buildZoneTables } from '../../src/worker/zone-tables.ts'
import { cluster, measurement, NOW, service } from '../route/fixture.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hold-'))
  const zone = '$ORIGIN cdn.example.\n$TTL 300\n@ SOA ns1 host 1 3600 600 86400 60\n@ NS ns.example.\n'
  writeFileSync(join(folder, 'cdn.zone'), zone)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const clusters = [cluster('icn', 'seoul'), cluster('nrt', 'tokyo')]
const later = (ms: number) => millis(NOW + ms)
const rows = (icn: number, nrt: number, at: number) =>
  [measurement('1.2.3.0/24', 'icn', icn), measurement('1.2.3.0/24', 'nrt', nrt)].map(row => ({
    ...row,
    source: 'probe' as const,
    measuredAt: later(at),
  }))

it('the planner says what is held from the tables that are served, and compiles what the plan then holds', async () => {
  const deployment: Deployment = {
    zones: [{ file: join(folder, 'cdn.zone') }],
    clusters,
    services: [service('vod', ['icn', 'nrt'])],
    geo: { city: [], asn: [], overrides: [] },
  }
  const desk = new PlannerDesk(async (job, buffer) => buildZoneTables(job, buffer))
  const serve = async (set: TableSet, asOf: number, evidence: string, held: readonly HeldChoice[]) => {
    const job = { set, generation: 1 + asOf, deployment, mode: 'strict', coarse: false, configHash: 'x' } as const
    const rest = { fresh: asOf === 0, stable: { services: {}, clusters: {} }, survey: NO_SURVEY, demand: '' }
    const verdict = await desk.call('compile', { ...job, ...rest, asOf: later(asOf), evidence, held })
    if (verdict.kind === 'refused') throw new Error(JSON.stringify(verdict.problems))
    const live = new SharedArrayBuffer(liveTableBytes(2, 4))
    LiveTable.create(live, 2, 4).publish(half => {
      half.families.fill(3)
      half.servers.fill(3)
    })
    desk.served(set, live)
  }
  const why = async () => {
    const client = { address: '1.2.3.4', length: 24 }
    const verdict = await desk.call('explain', { name: 'vod.cdn.example.', type: 'A', client })
    return verdict.kind === 'trail' ? `${verdict.trail.cluster}: ${verdict.trail.reason}` : verdict.message
  }
  const request: HoldRequest = {
    ...{ served: later(0), survey: NO_SURVEY, held: [], counts: true },
    ...{ asOf: later(60_000), evidence: '2-0' },
  }
  expect(await desk.call('hold', request)).toBeNull()
  desk.measurements(rows(50, 60, 0), '1-0')
  await serve(0, 0, '1-0', [])
  expect(await why()).toBe('icn: fastest measured')
  desk.measurements(rows(64, 60, 60_000), '2-0')
  expect(await desk.call('hold', { ...request, served: later(1) })).toBeNull()
  expect(await desk.call('hold', { ...request, survey: { ...NO_SURVEY, number: 3 } })).toBeNull()
  const verdict = await desk.call('hold', request)
  expect(verdict).toMatchObject({
    held: [{ service: 'vod', prefix: '1.2.3.0/24', cluster: 'icn', wins: 0 }],
    beyond: 0,
  })
  await serve(1, 60_000, '2-0', verdict!.held)
  expect(await why()).toMatch(/^icn: kept: nrt wins by \d+(\.\d)? ms, less than the 6\.\d ms that a change takes$/)
  await serve(0, 60_001, '2-0', [])
  expect(await why()).toBe('nrt: fastest measured')
})
