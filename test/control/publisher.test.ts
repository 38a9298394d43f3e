import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { Publisher } from '../../src/control/publisher.ts'
import { StableNumbers } from '../../src/control/stable-numbers.ts'
import type { Cluster } from '../../src/model/cluster.ts'
import type { Deployment } from '../../src/model/deployment.ts'
import type { FleetPlan } from '../../src/model/fleet-plan.ts'
import { DRAIN_ALL, FAMILY_V4, LiveTable } from '../../src/model/live-table.ts'
import type {
  CompileJob,
  CompileStats,
  CompileVerdict,
  Planner,
  TableArenas,
  TablesMessage,
} from '../../src/model/planner.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'

const cluster = (id: string): Cluster => ({
  id,
  tier: 'core',
  location: { lat: 0, lon: 0 },
  asns: [],
  serves: [],
  capacity: { unit: 'bps', value: 1 },
  target: 0.75,
  biasMs: 0,
  servers: [{ id: `${id}-1`, ipv4: '192.0.2.1', weight: 1 }],
})
const deployment: Deployment = {
  zones: [],
  clusters: [cluster('a'), cluster('b')],
  services: [],
  geo: { city: [], asn: [], overrides: [] },
}

const stats = (job: CompileJob, moved: number | null): CompileStats => ({
  generation: job.generation,
  builtAt: 0,
  buildMs: 1,
  bytes: 1,
  ranges: 1,
  rows: 1,
  places: 0,
  measuredRows: 5,
  alarms: [],
  coarse: job.coarse,
  configHash: job.configHash,
  geoHash: '',
  zones: [],
  clusterIds: ['a', 'b'],
  serverCount: 2,
  moved,
})

const arenas = (): TableArenas => ({ zones: new SharedArrayBuffer(8), map: new SharedArrayBuffer(8) })

function setup(
  verdict: (job: CompileJob) => Partial<CompileStats> | 'refuse' = () => ({}),
  onSwap: () => void = () => undefined,
  onDisk: Awaited<ReturnType<Planner['restore']>> = null,
) {
  const jobs: CompileJob[] = []
  const stable = new StableNumbers()
  const swaps: TablesMessage[] = []
  const planner = {
    served: () => undefined,
    compile: async (job: CompileJob): Promise<CompileVerdict> => {
      jobs.push(job)
      const outcome = verdict(job)
      if (outcome === 'refuse') return { kind: 'refused', problems: [] }
      return { kind: 'compiled', stats: { ...stats(job, null), ...outcome }, arenas: arenas(), problems: [] }
    },
    restore: async () => onDisk,
  } as Partial<Planner> as Planner
  const publisher = new Publisher(
    planner,
    {
      swap: async tables => {
        onSwap()
        swaps.push(tables)
      },
    },
    stable,
  )
  const publish = (gated = false) =>
    publisher.publish(() => ({
      deployment,
      configHash: 'x',
      mode: 'strict',
      coarse: false,
      fresh: true,
      asOf: millis(0),
      evidence: '',
      survey: NO_SURVEY,
      demand: '',
      held: [],
      gated,
    }))
  return { publisher, publish, jobs, swaps, stable }
}

const plan = (drainPercent: number): FleetPlan => ({
  token: 1,
  seq: 1,
  by: 'ns1',
  at: millis(0),
  asOf: millis(0),
  evidence: '',
  survey: NO_SURVEY,
  allocation: null,
  held: [],
  gated: false,
  clusters: { b: { health: 'up', drainPercent, level: 7, stale: false } },
  cookies: null,
  levelState: null,
  alarms: [],
})

describe('publishing generations', () => {
  it('the two sets take turns, generations grow by one, and jobs wait for each other', async () => {
    const { publisher, publish, jobs, swaps } = setup()
    await Promise.all([publish(), publish(), publish()])
    expect(jobs.map(job => [job.set, job.generation])).toEqual([
      [0, 1],
      [1, 2],
      [0, 3],
    ])
    expect(swaps.map(swap => swap.generation)).toEqual([1, 2, 3])
    expect(publisher.served?.stats.generation).toBe(3)
  })

  it('a refused compile leaves what is served, and the next one uses the idle set again', async () => {
    let refuse = false
    const { publisher, publish, jobs } = setup(() => (refuse ? 'refuse' : {}))
    await publish()
    refuse = true
    expect((await publish()).kind).toBe('refused')
    expect(publisher.served?.stats.generation).toBe(1)
    expect(publisher.refusals).toBe(1)
    refuse = false
    await publish()
    expect(jobs.map(job => job.set)).toEqual([0, 1, 1])
  })

  it('a job queued behind a reload speaks of the configuration that the reload brought', async () => {
    const { publisher, jobs } = setup()
    let hash = 'old'
    const job = (configHash: string) => ({
      deployment,
      configHash,
      mode: 'strict' as const,
      coarse: false,
      fresh: false,
      asOf: millis(0),
      evidence: '',
      survey: NO_SURVEY,
      demand: '',
      held: [],
      gated: false,
    })
    const reload = publisher.publish(
      () => job('new'),
      () => {
        hash = 'new'
      },
    )
    const rebuild = publisher.publish(() => job(hash))
    await Promise.all([reload, rebuild])
    expect(jobs.map(each => each.configHash)).toEqual(['new', 'new'])
  })

  it('tables that the workers do not take are refused, with the reason', async () => {
    let fails = false
    const { publisher, publish } = setup(
      () => ({}),
      () => {
        if (fails) throw new Error('query-0 died of generation 2')
      },
    )
    await publish()
    fails = true
    expect(await publish()).toMatchObject({ kind: 'refused', reason: 'query-0 died of generation 2' })
    expect(publisher.served?.stats.generation).toBe(1)
  })

  it('tables from disk count by the numbers that they were made with, and so do the next', async () => {
    const job = { generation: 7, coarse: false, configHash: 'x' } as CompileJob
    const made = { services: {}, clusters: { b: 1, a: 3 }, targets: {} }
    const onDisk = { stats: { ...stats(job, null), stable: made }, arenas: arenas() }
    const names: string[] = []
    const { publisher, publish, jobs, stable } = setup(undefined, () => names.push(stable.clusterId(3)), onDisk)
    stable.of(deployment)
    expect(await publisher.restore(deployment, 'tables.bin', () => false)).toBe(false)
    expect(stable.clusterId(3)).toBe('other')
    expect(await publisher.restore(deployment, 'tables.bin', () => true)).toBe(true)
    await publish()
    expect(names).toEqual(['a', 'a'])
    expect(jobs[0]!.stable.clusters).toEqual({ a: 3, b: 1 })
  })

  it('a map without measurements is no reason to shut the gate', async () => {
    const { publish } = setup(() => ({ moved: 0.9, measuredRows: 0 }))
    await publish()
    expect((await publish(true)).kind).toBe('served')
  })

  it('measurements alone may not move more than 30 % of the demand; an operator may', async () => {
    const { publisher, publish } = setup(() => ({ moved: 0.31 }))
    await publish()
    expect(await publish(true)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('31 %') as string })
    expect(publisher.lastRefusal).toContain('reload')
    expect((await publish(false)).kind).toBe('served')
  })

  it('the plan is in the live table of every generation, and an equal plan does not move the epoch', async () => {
    const { publisher, publish, swaps } = setup()
    await publish()
    publisher.apply(plan(100))
    const table = () => LiveTable.open(swaps.at(-1)!.live)
    expect(Array.from(table().current().drain)).toEqual([0, DRAIN_ALL])
    expect(Array.from(table().current().level)).toEqual([0, 7])
    expect(Array.from(table().current().families)).toEqual([FAMILY_V4, FAMILY_V4])
    const { epoch } = table()
    publisher.apply({ ...plan(100), seq: 2 })
    expect(table().epoch).toBe(epoch)
    publisher.apply(plan(50))
    expect(table().epoch).not.toBe(epoch)
    await publish()
    expect(Array.from(table().current().drain)).toEqual([0, DRAIN_ALL / 2])
  })
})
