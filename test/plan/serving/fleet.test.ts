import { describe, expect, it } from 'vitest'
import type { ClusterLoadInput } from '../../../src/model/planner.ts'
import { planFleetServing } from '../../../src/plan/serving/fleet.ts'
import { orderGroup } from '../../../src/route/order-groups.ts'
import { cluster, compile, NOW, place, service } from '../../route/fixture.ts'

const clusters = [cluster('icn', 'seoul', { count: 10 }), cluster('lhr', 'london', { count: 4 })]
const services = [service('vod', ['icn', 'lhr']), service('live', ['icn', 'lhr']), service('web', ['lhr'])]
const world = compile({ clusters, services, places: [place('seoul'), place('london')], city: { '20.0.0.0/6': 1 } })
const report = (id: string, more: Partial<ClusterLoadInput> = {}): ClusterLoadInput => ({
  ...{ id, capacity: 1000, target: 0.8, usable: true, drainPercent: 0 },
  ...more,
})
const plan = (...reports: ClusterLoadInput[]) =>
  planFleetServing(
    world.tables,
    { zones: [], clusters, services, geo: { city: [], asn: [], overrides: [] } },
    reports,
    world.unmeasured.clusterWeights,
    {},
    NOW,
  ).plan
const [vod, live, web] = services.map(({ cdnName }) => `${orderGroup(cdnName)}`)

describe("servers that serve a name, over the fleet's clusters", () => {
  it('by the share of the load that its first choices are', () => {
    // All of Seoul's blocks have icn first, for both services that may use it: half of the load each.
    expect(plan(report('icn', { load: { value: 256, at: NOW } })).icn).toEqual({ [vod!]: 2, [live!]: 2 })
    for (const k of Object.values(plan(report('icn', { load: { value: 640, at: NOW } })).icn!))
      expect(k).toBeGreaterThanOrEqual(5)
  })

  it("alike for a cluster's services where it is nobody's first choice", () => {
    const weights = world.unmeasured.clusterWeights.map(each => each.map((weight, c) => (c === 1 ? 0 : weight)))
    const { plan: planned } = planFleetServing(
      world.tables,
      { zones: [], clusters, services, geo: { city: [], asn: [], overrides: [] } },
      [report('lhr', { load: { value: 80, at: NOW } })],
      weights,
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
    const { plan: planned } = planFleetServing(tables, deployed, input, unmeasured.clusterWeights, {}, NOW)
    expect(planned.constructor).toEqual({ [vod!]: 1 })
  })
})
