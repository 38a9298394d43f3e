import { describe, expect, it } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import type { DemandRow } from '../../src/model/demand.ts'
import { DRAIN_ALL, FAMILY_V4, type LiveHalf, STATE_DOWN } from '../../src/model/live-table.ts'
import type { PlannedShare } from '../../src/model/planned-share.ts'
import { PlannedShares } from '../../src/plan/planned-shares.ts'
import { newRouting } from '../../src/route/client.ts'
import { decide } from '../../src/route/route.ts'
import { type Compiled, clientOf, cluster, compileInput, mapInput, place, service } from '../route/fixture.ts'

const SERVICES = [
  service('vod', ['icn', 'nrt', 'lhr']),
  service('live', ['icn', 'nrt', 'lhr'], { whenAllDown: { kind: 'servfail' } }),
  service('asia', ['icn', 'nrt']),
  service('spread', ['icn', 'lhr'], { policy: 'weighted', weights: { icn: 3, lhr: 1 } }),
]
/** What leaves of these blocks ask for, so much more than all others that only they count: /24 each. */
const HEAVY = 1e9
const blocks = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => `${first}.${i >> 4}.${(i & 15) << 4}.0/24`)
const DEMAND: Readonly<Record<string, number>> = Object.fromEntries([
  ...blocks(168, 300).map(text => [text, 1] as const),
  ...blocks(126, 200).map(text => [text, 1] as const),
  ...blocks(25, 100).map(text => [text, 5] as const),
])

function world(demand: Readonly<Record<string, number>> = DEMAND): Compiled & { readonly shares: PlannedShares } {
  const rows: DemandRow[] = Object.entries(demand).map(([text, weight]) => ({
    prefix: parsePrefix(text)!,
    weight: weight * HEAVY,
  }))
  const input = mapInput({
    clusters: [cluster('icn', 'seoul'), cluster('nrt', 'tokyo'), cluster('lhr', 'london')],
    services: SERVICES,
    places: [place('seoul'), place('tokyo'), place('london')],
    city: { '168.0.0.0/8': 1, '126.0.0.0/8': 2, '25.0.0.0/8': 3 },
  })
  const compiled = compileInput({ ...input, demand: rows })
  return { ...compiled, shares: new PlannedShares(compiled.tables, compiled.world.demand) }
}

/** By service and cluster. */
const told = (shares: readonly PlannedShare[]) =>
  Object.fromEntries(shares.map(({ service, cluster, share }) => [`${service} ${cluster}`, share]))

/** What the query road gives to the same demand: each block asks as often as it weighs. */
function answered({ tables, live }: Compiled, demand: Readonly<Record<string, number>> = DEMAND) {
  const counts = new Map<string, number>()
  const sums = new Map<number, number>()
  const out = newRouting()
  for (const [text, weight] of Object.entries(demand)) {
    for (let s = 0; s < tables.serviceCount; s++) {
      decide(tables, live, s, FAMILY_V4, clientOf(text.replace('/24', '')), out)
      sums.set(s, (sums.get(s) ?? 0) + weight)
      if (out.cluster < 0) continue
      const pair = `${tables.serviceIds[s]} ${tables.clusterIds[out.cluster]}`
      counts.set(pair, (counts.get(pair) ?? 0) + weight)
    }
  }
  return Object.fromEntries(
    [...counts].map(([pair, count]) => [pair, count / sums.get(tables.serviceIds.indexOf(pair.split(' ')[0]!))!]),
  )
}

function expectAlike(planned: Record<string, number>, measured: Record<string, number>, within = 1e-4): void {
  for (const pair of new Set([...Object.keys(planned), ...Object.keys(measured)]))
    expect(
      Math.abs((planned[pair] ?? 0) - (measured[pair] ?? 0)),
      `${pair}: ${planned[pair]}, ${measured[pair]}`,
    ).toBeLessThan(pair.startsWith('spread') ? 0.06 : within)
}

const CASES: Readonly<Record<string, (live: LiveHalf) => void>> = {
  'all is well': () => undefined,
  'a cluster is down': live => live.state.set([STATE_DOWN], 1),
  'a cluster has no usable address': live => live.families.set([0], 0),
  'a third of a cluster is drained': live => live.drain.set([DRAIN_ALL / 3], 0),
  'a cluster is drained': live => live.drain.set([DRAIN_ALL], 2),
  'two clusters shed': live => live.level.set([100, 60], 0),
  'a cluster is in its slow start': live => live.warm.set([0x8080], 1),
  'a cluster sheds, another is drained in part': live => {
    live.level[0] = 128
    live.drain[1] = 128
  },
  'all are down': live => live.state.fill(STATE_DOWN),
}

describe('the planned share', () => {
  it.each(Object.keys(CASES))('is what the query road answers to that demand: %s', name => {
    const compiled = world()
    CASES[name]!(compiled.live)
    const planned = told(compiled.shares.under(compiled.live))
    expectAlike(planned, answered(compiled))
  })

  it('says what it should: a thousandth more or less', () => {
    const { shares, live } = world()
    const sent = told(shares.under(live))
    expect(sent['vod icn']).toBeCloseTo(0.3, 3)
    expect(sent['vod nrt']).toBeCloseTo(0.2, 3)
    expect(sent['vod lhr']).toBeCloseTo(0.5, 3)
    expect(sent['asia lhr']).toBeUndefined()
    expect(sent['spread icn']).toBeCloseTo(0.75, 1)
    live.state.set([STATE_DOWN], 2)
    const without = told(shares.under(live))
    expect(without['vod lhr']).toBeUndefined()
    expect(without['vod icn']! + without['vod nrt']!).toBeCloseTo(1, 6)
  })

  it('of a service that fails when all are down nothing is sent anywhere, of another on the same map all', () => {
    const { shares, live } = world()
    live.state.fill(STATE_DOWN)
    const sent = shares.under(live)
    const sum = (id: string) => sent.filter(({ service }) => service === id).reduce((all, { share }) => all + share, 0)
    expect(sum('live')).toBe(0)
    expect(sum('vod')).toBeCloseTo(1, 6)
  })

  it('without known demand every located leaf counts one: three /8, and a sixteenth of the rest by weight', () => {
    const { shares, live } = world({})
    const sent = told(shares.under(live))
    const all = 3 * 65536 + (2 ** 24 - 3 * 65536) / 16
    expect(sent['vod icn']!).toBeGreaterThan(65536 / all)
    expect(sent['vod icn']! + sent['vod nrt']! + sent['vod lhr']!).toBeCloseTo(1, 6)
  })

  it('names the services in order, of each the largest share first, and no more than 1,000 pairs', () => {
    const clusters = Array.from({ length: 30 }, (_, i) => cluster(`c${i}`, i % 2 === 0 ? 'seoul' : 'tokyo'))
    const services = Array.from({ length: 60 }, (_, i) =>
      service(
        `s${i}`,
        clusters.map(({ id }) => id),
        { policy: 'weighted' },
      ),
    )
    const compiled = compileInput(mapInput({ clusters, services }))
    const sent = new PlannedShares(compiled.tables, compiled.world.demand).under(compiled.live)
    expect(sent).toHaveLength(1000)
    expect(sent.slice(0, 30).every(({ service }) => service === 's0')).toBe(true)
    expect(sent.slice(0, 30).map(({ share }) => share)).toEqual(
      sent
        .slice(0, 30)
        .map(({ share }) => share)
        .sort((a, b) => b - a),
    )
  })
})
