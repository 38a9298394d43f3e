import { describe, expect, it } from 'vitest'
import { parsePrefix } from '../../../src/base/prefix.ts'
import type { AnswerCounts, ClusterLoadInput } from '../../../src/model/planner.ts'
import { planFleetServing } from '../../../src/plan/serving/fleet.ts'
import { orderGroup } from '../../../src/route/order-groups.ts'
import { cluster, compile, compileInput, mapInput, NOW, place, service } from '../../route/fixture.ts'

const clusters = [cluster('icn', 'seoul', { count: 10 }), cluster('lhr', 'london', { count: 4 })]
const services = [service('vod', ['icn', 'lhr']), service('live', ['icn', 'lhr']), service('web', ['lhr'])]
const world = compile({ clusters, services, places: [place('seoul'), place('london')], city: { '20.0.0.0/6': 1 } })
const report = (id: string, more: Partial<ClusterLoadInput> = {}): ClusterLoadInput => ({
  ...{ id, capacity: 1000, target: 0.8, usable: true, drainPercent: 0 },
  ...more,
})
const deployed = { zones: [], clusters, services, geo: { city: [], asn: [], overrides: [] } }
const firsts = world.unmeasured.clusterWeights
const planWith = (answers: AnswerCounts, ...reports: ClusterLoadInput[]) =>
  planFleetServing(world.tables, deployed, reports, { firsts, answers }, {}, NOW).plan
const plan = (...reports: ClusterLoadInput[]) => planWith({}, ...reports)
const [vod, live, web] = services.map(({ cdnName }) => `${orderGroup(cdnName)}`)

describe("servers that serve a name, over the fleet's clusters", () => {
  it('by the share of the load that its first choices are', () => {
    // All of Seoul's blocks have icn first, for both services that may use it: half of the load each.
    expect(plan(report('icn', { load: { value: 256, at: NOW } })).icn).toEqual({ [vod!]: 2, [live!]: 2 })
    for (const k of Object.values(plan(report('icn', { load: { value: 640, at: NOW } })).icn!))
      expect(k).toBeGreaterThanOrEqual(5)
  })

  it('by the share of the answers that named it, the more the more there are', () => {
    // 80 per server at most, 64 with room to spare.
    const load = { load: { value: 256, at: NOW } }
    const of = (vodAnswers: number, liveAnswers: number) =>
      planWith({ icn: { vod: vodAnswers, live: liveAnswers, gone: 1e6 }, lhr: { live: 1e6 } }, report('icn', load)).icn
    expect(of(0, 0)).toEqual({ [vod!]: 2, [live!]: 2 })
    expect(of(1e6, 0)).toEqual({ [vod!]: 4, [live!]: 1 })
    expect(of(0, 1e6)).toEqual({ [vod!]: 1, [live!]: 4 })
    // A thousand are half believed: three quarters of the load. Ten say next to nothing.
    expect(of(1_000, 0)![vod!]).toBe(3)
    expect(of(950, 0)![vod!]).toBe(3)
    expect(of(1_100, 0)![vod!]).toBe(4)
    expect(of(10, 0)).toEqual({ [vod!]: 3, [live!]: 2 })
  })

  it('by what is known of the demand of the blocks that it is first for', () => {
    const of = (demand: Readonly<Record<string, number>>) => {
      const services = [service('vod', ['icn', 'lhr']), service('kr', ['icn', 'lhr'], { only: { countries: ['KR'] } })]
      const each = compileInput({
        ...mapInput({
          clusters,
          services,
          places: [place('seoul'), place('london')],
          city: { '20.0.0.0/16': 1, '30.0.0.0/16': 2 },
        }),
        demand: Object.entries(demand).map(([prefix, weight]) => ({ prefix: parsePrefix(prefix)!, weight })),
      })
      const evidence = { firsts: each.unmeasured.clusterWeights, answers: {} }
      return planFleetServing(
        each.tables,
        { ...deployed, services },
        [report('icn', { load: { value: 150, at: NOW } })],
        evidence,
        {},
        NOW,
      ).plan.icn![orderGroup(services[1]!.cdnName)]!
    }
    // Londoners may get the second service in Seoul alone: where they ask for more, more of Seoul's load is that service's.
    expect([of({ '30.0.0.0/16': 1e8 }), of({ '20.0.0.0/16': 1e8 })]).toEqual([3, 2])
  })

  it("alike for a cluster's services where it is nobody's first choice", () => {
    const weights = world.unmeasured.clusterWeights.map(each => each.map((weight, c) => (c === 1 ? 0 : weight)))
    const reports = [report('lhr', { load: { value: 80, at: NOW } })]
    const { plan: planned } = planFleetServing(
      world.tables,
      deployed,
      reports,
      { firsts: weights, answers: {} },
      {},
      NOW,
    )
    expect(Object.keys(planned.lhr!).sort()).toEqual([vod!, live!, web!].sort())
  })

  it('all while a cluster has never reported; as they are while its report is old', () => {
    const serving = { [vod!]: 3 }
    expect(plan(report('icn', { serving })).icn).toEqual({})
    expect(plan(report('icn', { serving, load: { value: 10, at: (NOW - 60_000) as typeof NOW } })).icn).toEqual(serving)
    expect(plan(report('gone', { load: { value: 10, at: NOW } }))).toEqual({})
  })

  it('of a cluster by any legal name', () => {
    const named = [cluster('constructor', 'seoul', { count: 4 })]
    const input = [report('constructor', { load: { value: 80, at: NOW } })]
    const { tables, unmeasured } = compile({
      clusters: named,
      services: [service('vod', ['constructor'])],
      places: [place('seoul')],
      city: { '20.0.0.0/6': 1 },
    })
    const deployed = {
      ...{ zones: [], clusters: named, geo: { city: [], asn: [], overrides: [] } },
      services: [service('vod', ['constructor'])],
    }
    const evidence = { firsts: unmeasured.clusterWeights, answers: {} }
    const { plan: planned } = planFleetServing(tables, deployed, input, evidence, {}, NOW)
    expect(planned.constructor).toEqual({ [vod!]: 1 })
  })
})
