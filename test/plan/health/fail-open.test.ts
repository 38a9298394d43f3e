import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import type { ClusterPlan } from '../../../src/model/fleet-plan.ts'
import type { Service } from '../../../src/model/service.ts'
import { openFamilies } from '../../../src/plan/health/fail-open.ts'
import { cluster, service } from '../../route/fixture.ts'

const clusters = ['icn', 'nrt', 'lhr', 'jfk'].map(id => cluster(id, 'seoul'))
const IDS = clusters.map(({ id }) => id)

/** `v4/v6` of each cluster: `u`p, `d`own, `-` unknown; then what is drained. */
function plans(said: string, drained: readonly string[] = []): Record<string, ClusterPlan> {
  const entries = clusters.map(({ id, servers }, c) => {
    const verdict = (letter: string) => {
      const up = letter === 'u'
      return { up, since: millis(1), cause: up ? null : ('timeout' as const), voices: [1, 1] as const }
    }
    const [v4, v6] = said.split('/').map(letters => letters[c]!)
    const verdicts = { ...(v4 === '-' ? {} : { v4: verdict(v4!) }), ...(v6 === '-' ? {} : { v6: verdict(v6!) }) }
    const plan: ClusterPlan = {
      ...{ health: 'up', level: 0, stale: false, drainPercent: drained.includes(id) ? 100 : 0 },
      servers: Object.fromEntries(servers.map(server => [server.id, verdicts])),
    }
    return [id, plan] as const
  })
  return Object.fromEntries(entries)
}
const open = (said: string, failOpenBelow: number, drained: readonly string[] = [], more: Partial<Service> = {}) =>
  openFamilies(service('vod', IDS, { failOpenBelow, ...more }), clusters, plans(said, drained))

describe('failOpenBelow', () => {
  it('opens a service by the families of which less than that share is healthy', () => {
    expect(open('uudd/uuuu', 0.5)).toBe(0)
    expect(open('uddd/uuuu', 0.5)).toBe(1)
    expect(open('uuuu/uddd', 0.5)).toBe(2)
    expect(open('dddd/dddd', 0.5)).toBe(3)
    expect(open('u---/----', 0.9)).toBe(0)
  })

  it('never opens one whose share is 0, or of which nothing is planned', () => {
    expect(open('dddd/dddd', 0)).toBe(0)
    expect(openFamilies(service('vod', IDS, { failOpenBelow: 1 }), clusters, undefined)).toBe(0)
  })

  it('counts neither what is drained nor what is excluded', () => {
    expect(open('uddd/uuuu', 0.5, ['lhr', 'jfk'])).toBe(0)
    expect(open('uddd/uuuu', 0.5, ['icn'])).toBe(1)
    expect(open('uddd/uuuu', 0.5, [], { clusters: ['icn', 'nrt'] })).toBe(0)
  })

  it('goes by capacity, where all have one unit', () => {
    const large = clusters.map((each, c) => (c === 0 ? { ...each, capacity: { ...each.capacity, value: 1e15 } } : each))
    const vod = service('vod', IDS, { failOpenBelow: 0.5 })
    expect(openFamilies(vod, large, plans('uddd/uuuu'))).toBe(0)
    const mixed = large.map((each, c) => (c === 1 ? { ...each, capacity: { unit: 'conns' as const, value: 5 } } : each))
    expect(openFamilies(vod, mixed, plans('uddd/uuuu'))).toBe(1)
  })
})
