import { describe, expect, it } from 'vitest'
import { POLICIES, type Policy } from '../../src/model/service.ts'
import { emptyBlock } from '../../src/route/block.ts'
import { noEstimates } from '../../src/route/estimates.ts'
import type { Terms } from '../../src/route/race.ts'
import type { Field } from '../../src/route/score/field.ts'
import { newRanked, POLICY_RULES, rank, ruleFor } from '../../src/route/score/rank.ts'
import { newScoreSheet, scoreBlock } from '../../src/route/score/score.ts'
import { sitesOf } from '../../src/route/sites.ts'
import { CITIES, type City, cluster, place, randomOf } from '../route/fixture.ts'
import { Draw } from '../route/random-world.ts'

const TIERS = ['embedded', 'exchange', 'core'] as const

/** A field of random clusters scored for a random block, some of them measured. */
function randomField(draw: Draw): { field: Field; terms: Terms } {
  const cities = Object.keys(CITIES) as City[]
  const clusters = Array.from({ length: 1 + draw.below(12) }, (_, i) =>
    cluster(`c${i}`, draw.one(cities), { tier: draw.one(TIERS), biasMs: draw.chance(20) ? draw.below(20) : 0 }),
  )
  const sites = sitesOf(clusters)
  const sheet = newScoreSheet(clusters.length)
  const block = emptyBlock(clusters.length)
  block.place = draw.chance(80) ? place(draw.one(cities)) : null
  const column = (): number[] => []
  const measured = { rttMs: column(), precision: column(), jitterMs: column(), loss: column(), freshness: column() }
  clusters.forEach((_, c) => {
    if (!draw.chance(40)) return
    block.measured[c] = measured.rttMs.push(1 + draw.below(200)) - 1
    measured.precision.push(1 / (1 + draw.below(100)))
    measured.jitterMs.push(draw.below(10))
    measured.loss.push(0.001 + draw.below(100) / 1000)
    measured.freshness.push(1)
  })
  const table = Object.fromEntries(Object.entries(measured).map(([k, list]) => [k, Float64Array.from(list)]))
  scoreBlock(block, sites, { ...table, estimates: noEstimates(clusters.length) } as never, sheet)
  const admitted = clusters.map((_, c) => c).filter(() => draw.chance(80))
  const field = { clusters: Int32Array.from([...admitted, 0, 0]), count: admitted.length, sheet, sites }
  const weights = Float64Array.from(clusters, () => draw.below(4))
  const position = Float64Array.from(clusters, () => draw.below(6))
  return { field, terms: { weights, position } }
}

function ranking(policy: Policy, field: Field, terms: Terms, blockHash = 1): number[] {
  const out = newRanked(field.sites.clusters.length)
  rank(POLICY_RULES[policy], field, terms, blockHash, out)
  return [...out.clusters.subarray(0, out.count)]
}

const without = (field: Field, cluster: number): Field => {
  const left = [...field.clusters.subarray(0, field.count)].filter(c => c !== cluster)
  return { ...field, clusters: Int32Array.from(left), count: left.length }
}

/** The same field of a configuration that lists its clusters from the last to the first. */
function reversed(field: Field, terms: Terms): { field: Field; terms: Terms } {
  const { sheet, sites } = field
  const last = sites.clusters.length - 1
  const turned = <T>(columns: T): T =>
    Object.fromEntries(
      Object.entries(columns as object).map(([name, value]) => [
        name,
        ArrayBuffer.isView(value) ? (value as Float64Array).slice().reverse() : value,
      ]),
    ) as T
  const clusters = Int32Array.from([...field.clusters.subarray(0, field.count)].map(c => last - c)).sort()
  return {
    field: { clusters, count: field.count, sheet: turned(sheet), sites: sitesOf([...sites.clusters].reverse()) },
    terms: turned(terms),
  }
}

/** Everything that is compared, `ms` more for all clusters. */
const slower = (field: Field, ms: number): Field => {
  const more = (column: Float64Array, by: number) => column.map(value => value + by)
  const { sheet } = field
  return {
    ...field,
    sheet: {
      ...sheet,
      networkMs: more(sheet.networkMs, ms),
      scoreMs: more(sheet.scoreMs, ms),
      distanceKm: more(sheet.distanceKm, 100 * ms),
    },
  }
}

/** The same for one cluster alone. */
const slowerAt = (field: Field, c: number, ms: number): Field => {
  const all = slower(field, ms).sheet
  const pick = (name: 'networkMs' | 'scoreMs' | 'distanceKm') =>
    field.sheet[name].map((value, i) => (i === c ? all[name][i]! : value))
  const sheet = {
    ...field.sheet,
    networkMs: pick('networkMs'),
    scoreMs: pick('scoreMs'),
    distanceKm: pick('distanceKm'),
  }
  return { ...field, sheet }
}

/** What the operator's bias of one cluster does, `ms` more than it is. */
const biased = (field: Field, c: number, ms: number): Field => {
  const { sheet, sites } = field
  const clusters = sites.clusters.map((each, i) => (i === c ? { ...each, biasMs: each.biasMs + ms } : each))
  const scoreMs = sheet.scoreMs.map((score, i) => (i === c ? score + ms : score))
  return { ...field, sheet: { ...sheet, scoreMs }, sites: { ...sites, clusters } }
}

describe.each(POLICIES)('policy %s', policy => {
  const draw = new Draw(randomOf(77))
  const fields = Array.from({ length: 300 }, () => randomField(draw))

  it('orders exactly its candidates, each once', () => {
    for (const { field, terms } of fields) {
      const candidates = [...field.clusters.subarray(0, field.count)]
      const allowed = policy === 'weighted' ? candidates.filter(c => terms.weights[c]! > 0) : candidates
      expect(ranking(policy, field, terms).sort((a, b) => a - b)).toEqual(allowed)
    }
  })

  it('is a pure function: asked twice it says the same, and leaves its arguments alone', () => {
    for (const { field, terms } of fields) {
      const before = JSON.stringify([[...field.clusters], [...field.sheet.scoreMs], [...terms.weights]])
      expect(ranking(policy, field, terms)).toEqual(ranking(policy, field, terms))
      expect(JSON.stringify([[...field.clusters], [...field.sheet.scoreMs], [...terms.weights]])).toBe(before)
    }
  })

  it('keeps the first choice when a cluster that is not in front leaves', () => {
    for (const { field, terms } of fields) {
      const order = ranking(policy, field, terms)
      if (order.length < 2) continue
      expect(ranking(policy, without(field, order.at(-1)!), terms)[0]).toBe(order[0])
    }
  })

  it('does not depend on the hash of the block, unless it spreads blocks', () => {
    const differ = fields.filter(
      ({ field, terms }) => ranking(policy, field, terms, 1).join() !== ranking(policy, field, terms, 2).join(),
    )
    expect(differ.length > 0).toBe(POLICY_RULES[policy].hashed)
  })

  it('does not depend on the order in which the clusters are configured', () => {
    for (const { field, terms } of fields) {
      const turned = reversed(field, terms)
      const last = field.sites.clusters.length - 1
      expect(ranking(policy, turned.field, turned.terms).map(c => last - c)).toEqual(ranking(policy, field, terms))
    }
  })

  it('does not depend on a constant that all clusters have more', () => {
    // A class of isp-first is skipped by a ratio: it is that of the whole RTT.
    if (policy === 'isp-first') return
    for (const { field, terms } of fields)
      expect(ranking(policy, slower(field, 37), terms)).toEqual(ranking(policy, field, terms))
  })

  it('has a number for everyone, however little or strange is known', () => {
    for (const { field, terms } of fields) {
      const keys = new Float64Array(field.sites.clusters.length)
      POLICY_RULES[policy].keys(field, terms, 9, keys)
      expect([...keys.subarray(0, field.count)].some(Number.isNaN)).toBe(false)
    }
  })

  it('a bias moves a cluster one way only: less never loses it a block, more never wins it one', () => {
    let moved = 0
    for (const { field, terms } of fields) {
      const c = field.count === 0 ? -1 : field.clusters[0]!
      if (c < 0 || !field.sheet.located) continue
      const isFirst = [-60, -8, -1, 0, 1, 8, 60].map(more => ranking(policy, biased(field, c, more), terms)[0] === c)
      expect(isFirst).toEqual([...isFirst].sort((a, b) => Number(b) - Number(a)))
      if (isFirst[0] !== isFirst.at(-1)) moved++
    }
    expect(moved > 20).toBe(policy !== 'weighted' && policy !== 'failover')
  })

  it('one more cluster that is worse than all changes nothing in front of it', () => {
    for (const { field, terms } of fields) {
      const order = ranking(policy, field, terms)
      if (order.length < 2) continue
      const last = order.at(-1)!
      const worst = ranking(policy, biased(slowerAt(field, last, 900), last, 0), terms)
      expect(worst.filter(c => c !== last)[0]).toBe(ranking(policy, without(field, last), terms)[0])
    }
  })

  it('keeps the first choice when any cluster leaves that was not within a tie, or decides what is skipped', () => {
    for (const { field, terms } of fields) {
      const order = ranking(policy, field, terms)
      const keys = new Float64Array(field.sites.clusters.length)
      POLICY_RULES[policy].keys(field, terms, 1, keys)
      const keyOf = (c: number) => keys[field.clusters.subarray(0, field.count).indexOf(c)]!
      const best = Math.min(...order.map(keyOf))
      for (const c of order.slice(1)) {
        if (policy === 'isp-first' || keyOf(c) - best <= POLICY_RULES[policy].tieMs) continue
        expect(ranking(policy, without(field, c), terms)[0]).toBe(order[0])
      }
    }
  })

  it('within 2 ms the nearer wins, where it goes by milliseconds of the network', () => {
    const { tieMs } = POLICY_RULES[policy]
    expect(tieMs).toBe(['rtt', 'rtt-spill', 'isp-first'].includes(policy) ? 2 : 0)
    const clusters = [cluster('near', 'seoul'), cluster('far', 'tokyo')]
    const first = (gap: number) => {
      const sheet = newScoreSheet(2)
      sheet.distanceKm.set([10, 1000])
      sheet.networkMs.set([30 + gap, 30])
      sheet.scoreMs.set([30 + gap, 30])
      const field = { clusters: Int32Array.of(0, 1), count: 2, sheet, sites: sitesOf(clusters) }
      return ranking(policy, field, { weights: new Float64Array(2).fill(1), position: Float64Array.of(0, 0) })[0]
    }
    if (tieMs > 0) expect([0, 1.99, 2, 2.01].map(first)).toEqual([0, 0, 0, 1])
    else expect(new Set([0, 1.99, 2, 2.01].map(first)).size).toBe(1)
  })

  it('has a fallback for blocks of which it knows too little', () => {
    for (const { field, terms } of fields) {
      const rule = ruleFor(policy, field)
      const out = newRanked(field.sites.clusters.length)
      rank(rule, field, terms, 3, out)
      expect([...out.keys.subarray(0, out.count)].every(Number.isFinite)).toBe(true)
    }
  })
})

describe('what each policy is about', () => {
  const draw = new Draw(randomOf(78))
  const fields = Array.from({ length: 300 }, () => randomField(draw))
  const located = fields.filter(({ field }) => field.sheet.located)
  const ascending = (values: readonly number[], slack = 0) =>
    values.every((value, i) => i === 0 || values[i - 1]! <= value + slack)

  it('geo: distance', () => {
    for (const { field, terms } of located) {
      const keys = ranking('geo', field, terms).map(
        c => field.sheet.distanceKm[c]! / 100 + field.sites.clusters[c]!.biasMs,
      )
      expect(ascending(keys)).toBe(true)
    }
  })

  it('rtt: the network whatever the tier; rtt-spill: the score with the cost of the tier; both within ties', () => {
    for (const { field, terms } of located) {
      const network = ranking('rtt', field, terms).map(c => field.sheet.networkMs[c]! + field.sites.clusters[c]!.biasMs)
      expect(ascending(network, 2)).toBe(true)
      expect(
        ascending(
          ranking('rtt-spill', field, terms).map(c => field.sheet.scoreMs[c]!),
          2,
        ),
      ).toBe(true)
    }
  })

  it('failover: the configured order', () => {
    for (const { field, terms } of fields)
      expect(ascending(ranking('failover', field, terms).map(c => terms.position[c]!))).toBe(true)
  })

  it('isp-first: tier by tier, skipping a tier that is much worse', () => {
    const clusters = [
      cluster('inside', 'seoul', { tier: 'embedded' }),
      cluster('ix', 'seoul'),
      cluster('dc', 'seoul', { tier: 'core' }),
    ]
    const first = (inside: number, exchange: number, core: number, loss = 0.001) => {
      const sheet = newScoreSheet(3)
      sheet.networkMs.set([inside, exchange, core])
      sheet.loss.set([loss, 0.001, 0.001])
      const field = { clusters: Int32Array.of(0, 1, 2), count: 3, sheet, sites: sitesOf(clusters) }
      return ranking('isp-first', field, { weights: new Float64Array(3), position: new Float64Array(3) })
    }
    expect(first(30, 20, 10)).toEqual([0, 1, 2])
    expect(first(36, 20, 10)).toEqual([1, 2, 0])
    expect(first(36, 36, 10)).toEqual([2, 0, 1])
    expect(first(10, 20, 30, 0.06)).toEqual([1, 2, 0])
  })

  it('weighted: shares follow weights, and changing one weight moves only its share', () => {
    const clusters = ['a', 'b', 'c'].map(id => cluster(id, 'seoul'))
    const field = {
      clusters: Int32Array.of(0, 1, 2),
      count: 3,
      sheet: newScoreSheet(3),
      sites: sitesOf(clusters),
    }
    const firsts = (weights: readonly number[]) =>
      Array.from(
        { length: 20_000 },
        (_, hash) =>
          ranking('weighted', field, { weights: Float64Array.from(weights), position: new Float64Array(3) }, hash)[0]!,
      )
    const before = firsts([1, 1, 2])
    const after = firsts([1, 2, 2])
    expect(before.filter(c => c === 2).length / before.length).toBeCloseTo(0.5, 1)
    expect(after.filter(c => c === 1).length / after.length).toBeCloseTo(0.4, 1)
    before.forEach((c, i) => {
      if (c !== after[i]) expect(after[i]).toBe(1)
    })
  })
})
