import { describe, expect, it } from 'vitest'
import type { Terms } from '../../src/route/race.ts'
import type { Field } from '../../src/route/score/field.ts'
import { newRanked, POLICY_RULES, type Ranked, rank } from '../../src/route/score/rank.ts'
import { newScoreSheet } from '../../src/route/score/score.ts'
import { sitesOf } from '../../src/route/sites.ts'
import { cluster, randomOf } from './fixture.ts'

/** A field of `count` runners under `failover`, where position is the key; few positions, so that many runners are equal. */
function race(count: number, seed: number): { field: Field; terms: Terms } {
  const random = randomOf(seed)
  const sites = sitesOf(Array.from({ length: count }, (_, i) => cluster(`c${i}`, 'seoul', { count: 1 })))
  const clusters = Int32Array.from({ length: count }, (_, i) => i)
  const position = Float64Array.from({ length: count }, () => random() % Math.ceil(count * 0.7))
  return {
    field: { clusters, count, sheet: newScoreSheet(count), sites },
    terms: { weights: new Float64Array(count).fill(1), position },
  }
}

describe('rank', () => {
  it.each([0, 1, 2, 24, 128, 129, 700, 1000])(
    '%i runners are ordered by key, equal ones by the hash of their id',
    count => {
      const { field, terms } = race(count, 5 + count)
      const ranked = newRanked(count)
      rank(POLICY_RULES.failover, field, terms, 0, ranked)
      const { hash } = field.sites
      const expected = [...field.clusters].sort(
        (a, b) => terms.position[a]! - terms.position[b]! || hash[a]! - hash[b]!,
      )
      expect([...ranked.clusters]).toEqual(expected)
      expect([...ranked.keys]).toEqual(expected.map(c => terms.position[c]!))
      expect(ranked.count).toBe(count)
    },
  )

  it('who never serves by choice is left out, wherever in the field it runs', () => {
    const { field, terms } = race(100, 3)
    for (const c of [0, 1, 50, 99]) terms.position[c] = Number.POSITIVE_INFINITY
    const ranked = newRanked(100)
    rank(POLICY_RULES.failover, field, terms, 0, ranked)
    expect(ranked.count).toBe(96)
    expect([...ranked.clusters.subarray(0, 96)].some(c => [0, 1, 50, 99].includes(c))).toBe(false)
  })

  it('a thousand runners cost no square of a thousand: each key is looked at some dozens of times', () => {
    const { field, terms } = race(1000, 8)
    let looks = 0
    const counted = new Proxy(new Float64Array(1000), {
      get: (keys, index) => {
        looks++
        return Reflect.get(keys, index) as number
      },
    })
    const ranked: Ranked = { ...newRanked(1000), keys: counted }
    rank(POLICY_RULES.failover, field, terms, 0, ranked)
    expect(looks).toBeLessThan(1000 * 60)
  })
})
