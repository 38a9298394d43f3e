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

const partnerOf = ({ machinery }: Round): string | null =>
  machinery.map(({ partner }) => partner).find(each => each !== null) ?? null

/** Nobody twice, and of each role that has several one is left. */
function isBearable(down: readonly string[]): void {
  expect(new Set(down).size).toBe(down.length)
  for (const role of new Set(down.map(roleOf))) {
    const left = countOf(role) - down.filter(name => roleOf(name) === role).length
    expect([role, left >= (role === 'redis' ? 0 : 1)]).toEqual([role, true])
  }
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

  it('leaves one of each role up at any time, and strikes nobody who is down; Redis is the only one of its kind', () => {
    always(30, all => {
      let late: readonly string[] = []
      for (const { edges, probers, machinery } of all) {
        const groups = edges.flatMap(({ members }) => members)
        isBearable([...groups, ...late, ...probers.members])
        late = []
        for (const { members, partner } of machinery) {
          late = partner === null ? late : [partner]
          isBearable([...groups, ...late, ...members])
        }
      }
    })
  })

  it('strikes edges in the first rounds half at once: a whole cluster and one of each other', () => {
    always(3, all => {
      for (const { edges, probers, machinery } of all) {
        expect(edges.map(({ members }) => members.length)).toEqual([3, 3])
        expect(new Set(edges[0]!.members.map(name => name[0])).size).toBe(1)
        expect(new Set(edges.flatMap(({ members }) => members).map(name => name[0])).size).toBe(4)
        expect(machinery.flatMap(({ members }) => members).map(roleOf)).not.toContain('edge')
        expect(probers.members.map(roleOf)).toEqual(['prober'])
      }
    })
  })

  it('strikes one more edge with a nameserver, with Redis, with a monitor, in the first rounds and throughout', () => {
    always(250, all => {
      expect(all.slice(0, 3).map(partnerOf)).not.toContain(null)
      const later = all.slice(3).map(partnerOf)
      for (let i = 0; i + 50 < later.length; i++) expect(later.slice(i, i + 50).some(name => name !== null)).toBe(true)
      const partnered = all.flatMap(({ machinery }) => machinery.filter(({ partner }) => partner !== null))
      const roles = new Set(partnered.flatMap(({ members }) => members.map(roleOf)))
      for (const role of ['nameserver', 'redis', 'monitor'] as const) expect(roles).toContain(role)
    })
  })

  it('strikes no edge so often that it would be held down for flapping, where ten minutes are a hundred rounds', () => {
    always(250, all => {
      const penalties = new Map<string, { at: number; value: number }>()
      all.forEach((round, at) => {
        const fallen = [...round.edges.flatMap(({ members }) => members), partnerOf(round)]
        for (const name of fallen.filter(each => each !== null)) {
          const { value, at: last } = penalties.get(name) ?? { value: 0, at }
          penalties.set(name, { at, value: value * 0.5 ** ((at - last) / 100) + 1000 })
          expect(penalties.get(name)!.value).toBeLessThanOrEqual(2000)
        }
      })
    })
  })

  it('strikes everybody within three rounds, and two at once as well', () => {
    always(3, all => {
      const outages = all.flatMap(({ edges, probers, machinery }) => [...edges, probers, ...machinery])
      const struck = [...outages.flatMap(({ members }) => members), ...all.map(partnerOf)]
      expect(new Set(struck).size).toBeGreaterThanOrEqual(CAST.length - 1)
      expect(new Set(struck.filter(name => name !== null && roleOf(name) !== 'edge')).size).toBe(8)
      expect(all.flatMap(({ machinery }) => machinery).some(({ members }) => members.length === 2)).toBe(true)
    })
  })

  it('comes to every pair and to every blow that a role can take', () => {
    const enough = Math.ceil((6 + pairsOf(CAST).length) / A_ROUND)
    always(enough, all => {
      const machinery = all.flatMap(round => round.machinery)
      const pairs = machinery.filter(({ members }) => members.length === 2).map(({ members }) => members.join())
      expect(new Set(pairs)).toEqual(new Set(pairsOf(CAST).map(pair => pair.map(({ name }) => name).join())))
      const blows = (role: Role) =>
        new Set(
          all
            .flatMap(round => [...round.edges, round.probers, ...round.machinery])
            .filter(({ members }) => members.some(name => roleOf(name) === role))
            .map(({ blow }) => blow),
        )
      for (const role of ['nameserver', 'redis', 'prober', 'monitor'] as const)
        expect([...blows(role)].sort()).toEqual(['freeze', 'kill', 'restart'])
      expect([...blows('edge')].sort()).toEqual(['freeze', 'kill', 'restart', 'sicken'])
    })
  })
})
