import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { type DemandFollower, NO_TABLE } from '../../src/control/demand-follower.ts'
import { EvidenceClock } from '../../src/control/evidence-clock.ts'
import { PlanFollower } from '../../src/control/plan-follower.ts'
import type { Publisher, PublishJob, PublishVerdict } from '../../src/control/publisher.ts'
import type { FleetPlan } from '../../src/model/fleet-plan.ts'
import type { CompileStats, Planner } from '../../src/model/planner.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'
import { plan } from '../fixture/store.ts'

const NOW = millis(1_764_000_000_000)
type Outcome = 'served' | 'refused' | 'failed'

/** A follower whose tables are compiled when the test says so. */
function setup() {
  const jobs: PublishJob[] = []
  const compiles: ((outcome: Outcome) => void)[] = []
  const world = { shut: false, surveys: [] as number[] }
  const publisher = {
    served: { stats: { coarse: false } as CompileStats } as Publisher['served'],
    get gateIsShut() {
      return world.shut
    },
    persist: async () => undefined,
    publish: build =>
      new Promise<PublishVerdict>((resolve, reject) => {
        jobs.push(build())
        compiles.push(outcome => {
          if (outcome === 'failed') reject(new Error('the planner died'))
          else if (outcome === 'refused') resolve({ kind: 'refused', reason: 'no', problems: [] })
          else resolve({ kind: 'served', stats: {} as CompileStats, problems: [] })
        })
      }),
  } as Partial<Publisher> as Publisher
  const follower = new PlanFollower({
    planner: { rtt: async () => ({ rows: 0, prefixes: 0, newest: null, oldest: null }) } as Partial<Planner> as Planner,
    publisher,
    evidenceClock: new EvidenceClock(),
    demand: {
      id: '',
      of: ({ number }) => world.surveys.push(number) && NO_TABLE.text,
    } as Partial<DemandFollower> as DemandFollower,
    inForce: () => ({
      deployment: { zones: [], clusters: [], services: [], geo: { city: [], asn: [], overrides: [] } },
      hash: '',
    }),
    snapshotFile: '',
    log: () => undefined,
  })
  let inForce: FleetPlan | null = null
  return {
    jobs,
    world,
    follower,
    /** The plan comes into force. */
    take: (next: FleetPlan) => {
      inForce = next
      follower.notice(next)
    },
    /** The control loop turns. */
    tick: () => follower.follow(inForce, NOW),
    /** The compile that runs ends. */
    end: async (outcome: Outcome = 'served') => {
      compiles.shift()!(outcome)
      await new Promise(resolve => setImmediate(resolve))
    },
  }
}

const first = plan(1, 1, { evidence: '1-0', asOf: NOW })
const probed = plan(1, 2, { evidence: '2-0', asOf: NOW, gated: true })
const imported = plan(1, 3, { evidence: '3-0', asOf: NOW, gated: false })
const after = plan(1, 4, { evidence: '4-0', asOf: NOW, gated: true })

const said = ({ jobs }: ReturnType<typeof setup>) => jobs.map(({ evidence, gated }) => [evidence, gated])

describe('tables follow the plan', () => {
  it('compiles what a plan counts once, gated as it says', async () => {
    const each = setup()
    each.take(first)
    each.tick()
    each.tick()
    await each.end()
    each.tick()
    each.take(probed)
    each.tick()
    await each.end()
    each.tick()
    expect(said(each)).toEqual([
      ['1-0', false],
      ['2-0', true],
    ])
  })

  it('what an import moves is let in, also where probers have a plan of their own before its tables are compiled', async () => {
    const each = setup()
    each.take(probed)
    each.tick()
    // Both come while one compile takes long.
    each.take(imported)
    each.take(after)
    each.tick()
    await each.end()
    each.tick()
    await each.end()
    each.tick()
    await each.end()
    each.tick()
    expect(said(each)).toEqual([
      ['2-0', true],
      ['3-0', false],
      ['4-0', true],
    ])
  })

  it('an import that is there already opens the gate for nothing else', async () => {
    const each = setup()
    each.take(imported)
    each.tick()
    // The same evidence, written once more with another shed level.
    each.take({ ...imported, seq: 4 })
    await each.end()
    each.take({ ...after, seq: 5 })
    each.tick()
    expect(said(each)).toEqual([
      ['3-0', false],
      ['4-0', true],
    ])
  })

  it.each(['refused', 'failed'] as const)('an import whose tables are %s comes with the next plan', async outcome => {
    const each = setup()
    each.take(imported)
    each.take(after)
    each.tick()
    await each.end(outcome)
    each.tick()
    await each.end()
    each.tick()
    each.take(plan(1, 5, { evidence: '5-0', asOf: NOW, gated: true }))
    each.tick()
    expect(said(each)).toEqual([
      ['3-0', false],
      ['4-0', false],
      ['5-0', true],
    ])
  })

  it('an import whose tables failed is let go: its demand is not asked for in turn with that of the next plan', async () => {
    const each = setup()
    each.take({ ...imported, survey: { ...NO_SURVEY, number: 1 } })
    each.tick()
    each.take({ ...after, survey: { ...NO_SURVEY, number: 2 } })
    await each.end('failed')
    each.world.surveys.length = 0
    for (let i = 0; i < 3; i++) each.tick()
    await each.end()
    each.tick()
    expect(new Set(each.world.surveys)).toEqual(new Set([2]))
  })

  it('a reload serves what was let in', async () => {
    const each = setup()
    each.take(imported)
    each.take(after)
    each.follower.compiledFor(after, '')
    each.tick()
    expect(said(each)).toEqual([])
    each.take(plan(1, 5, { evidence: '5-0', asOf: NOW, gated: true }))
    each.tick()
    expect(said(each)).toEqual([['5-0', true]])
  })

  it('while the gate is shut nothing passes freely', () => {
    const each = setup()
    each.world.shut = true
    each.take(imported)
    each.tick()
    expect(said(each)).toEqual([['3-0', true]])
  })

  it('what failed is not tried at every tick', async () => {
    const each = setup()
    each.take(probed)
    each.tick()
    await each.end('failed')
    each.tick()
    expect(said(each)).toEqual([['2-0', true]])
  })
})
