import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import type { Server } from '../../../src/model/cluster.ts'
import { orderColumn, serverColumns } from '../../../src/plan/server-columns.ts'
import {
  HEADROOM,
  planServing,
  type Serving,
  type ServingMemory,
  WINDOW_MS,
} from '../../../src/plan/serving/serving.ts'
import { newRouting } from '../../../src/route/client.ts'
import { serverOrder } from '../../../src/route/pick/order.ts'
import { pick } from '../../../src/route/pick/pick.ts'
import { cluster, NOW, randomOf } from '../../route/fixture.ts'
import { Draw } from '../../route/random-world.ts'

const serversOf = (count: number, weightOf: (i: number) => number = () => 1): Server[] =>
  cluster('icn', 'seoul', { count }).servers.map((server, i) => ({ ...server, weight: weightOf(i) }))

interface Case {
  readonly servers: Server[]
  readonly target: number
  readonly load: number
  readonly shares: Map<number, number>
}

function randomCase(draw: Draw): Case {
  const servers = serversOf(2 + draw.below(30), draw.chance(50) ? () => 1 : () => 1 + draw.below(8))
  const groups = Array.from({ length: 1 + draw.below(12) }, (_, i) => i * 7)
  const raw = groups.map(() => 1 + draw.below(1000) ** 2)
  const sum = raw.reduce((a, b) => a + b)
  const target = 1000
  return {
    servers,
    target,
    load: (target * (1 + draw.below(130))) / 100,
    shares: new Map(groups.map((g, i) => [g, raw[i]! / sum])),
  }
}

const orderOf =
  (servers: readonly Server[]) =>
  (group: number): number[] =>
    serverOrder(group, servers)
const planned = (one: Case): Serving =>
  planServing({ ...one, order: orderOf(one.servers), before: {} }, null, NOW).serving

/** Load of each server when `blocks` blocks of equal demand per group choose by the rule of the query path. */
function simulate({ servers, load, shares }: Case, serving: Serving, blocks = 3000): number[] {
  const groups = [...shares.keys()]
  const clusters = [cluster('icn', 'seoul', { servers })]
  const tables = { ...serverColumns(clusters), orderServers: orderColumn(clusters, groups) }
  const ramp = new Uint16Array(servers.length)
  const out = newRouting()
  out.cluster = 0
  const loads = servers.map(() => 0)
  groups.forEach((group, at) => {
    for (let block = 0; block < blocks; block++) {
      pick(
        tables,
        tables.serverFamilies,
        ramp,
        at * servers.length,
        group,
        serving[group] ?? 0,
        1,
        1,
        block * 7919,
        out,
      )
      loads[out.servers[0]!]! += (load * shares.get(group)!) / blocks
    }
  })
  return loads
}

describe('how many servers serve a name', () => {
  it('ceil(1.25 x its load / target per server), among equal servers', () => {
    const one = (load: number) =>
      planned({ servers: serversOf(10), target: 1000, load, shares: new Map([[7, 1]]) })['7']
    expect([1, 80, 81, 160, 161, 400, 800, 801, 2000].map(one)).toEqual([1, 1, 2, 2, 3, 5, 10, 10, 10])
  })

  it('of its share of the cluster, by weight', () => {
    const servers = serversOf(10)
    const shares = new Map([
      [3, 0.75],
      [9, 0.25],
    ])
    const serving = planned({ servers, target: 1000, load: 320, shares })
    expect(serving).toEqual({ 3: 3, 9: 1 })
    const big = serversOf(10, () => 5)
    expect(planned({ servers: big, target: 1000, load: 320, shares })).toEqual(serving)
  })

  it('more, when two names meet on a server that cannot bear both', () => {
    const servers = serversOf(10)
    const meeting = (group: number) => serverOrder(group, servers)[0]
    const [a, b] = [3, Array.from({ length: 50 }, (_, i) => i + 4).find(group => meeting(group) === meeting(3))!]
    const shares = new Map([
      [a, 0.5],
      [b, 0.5],
    ])
    const one = { servers, target: 1000, shares }
    expect(planned({ ...one, load: 100 })).toEqual({ [a]: 1, [b]: 1 })
    expect(Object.values(planned({ ...one, load: 130 })).sort()).toEqual([1, 2])
  })

  it('all, while the load is unknown, the target is none or there is one server', () => {
    const one = {
      servers: serversOf(5),
      target: 1000,
      order: orderOf(serversOf(5)),
      shares: new Map([[1, 1]]),
      before: { 1: 2 },
    }
    expect(planServing({ ...one, load: null }, null, NOW).serving).toEqual({})
    expect(planServing({ ...one, load: 9, target: 0 }, null, NOW).serving).toEqual({})
    expect(planServing({ ...one, load: 9, servers: serversOf(1), order: () => [0] }, null, NOW).serving).toEqual({})
  })

  it('bounded loads: no server is above its target, or 1.25 x the mean where that is more; random weights, names and loads', () => {
    const draw = new Draw(randomOf(41))
    let fewer = 0
    for (let i = 0; i < 60; i++) {
      const one = randomCase(draw)
      const serving = planned(one)
      if (Object.values(serving).some(k => k < one.servers.length)) fewer++
      const total = one.servers.reduce((sum, { weight }) => sum + weight, 0)
      const most = Math.max(one.target, HEADROOM * one.load)
      const loads = simulate(one, serving)
      // Blocks are 3000 per name: a few per cent of chance on top of the rule.
      for (const [s, { weight }] of one.servers.entries())
        expect(loads[s]!).toBeLessThan((most * weight * 1.1) / total + 3)
    }
    expect(fewer).toBeGreaterThan(20)
  })

  it('bounded loads of one name: each of those that serve it gets at most 1.25 x their mean, by weight', () => {
    const draw = new Draw(randomOf(42))
    for (let i = 0; i < 15; i++) {
      const one = { ...randomCase(draw), shares: new Map([[5, 1]]) }
      const serving = planned(one)
      const loads = simulate(one, serving, 40_000)
      const used = one.servers.filter((_, s) => loads[s]! > 0)
      expect(used.length).toBe(serving['5'])
      const weights = used.reduce((sum, { weight }) => sum + weight, 0)
      for (const [s, { weight }] of one.servers.entries())
        expect(loads[s]!).toBeLessThan((HEADROOM * one.load * weight) / weights)
    }
  })
})

describe('over time', () => {
  const servers = serversOf(20)
  const target = 1000
  const shares = new Map([[7, 1]])
  const fixed = { servers, order: orderOf(servers), target, shares }
  /** Numbers planned, one every 10 s. */
  const run = (loads: readonly number[]): number[] => {
    let before: Serving = {}
    let memory: ServingMemory | null = null
    return loads.map((load, i) => {
      const result = planServing({ ...fixed, load, before }, memory, millis(NOW + i * 10_000))
      before = result.serving
      memory = result.memory
      return before['7']!
    })
  }
  const steps = (ms: number) => Math.ceil(ms / 10_000)

  it('grows at once', () => {
    expect(run([40, 40, 400, 40])).toEqual([1, 1, 10, 10])
  })

  it('shrinks by a tenth per window, and ends where the load and its margin are', () => {
    const numbers = run([800, ...new Array<number>(steps(WINDOW_MS) * 40).fill(200)])
    expect(numbers[0]).toBe(20)
    numbers.forEach((k, i) => {
      if (i > 0) expect(numbers[i - 1]! - k).toBeLessThanOrEqual(2)
    })
    expect(numbers.indexOf(18)).toBeGreaterThanOrEqual(steps(WINDOW_MS))
    expect(numbers.at(-1)).toBe(6)
  })

  it('does not flap under noise: a load that wavers by 5 % around a step stays above it', () => {
    const draw = new Draw(randomOf(8))
    const numbers = run(Array.from({ length: 2000 }, () => 240 * (0.95 + draw.below(1000) / 10_000)))
    const changes = numbers.slice(steps(WINDOW_MS)).filter((k, i, all) => i > 0 && k !== all[i - 1])
    expect(changes.length).toBe(0)
  })

  it('a new leader goes on from what was planned, and only waits longer', () => {
    const once = planServing({ ...fixed, load: 100, before: { 7: 9 } }, null, NOW)
    expect(once.serving['7']).toBe(9)
    expect(once.memory).not.toBeNull()
  })

  it('what serves nothing any more is forgotten', () => {
    const result = planServing({ ...fixed, load: 100, before: { 7: 9, 8: 4 } }, null, NOW)
    expect(Object.keys(result.serving)).toEqual(['7'])
  })
})
