import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ArenaWriter } from '../../src/base/arena.ts'
import { millis } from '../../src/base/brand.ts'
import type { Deployment } from '../../src/model/deployment.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import type { CompileJob } from '../../src/model/planner.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'
import { Compiler, type Generation, type GenerationInput } from '../../src/worker/compile.ts'
import { PlannerDesk } from '../../src/worker/planner-desk.ts'
import { ZoneSets } from '../../src/worker/zone-sets.ts'
import { buildZoneTables } from '../../src/worker/zone-tables.ts'
import { NETWORKS } from '../fixture/mmdb-world.ts'
import { FIXTURE_GEO } from '../fixture/nameserver.ts'
import { cluster, measurement, NOW, service } from '../route/fixture.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'survey-'))
  writeFileSync(
    join(folder, 'cdn.zone'),
    '$ORIGIN cdn.example.\n$TTL 300\n@ SOA ns1 host 1 3600 600 86400 60\n@ NS n.e.\n',
  )
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Compiled = Extract<Generation, { kind: 'compiled' }>

const deployment = (clusters = [cluster('icn', 'seoul'), cluster('lhr', 'london')]): Deployment => ({
  zones: [{ file: join(folder, 'cdn.zone') }],
  clusters,
  services: [
    service(
      'vod',
      clusters.map(({ id }) => id),
    ),
  ],
  geo: { city: [FIXTURE_GEO.city], asn: [FIXTURE_GEO.asn], overrides: [] },
})

const survey = (number: number) => ({ ...NO_SURVEY, number, asOf: NOW, evidence: `${number}` })

const newCompiler = () => new Compiler(new ZoneSets(async (job, buffer) => buildZoneTables(job, buffer)))

async function compile(compiler: Compiler, more: Partial<GenerationInput> = {}): Promise<Compiled> {
  const input: GenerationInput = {
    generation: 1,
    deployment: deployment(),
    fresh: false,
    mode: 'strict',
    coarse: false,
    stable: { services: {}, clusters: {} },
    configHash: 'x',
    measurements: [],
    asOf: NOW,
    survey: NO_SURVEY,
    held: [],
    demand: '',
    zonesInUse: null,
    ...more,
  }
  const generation = await compiler.compile(input, NOW)
  if (generation.kind === 'refused') throw new Error(JSON.stringify(generation.problems))
  return generation
}

/** The maps alone: with them is written which zones they go with, whose file has a name of its own everywhere. */
function bytesOf({ maps }: Compiled): Buffer {
  const writer = new ArenaWriter()
  maps.write(writer)
  const buffer = new ArrayBuffer(writer.byteLength)
  writer.writeTo(buffer)
  return Buffer.from(buffer)
}

/** A /24 of each of the first few cities of the database, from both clusters. */
const ROWS: readonly Measurement[] = NETWORKS.filter(([prefix]) => /^[0-9.]+\/(1[0-9]|20)$/.test(prefix))
  .slice(0, 12)
  .flatMap(([prefix], i) => ['icn', 'lhr'].map(id => measurement(prefix.replace(/\/.*/, '/24'), id, 290 + i)))

describe('the ground of the maps', () => {
  it('stands while the survey does, whatever is measured since, and is compiled anew with the next', async () => {
    const compiler = newCompiler()
    const first = await compile(compiler, { survey: survey(1), surveyed: ROWS, measurements: ROWS })
    const second = await compile(compiler, { survey: survey(1), measurements: ROWS.slice(4) })
    expect(second.maps.unmeasured).toBe(first.maps.unmeasured)
    expect(second.stats.estimates).toEqual(first.stats.estimates)
    const third = await compile(compiler, { survey: survey(2), surveyed: ROWS.slice(8), measurements: ROWS })
    expect(third.maps.unmeasured).not.toBe(first.maps.unmeasured)
    expect(third.stats.estimates!.cells).toBeLessThan(first.stats.estimates!.cells)
  })

  it('is compiled from nothing before the first survey, and in the first seconds of a start', async () => {
    const before = await compile(newCompiler(), { measurements: ROWS, surveyed: ROWS })
    expect(before.stats.estimates).toMatchObject({ cells: 0, clusters: 0 })
    const coarse = await compile(newCompiler(), { survey: survey(1), surveyed: ROWS, measurements: ROWS, coarse: true })
    expect(coarse.stats.estimates!.cells).toBe(0)
  })

  it('goes by the same measurements after a reload in the middle of a survey', async () => {
    const compiler = newCompiler()
    await compile(compiler, { survey: survey(1), surveyed: ROWS, measurements: ROWS })
    expect(compiler.needsSurvey(survey(1))).toBe(false)
    const clusters = [cluster('icn', 'seoul'), cluster('lhr', 'london'), cluster('nrt', 'tokyo')]
    const more = { deployment: deployment(clusters), configHash: 'y', fresh: true }
    const reloaded = await compile(compiler, { ...more, survey: survey(1), measurements: ROWS.slice(0, 2) })
    const other = await compile(newCompiler(), {
      ...more,
      survey: survey(1),
      surveyed: ROWS,
      measurements: ROWS.slice(0, 2),
    })
    expect(bytesOf(reloaded).equals(bytesOf(other))).toBe(true)
  })

  it('of two nameservers that were told the same in another order is the same to the last octet', async () => {
    const more = { survey: survey(1), surveyed: ROWS, measurements: ROWS }
    const one = await compile(newCompiler(), more)
    const two = await compile(newCompiler(), { ...more, surveyed: ROWS.toReversed(), measurements: ROWS.toReversed() })
    expect(one.stats.estimates!.cells).toBeGreaterThan(5)
    expect(bytesOf(one).equals(bytesOf(two))).toBe(true)
  })
})

it('a cluster whose coordinates the measurements contradict is an alarm', async () => {
  const near = ROWS.map(row => (row.cluster === 'lhr' ? row : { ...row, rttMs: 1 }))
  const { stats } = await compile(newCompiler(), { survey: survey(1), surveyed: near })
  expect(stats.estimates!.misplaced).toEqual(['icn'])
  expect(stats.alarms).toEqual([
    'cluster icn: RTTs to it are shorter than light could make them; its location in the configuration is wrong',
  ])
})

it('the planner surveys what was there at the survey, not what has come since', async () => {
  const desk = new PlannerDesk(async (job, buffer) => buildZoneTables(job, buffer))
  const job: CompileJob = {
    set: 0,
    generation: 1,
    deployment: deployment(),
    fresh: false,
    mode: 'strict',
    coarse: false,
    asOf: NOW,
    evidence: '2',
    survey: survey(1),
    demand: '',
    held: [],
    stable: { services: {}, clusters: {} },
    configHash: 'x',
  }
  desk.measurements(ROWS.slice(0, 2), '1')
  desk.measurements(ROWS.slice(2), '2')
  const verdict = await desk.call('compile', job)
  expect(verdict.kind === 'compiled' && verdict.stats).toMatchObject({
    measuredRows: ROWS.length,
    estimates: { cells: 1 },
  })
  const next = await desk.call('compile', { ...job, set: 1, survey: survey(2), asOf: millis(NOW + 1) })
  expect(next.kind === 'compiled' && next.stats.estimates!.cells).toBeGreaterThan(5)
})
