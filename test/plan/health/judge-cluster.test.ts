import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import type { Cluster } from '../../../src/model/cluster.ts'
import {
  type ClusterVerdict,
  capacityShare,
  judgeCluster,
  sameVerdicts,
  type Verdicts,
} from '../../../src/plan/health/judge-cluster.ts'
import { liveServers } from '../../../src/plan/health/live-servers.ts'
import { room } from '../../../src/plan/health/room.ts'
import type { Tally } from '../../../src/plan/health/tally.ts'
import { cluster } from '../../route/fixture.ts'

const NOW = 1_764_000_000_000
const MINUTE = 60_000
const four = cluster('icn', 'seoul', { count: 4 })
const names = four.servers.map(({ id }) => id)
const UP: Tally = { up: 3, down: 0, cause: null }
const DOWN: Tally = { up: 0, down: 3, cause: 'timeout' }

/** What is said of each server by its position: `u`p, `d`own, `-` nothing; of both families, or of v4 and v6 apart. */
function judged(said: string, before: Partial<Verdicts> = {}, ms = 0, of: Cluster = four): ClusterVerdict {
  const [v4, v6 = v4] = said.split('/')
  const at = millis(NOW + ms)
  const read = (letters: string, server: string) => letters[of.servers.findIndex(({ id }) => id === server)]
  return judgeCluster(
    of,
    before,
    (server, family) => ({ u: UP, d: DOWN })[read(family === 4 ? v4! : v6!, server)!] ?? null,
    { now: at, evidence: at },
  )
}

/** One course of words, a second apart. */
const course = (...said: readonly string[]): ClusterVerdict =>
  said.reduce<ClusterVerdict>((held, words, i) => judged(words, held, i * 1_000), judged('----'))

const healths = ({ families }: ClusterVerdict) => [families.v4?.health, families.v6?.health]

describe('a cluster by its servers', () => {
  it('is unknown and used before the first verdict', () => {
    const nothing = judged('----')
    expect(nothing).toMatchObject({ health: 'up', servers: {} })
    expect(healths(nothing)).toEqual(['unknown', 'unknown'])
    expect(liveServers(four, nothing.servers).map(({ usable }) => usable)).toEqual([
      [true, true, true, true],
      [true, true, true, true],
    ])
  })

  it('keeps its verdicts for twice the time in which monitors that have all just started make up their mind', () => {
    const rules = { fall: { failures: 3, of: 5 }, rise: 10 }
    const seldom: Cluster = {
      ...four,
      health: { families: [4, 6], interval: millis(MINUTE), timeout: millis(1_000), rules, tcp: { port: 80 } },
    }
    const left = (of: Cluster, ms: number) => {
      const silent = judged('----', judged('dddd', {}, 0, of), 0, of)
      return Object.keys(judged('----', silent, ms, of).servers).length
    }
    expect([left(four, 5 * MINUTE), left(four, 5 * MINUTE + 1)]).toEqual([4, 0])
    expect([left(seldom, 20 * MINUTE), left(seldom, 20 * MINUTE + 1)]).toEqual([4, 0])
  })

  it('is degraded below its threshold, by weight, and down without any', () => {
    expect(healths(judged('uudd'))).toEqual(['up', 'up'])
    expect(judged('uddd')).toMatchObject({ health: 'degraded' })
    expect(judged('dddd')).toMatchObject({ health: 'down' })
    expect(healths(judged('ud--'))).toEqual(['up', 'up'])
    const heavy = { ...four, servers: four.servers.map((server, i) => ({ ...server, weight: i === 0 ? 9 : 1 })) }
    expect(judged('uddd', {}, 0, heavy)).toMatchObject({ health: 'up' })
    expect(judged('duuu', {}, 0, heavy)).toMatchObject({ health: 'degraded' })
    expect(judged('uuud', {}, 0, { ...four, upThreshold: 1 })).toMatchObject({ health: 'degraded' })
    expect(judged('uddd', {}, 0, { ...four, upThreshold: 0.25 })).toMatchObject({ health: 'up' })
  })

  it('is judged for each family by itself', () => {
    expect(healths(judged('uuuu/uddd'))).toEqual(['up', 'degraded'])
    expect(judged('uuuu/dddd')).toMatchObject({ health: 'degraded' })
    expect(healths(judged('uuuu/dddd'))).toEqual(['up', 'down'])
    const old = { ...four, servers: four.servers.map(({ ipv6: _, ...server }) => server) }
    expect(judged('uddd', {}, 0, old).families).not.toHaveProperty('v6')
    expect(judged('dddd', {}, 0, old)).toMatchObject({ health: 'down' })
  })

  it('comes back by a slow start, and not where the missing ones were taken out of the configuration', () => {
    const back = course('uuuu', 'dddd', 'uuuu')
    expect(back.families.v4).toEqual({ health: 'up', since: NOW + 2_000, warmingSince: NOW + 2_000, ramp: 10 })
    expect(judged('uuuu', back, 5_000 + 2.5 * MINUTE).families.v4?.ramp).toBe(55)
    expect(judged('uuuu', back, 5_000 + 5 * MINUTE).families.v4).not.toHaveProperty('ramp')
    const one = { ...four, servers: four.servers.slice(0, 1) }
    expect(judged('u', course('uuuu', 'uddd'), 2_000, one).families.v4).not.toHaveProperty('ramp')
  })

  it('has no slow start of its own while enough of it never went', () => {
    expect(course('uuuu', 'uudd', 'uuuu').families.v4).not.toHaveProperty('ramp')
  })

  it('is the same as itself, and another when anything of it has moved', () => {
    const before = course('uuuu', 'uudd')
    expect(sameVerdicts(before, judged('uudd', before, 60_000))).toBe(true)
    expect(sameVerdicts(before, judged('uuud', before, 60_000))).toBe(false)
    expect(sameVerdicts(before, judged('uud-', before, 60_000))).toBe(false)
    expect(sameVerdicts({}, before)).toBe(false)
    expect(sameVerdicts({}, {})).toBe(true)
  })
})

describe('the servers in use', () => {
  const live = (verdicts: Verdicts) => liveServers(four, verdicts.servers)[0]!

  it('are all where nobody checks them', () => {
    for (const { usable, away } of liveServers(four, undefined))
      expect([usable, away]).toEqual([
        [true, true, true, true],
        [0, 0, 0, 0],
      ])
  })

  it('leave out the unknown where those known to be up make the cluster, and not before', () => {
    expect(live(judged('uu--')).usable).toEqual([true, true, false, false])
    expect(live(judged('u---')).usable).toEqual([true, true, true, true])
    expect(live(judged('ddd-')).usable).toEqual([false, false, false, true])
  })

  it('in their slow start stand back behind those that are ahead, and nobody stands back alone', () => {
    expect(live(course('uuuu', 'uuud', 'uuuu')).away).toEqual([0, 0, 0, Math.round(256 * 0.9)])
    expect(live(course('uuuu', 'dddd', 'uuuu')).away).toEqual([0, 0, 0, 0])
    const uneven = judged('uuuu', course('uuuu', 'dddd', 'uddd'), 5_000 + 2.5 * MINUTE)
    expect(live(uneven).away.map(away => Math.round((away / 256) * 100))).toEqual([0, 82, 82, 82])
  })

  it('that were the last to go are known when none is left', () => {
    const gone = judged('dddd', judged('duuu', judged('uuuu'), 1_000), 1_000 + 6 * MINUTE)
    expect(live(gone)).toMatchObject({ lately: [false, true, true, true], fell: (NOW + 1_000 + 6 * MINUTE) / 1000 })
    expect(live(course('uuuu', 'uddd')).fell).toBe(0)
  })
})

describe('what is left for the plan of the load', () => {
  it('is the share of the servers in use, by weight, of each its better family', () => {
    expect(capacityShare(four, undefined)).toBe(1)
    expect(capacityShare(four, judged('uudd').servers)).toBe(0.5)
    expect(capacityShare(four, judged('uuuu/dddd').servers)).toBe(1)
    expect(capacityShare(four, course('uuuu', 'uuud', 'uuuu').servers)).toBeCloseTo(0.775)
  })

  it("is nothing where the cluster is nobody's first choice, and less of the blocks in its slow start", () => {
    expect(room(four, undefined)).toEqual({ share: 1, turnedAway: 0 })
    expect(room(four, judged('----'))).toEqual({ share: 1, turnedAway: 0 })
    expect(room(four, judged('dddd')).share).toBe(0)
    expect(room(four, judged('uddd')).share).toBe(0)
    expect(room(four, judged('uuuu/dddd')).share).toBe(1)
    expect(room(four, course('uuuu', 'dddd', 'uuuu'))).toEqual({ share: expect.closeTo(0.1), turnedAway: 90 })
    expect(names).toHaveLength(4)
  })
})
