import { describe, expect, it } from 'vitest'
import { signedMixPair } from '../../src/base/hash.ts'
import type { Server } from '../../src/model/cluster.ts'
import { orderColumn, serverColumns } from '../../src/plan/server-columns.ts'
import { newRouting } from '../../src/route/client.ts'
import { pick } from '../../src/route/pick/pick.ts'
import { cluster, randomOf } from './fixture.ts'
import { Draw } from './random-world.ts'

const N = 20
const GROUPS = Array.from({ length: 40 }, (_, group) => group)
const BLOCKS = Array.from({ length: 400 }, (_, block) => signedMixPair(block, 77))

const servers = (count: number, weightOf: (i: number) => number = () => 1): Server[] =>
  cluster('icn', 'seoul', { count }).servers.map((server, i) => ({ ...server, weight: weightOf(i) }))

/** Ids given to every (group, block) pair, the first choice in front; `down`: ids of servers that are out. */
function given(list: readonly Server[], serving: number, answers = 1, down: readonly string[] = []): string[][] {
  const clusters = [cluster('icn', 'seoul', { servers: list })]
  const tables = { ...serverColumns(clusters), orderServers: orderColumn(clusters, GROUPS) }
  const usable = tables.serverFamilies.map((bits, s) => (down.includes(list[s]!.id) ? 0 : bits))
  const ramp = new Uint16Array(list.length)
  const out = newRouting()
  out.cluster = 0
  return GROUPS.flatMap(group =>
    BLOCKS.map(hash => {
      pick(tables, usable, ramp, group * list.length, group, serving, answers, 1, hash, out)
      return [...out.servers.subarray(0, out.count)].map(s => list[s]!.id)
    }),
  )
}

const moves = (before: readonly string[][], after: readonly string[][]) =>
  before.flatMap(([from], i) => (from === after[i]![0] ? [] : [{ from: from!, to: after[i]![0]! }]))
const shareOf = (all: readonly string[][], id: string) => all.filter(([first]) => first === id).length / all.length
const serversOf = (all: readonly string[][], group: number) =>
  new Set(all.slice(group * BLOCKS.length, (group + 1) * BLOCKS.length).flat())

describe('what moves among the servers of a cluster', () => {
  it.each([3, 8, N])(
    'a server that dies moves about 1/N of all pairs, its own and no other; %i serve a name',
    serving => {
      const before = given(servers(N), serving)
      const moved = moves(before, given(servers(N), serving, 1, ['icn-7']))
      expect(moved.every(({ from }) => from === 'icn-7')).toBe(true)
      expect(moved.length / before.length).toBeCloseTo(shareOf(before, 'icn-7'), 10)
      // Few names pass by one server when few serve each: the mean over the servers is what is 1/N.
      expect(Math.abs(moved.length / before.length - 1 / N)).toBeLessThan(serving === N ? 0.005 : 0.04)
    },
  )

  it('its blocks go to the next in the order, which serves no other; with none left, to all alike', () => {
    const before = given(servers(N), 3)
    const after = given(servers(N), 3, 1, ['icn-7'])
    for (const group of GROUPS) {
      const [had, has] = [serversOf(before, group), serversOf(after, group)]
      expect(has.size).toBe(3)
      if (!had.has('icn-7')) expect(has).toEqual(had)
      else expect([...has].filter(id => !had.has(id)).length).toBe(1)
    }
    const all = moves(given(servers(N), N), given(servers(N), N, 1, ['icn-7']))
    expect(new Set(all.map(({ to }) => to)).size).toBe(N - 1)
  })

  it('a server that is added takes 1/(N+1) and moves no other pair; one taken out of the configuration likewise', () => {
    const [before, after] = [given(servers(N), 0), given(servers(N + 1), 0)]
    const moved = moves(before, after)
    expect(moved.every(({ to }) => to === `icn-${N + 1}`)).toBe(true)
    expect(moved.length / before.length).toBeCloseTo(1 / (N + 1), 2)
    expect(moves(after, before).every(({ from }) => from === `icn-${N + 1}`)).toBe(true)
  })

  it('also where only some serve: at most the newcomer in, the last one out', () => {
    const [before, after] = [given(servers(N), 5), given(servers(N + 1), 5)]
    const moved = moves(before, after)
    expect(moved.length / before.length).toBeLessThan(2.4 / N)
    for (const group of GROUPS) {
      const [had, has] = [serversOf(before, group), serversOf(after, group)]
      expect([...has].filter(id => !had.has(id)).length).toBe(has.has(`icn-${N + 1}`) ? 1 : 0)
    }
  })

  it('one weight that changes moves only its share', () => {
    const before = given(servers(N), 0)
    const after = given(
      servers(N, i => (i === 4 ? 3 : 1)),
      0,
    )
    const moved = moves(before, after)
    expect(moved.every(({ to }) => to === 'icn-5')).toBe(true)
    expect(shareOf(after, 'icn-5')).toBeCloseTo(3 / (N + 2), 2)
    expect(moved.length / before.length).toBeCloseTo(3 / (N + 2) - 1 / N, 2)
  })

  it.each([1, 2, 5, 12])('one more than %i that serve moves 1/(k+1), all to the one that joins', k => {
    const [before, after] = [given(servers(N), k), given(servers(N), k + 1)]
    const moved = moves(before, after)
    expect(Math.abs(moved.length / before.length - 1 / (k + 1))).toBeLessThan(0.02)
    for (const group of GROUPS) {
      const [had, has] = [serversOf(before, group), serversOf(after, group)]
      expect([...had].every(id => has.has(id))).toBe(true)
      expect(has.size).toBe(k + 1)
    }
  })

  it('weights are met among any number of servers that serve, for the first and the second address', () => {
    const weight = (i: number) => 1 + (i % 4)
    const list = servers(N, weight)
    for (const k of [2, 6, N]) {
      const all = given(list, k, 2)
      for (const group of GROUPS.slice(0, 8)) {
        const own = all.slice(group * BLOCKS.length, (group + 1) * BLOCKS.length)
        const serving = [...new Set(own.flat())]
        const sum = serving.reduce((total, id) => total + list.find(server => server.id === id)!.weight, 0)
        expect(serving.length).toBe(k)
        for (const id of serving) {
          const fair = list.find(server => server.id === id)!.weight / sum
          // 400 blocks: four standard deviations.
          const slack = 4 * Math.sqrt((fair * (1 - fair)) / own.length)
          expect(Math.abs(own.filter(([first]) => first === id).length / own.length - fair)).toBeLessThan(slack)
          expect(own.every(pair => new Set(pair).size === 2)).toBe(true)
        }
      }
    }
  })

  it('never fewer serve than addresses are wanted', () => {
    expect(given(servers(N), 1, 3).every(all => all.length === 3)).toBe(true)
  })

  it('however many are out, every usable one of the order is found, and nobody twice', () => {
    const draw = new Draw(randomOf(3))
    const list = servers(N)
    for (let i = 0; i < 20; i++) {
      const down = draw.some(
        list.map(server => server.id),
        draw.below(101),
      )
      const left = N - down.length
      const serving = draw.below(N + 1)
      const answers = 1 + draw.below(8)
      for (const all of given(list, serving, answers, down).slice(0, 400)) {
        expect(new Set(all).size).toBe(all.length)
        expect(all.some(id => down.includes(id))).toBe(false)
        expect(all.length).toBe(Math.min(answers, left))
      }
    }
  })
})
