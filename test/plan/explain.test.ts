import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { explain } from '../../src/plan/explain.ts'
import { type Compiled, clientOf, cluster, compile, measurement, NOW, place, service } from '../route/fixture.ts'

const CLUSTERS = [
  cluster('icn-kt', 'seoul', { tier: 'embedded', asns: [4766], content: ['popular'] }),
  cluster('nrt-ix', 'tokyo'),
  cluster('lhr-dc', 'london', { tier: 'core' }),
]

function trail(world: Compiled, address: string, serviceNumber = 0) {
  const { tables, live } = world
  return explain({ world: world.world, tables, live, service: serviceNumber, family: 4, client: clientOf(address) })
}

describe('explain', () => {
  const world = compile({
    clusters: CLUSTERS,
    services: [
      service('vod', ['icn-kt', 'nrt-ix', 'lhr-dc'], { content: 'popular' }),
      service('live', ['icn-kt', 'nrt-ix', 'lhr-dc'], { content: 'live', only: { countries: ['KR', 'JP'] } }),
    ],
    places: [place('seoul'), place('london')],
    city: { '168.126.0.0/16': 1, '81.0.0.0/8': 2 },
    asn: { '168.126.0.0/16': 4766 },
    measurements: [measurement('168.126.63.0/24', 'nrt-ix', 34, { measuredAt: millis(NOW - 40_000) })],
  })

  it('shows place, evidence, verdicts and the reason', () => {
    const shown = trail(world, '168.126.63.1')
    expect(shown).toMatchObject({
      name: 'vod.cdn.example.',
      type: 'A',
      service: 'vod',
      client: { address: '168.126.63.1', source: 'ecs', block: '168.126.48.0/20', scope: 20 },
      place: { country: 'KR', asn: 4766, from: 'city.mmdb' },
      cluster: 'icn-kt',
      servers: [expect.stringMatching(/^icn-kt-/)],
      ttl: 30,
      reason: "fastest by estimate; in the client's own ISP",
      snapshot: 7,
    })
    expect(shown.candidates.map(c => [c.cluster, c.verdict, c.rttFrom])).toEqual([
      ['icn-kt', 'chosen', '18 ms +-7: prior 20, with its own RTTs'],
      [
        'nrt-ix',
        'outranked',
        '34 ms +-1: own RTT, 40 s old, measured for /24; prior 43, with its own RTTs (counts 3 %)',
      ],
      ['lhr-dc', 'outranked', '236 ms +-46: prior 249, with its own RTTs'],
    ])
  })

  it('names the static filters', () => {
    const verdicts = Object.fromEntries(trail(world, '168.126.63.1', 1).candidates.map(c => [c.cluster, c.verdict]))
    expect(verdicts).toEqual({ 'nrt-ix': 'chosen', 'icn-kt': 'no-content', 'lhr-dc': 'excluded' })
    expect(trail(world, '81.2.3.4').candidates.find(c => c.cluster === 'icn-kt')?.verdict).toBe('not-announced')
  })

  it('throws when the tables say something else than their sources', () => {
    const broken = compile({ clusters: CLUSTERS, places: [place('seoul')], city: { '168.126.0.0/16': 1 } })
    broken.arena.i32('route.rows').fill(0x00010001)
    expect(() => trail(broken, '168.126.63.1')).toThrow(/slots: served .* recomputed/)
  })
})
