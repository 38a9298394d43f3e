import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Member, Role } from './members.ts'
import { A_ROUND, pairsOf, type Round, scheduleOf } from './schedule.ts'

const CLUSTERS = ['a', 'b', 'c', 'd']
const CAST: readonly Member[] = [
  { name: 'redis', role: 'redis' },
  ...['ns1', 'ns2', 'ns3'].map(name => ({ name, role: 'nameserver' as const })),
  ...['probe1', 'probe2'].map(name => ({ name, role: 'prober' as const })),
  ...['mon1', 'mon2'].map(name => ({ name, role: 'monitor' as const })),
  ...CLUSTERS.flatMap(cluster => [1, 2, 3].map(i => ({ name: `${cluster}${i}`, role: 'edge' as const, cluster }))),
]
const roleOf = (name: string): Role => CAST.find(member => member.name === name)!.role
const countOf = (role: Role): number => CAST.filter(member => member.role === role).length

function rounds(seed: number, count: number): Round[] {
  const schedule = scheduleOf(CAST, seed)
  return Array.from({ length: count }, () => schedule.next().value)
}

/** `check` holds for the schedules of a hundred seeds. */
function always(count: number, check: (rounds: readonly Round[]) => void): void {
  fc.assert(
    fc.property(fc.integer(), seed => check(rounds(seed, count))),
    { seed: 1 },
  )
}

describe('a schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(rounds(5, 4)).toEqual(rounds(5, 4))
    expect(rounds(6, 4)).not.toEqual(rounds(5, 4))
  })

  it('leaves one of each role up at any time; Redis is the only one of its kind', () => {
    always(12, all => {
      for (const { edges, machinery } of all)
        for (const outage of machinery) {
          const down = [...edges.flatMap(({ members }) => members), ...outage.members]
          expect(new Set(down).size).toBe(down.length)
          for (const role of new Set(down.map(roleOf))) {
            const left = countOf(role) - down.filter(name => roleOf(name) === role).length
            expect([role, left >= (role === 'redis' ? 0 : 1)]).toEqual([role, true])
          }
        }
    })
  })

  it('strikes edges in edge outages only, half of them at once: a whole cluster and one of each other', () => {
    always(3, all => {
      for (const { edges, machinery } of all) {
        expect(edges.map(({ members }) => members.length)).toEqual([3, 3])
        expect(new Set(edges[0]!.members.map(name => name[0])).size).toBe(1)
        expect(new Set(edges.flatMap(({ members }) => members).map(name => name[0])).size).toBe(4)
        expect(machinery.flatMap(({ members }) => members).map(roleOf)).not.toContain('edge')
      }
    })
  })

  it('strikes no edge so often that it would be held down for flapping: twice at most within the first hundred outages', () => {
    always(25, all => {
      const fallen = all.flatMap(({ edges }) => edges.flatMap(({ members }) => members))
      for (const name of new Set(fallen)) expect(fallen.filter(each => each === name).length).toBeLessThan(3)
    })
  })

  it('strikes everybody within three rounds, and two at once as well', () => {
    always(3, all => {
      const outages = all.flatMap(({ edges, machinery }) => [...edges, ...machinery])
      expect(new Set(outages.flatMap(({ members }) => members)).size).toBe(CAST.length)
      expect(all.flatMap(({ machinery }) => machinery).some(({ members }) => members.length === 2)).toBe(true)
    })
  })

  it('comes to every pair and to every blow that a role can take', () => {
    const enough = Math.ceil((8 + pairsOf(CAST).length) / A_ROUND)
    always(enough, all => {
      const machinery = all.flatMap(round => round.machinery)
      const pairs = machinery.filter(({ members }) => members.length === 2).map(({ members }) => members.join())
      expect(new Set(pairs)).toEqual(new Set(pairsOf(CAST).map(pair => pair.map(({ name }) => name).join())))
      const blows = (role: Role) =>
        new Set(
          all
            .flatMap(round => [...round.edges, ...round.machinery])
            .filter(({ members }) => members.some(name => roleOf(name) === role))
            .map(({ blow }) => blow),
        )
      for (const role of ['nameserver', 'redis', 'prober', 'monitor'] as const)
        expect([...blows(role)].sort()).toEqual(['freeze', 'kill', 'restart'])
      expect([...blows('edge')].sort()).toEqual(['freeze', 'kill', 'restart', 'sicken'])
    })
  })
})
