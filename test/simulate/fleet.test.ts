import { describe, expect, it } from 'vitest'
import { LiveTable, liveTableBytes } from '../../src/model/live-table.ts'
import { DEFAULT_SCENARIO, type ScenarioEvent } from '../../src/model/scenario.ts'
import { fillLive } from '../../src/plan/live.ts'
import { orderGroups } from '../../src/route/order-groups.ts'
import { Fleet } from '../../src/simulate/fleet.ts'
import { seeded } from '../../src/simulate/random.ts'
import { cluster, service } from '../route/fixture.ts'

const deployment = {
  zones: [],
  clusters: [cluster('icn', 'seoul', { upThreshold: 0.9 }), cluster('lhr', 'london'), cluster('cdg', 'paris')],
  services: [service('vod', ['icn', 'lhr', 'cdg'], { failOpenBelow: 0.5 }), service('live', ['icn'])],
  geo: { city: [], asn: [], overrides: [] },
}

const fleetAfter = (...events: ScenarioEvent[]): Fleet => {
  const fleet = new Fleet(deployment.clusters, DEFAULT_SCENARIO, seeded(1), deployment.services)
  for (const event of events) fleet.befall(event)
  fleet.judge(1000)
  fleet.publish()
  return fleet
}
const fail = (...clusters: string[]): ScenarioEvent => ({ at: 10, kind: 'fail', clusters })

describe('the live table of a simulation', () => {
  it('is what a nameserver makes of a plan in which all is well', () => {
    const { clusters, services } = deployment
    const groups = orderGroups(services)
    const counts = [clusters.length, 6, groups.length, services.length] as const
    const table = LiveTable.create(new ArrayBuffer(liveTableBytes(...counts)), ...counts)
    table.publish(half => fillLive(half, { clusters, services, groups }, null))
    expect(fleetAfter().live.current()).toEqual(table.current())
  })

  it('has drains, levels, and the dead once they are known to be', () => {
    const fleet = fleetAfter(fail('lhr'), { at: 0, kind: 'drain', clusters: ['icn'], percent: 50 })
    fleet.setLevels({ icn: 12 })
    const { state, families, drain, level, servers, open } = fleet.live.current()
    expect([...families]).toEqual([3, 0, 3])
    expect([...servers]).toEqual([3, 3, 0, 0, 3, 3])
    expect(state[1]).not.toBe(state[0])
    expect([drain[0], level[0], fleet.unshed.current().level[0]]).toEqual([128, 12, 0])
    expect([...open]).toEqual([0, 0])
  })

  it('fails open as a nameserver does, and forgets what is restored', () => {
    const most = fail('lhr', 'cdg')
    expect([...fleetAfter(most).live.current().open]).toEqual([3, 0])
    const restored = fleetAfter(most, { at: 20, kind: 'restore', clusters: ['lhr', 'cdg'] }).live.current()
    expect([...restored.open, ...restored.families]).toEqual([0, 0, 3, 3, 3])
  })
})
