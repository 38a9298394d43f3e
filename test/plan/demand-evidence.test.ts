import { describe, expect, it } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import type { EvidenceShares } from '../../src/model/demand-evidence.ts'
import { compileMaps } from '../../src/plan/compile-map.ts'
import { evidenceShares } from '../../src/plan/demand-evidence.ts'
import { draftRows } from '../../src/plan/draft-rows.ts'
import { groupServices } from '../../src/plan/map-groups.ts'
import { mergeRanges } from '../../src/plan/merge.ts'
import { sweep } from '../../src/plan/sweep.ts'
import { type MapInput, openWorld } from '../../src/plan/world.ts'
import { cluster, mapInput, measurement, place, randomOf, service } from '../route/fixture.ts'
import { Draw, randomWorld } from '../route/random-world.ts'

/** Every profile of the whole space ranked and weighed anew, with nothing laid over anything. */
function fromNothing(input: MapInput): EvidenceShares | null {
  const world = openWorld(input)
  const { groups, ofService } = groupServices(world)
  const swept = sweep(world)
  const drafts = draftRows(world, swept.profiles, groups)
  const clusters = world.sites.clusters.length
  const weights = drafts.maps.map(rows => mergeRanges(swept, rows, drafts, clusters, world.demand).evidence)
  return evidenceShares(groups, ofService, weights)
}

const CLUSTERS = [cluster('icn', 'seoul'), cluster('nrt', 'tokyo')]
const known = (text: string, weight: number) => ({ prefix: parsePrefix(text)!, weight })
/** Six blocks ask for all that counts; the places of the first five are known. */
const DEMAND = [1, 2, 3, 4, 5].map(i => known(`168.126.${i}.0/24`, i * 1e12)).concat(known('203.0.112.0/24', 15e12))
const input = (more: Partial<Parameters<typeof mapInput>[0]> = {}): MapInput => ({
  ...mapInput({ clusters: CLUSTERS, places: [place('seoul')], city: { '168.126.0.0/16': 1 }, ...more }),
  demand: DEMAND,
})

describe('the demand by evidence', () => {
  it('before anything is measured: the prior, and nobody knows where', () => {
    const shares = compileMaps(input()).stats.evidence!
    expect(shares.prior).toBeCloseTo(0.5, 4)
    expect(shares.unlocated).toBeCloseTo(0.5, 4)
    expect(shares.own + shares.prefix + shares.metro + shares.interpolated + shares.override).toBe(0)
  })

  it('a measured block stands on its own RTT, of whichever place; of the others nothing moves', () => {
    const measurements = [
      ...[measurement('168.126.5.0/24', 'icn', 3), measurement('203.0.112.0/24', 'icn', 40)],
      // So uncertain that the place says more, though lifted by it.
      measurement('168.126.4.0/24', 'icn', 3, {
        measuredAt: mapInput({ clusters: [] }).asOf,
        rttVarMs: 500,
        samples: 1,
      }),
    ]
    const shares = compileMaps(input({ measurements })).stats.evidence!
    expect(shares.own).toBeCloseTo(20 / 30, 4)
    expect(shares.interpolated).toBeCloseTo(4 / 30, 4)
    expect(shares.prior).toBeCloseTo(6 / 30, 4)
    expect(shares.unlocated).toBeCloseTo(0, 4)
  })

  it('what was surveyed counts by network, by metro and by place', () => {
    const surveyed = [measurement('168.126.1.0/24', 'icn', 3), measurement('168.126.1.0/24', 'nrt', 33)]
    const world = (asn: Record<string, number>, network: string): MapInput => {
      const base = input({ asn })
      const { asOf } = base
      return {
        ...base,
        survey: { ...base.survey, number: 1, asOf },
        surveyed: { measurements: surveyed, networkOf: () => parsePrefix(network)! },
      }
    }
    const nobody = compileMaps(world({}, '168.126.1.0/24')).stats.evidence!
    expect(nobody.interpolated).toBeCloseTo(0.5, 4)
    const alike = compileMaps(world({ '168.126.0.0/16': 4766 }, '168.126.0.0/16')).stats.evidence!
    expect(alike.interpolated + alike.prefix + alike.metro).toBeCloseTo(0.5, 4)
  })

  it('an order that the operator fixed is neither', () => {
    const overrides = [{ prefix: parsePrefix('168.126.5.0/24')!, clusters: ['nrt'] }]
    const shares = compileMaps(input({ overrides })).stats.evidence!
    expect(shares.override).toBeCloseTo(5 / 30, 4)
    expect(shares.prior).toBeCloseTo(10 / 30, 4)
  })

  it('is the mean over the services that go by RTT; without one there is none', () => {
    const all = ['icn', 'nrt']
    const of = (...services: Parameters<typeof service>[]) =>
      compileMaps(input({ services: services.map(each => service(...each)) })).stats.evidence
    expect(
      of(['a', all, { policy: 'geo' }], ['b', all, { policy: 'weighted' }], ['c', all, { policy: 'failover' }]),
    ).toBeNull()
    expect(of(['a', all, { policy: 'geo' }], ['b', all, { policy: 'rtt' }])).toEqual(of(['b', all, { policy: 'rtt' }]))
  })

  it('laid over an earlier compile it is what all of it, weighed anew, comes to', () => {
    const draw = new Draw(randomOf(21))
    const diffs: string[] = []
    for (let i = 0; i < 30; i++) {
      const random = mapInput(randomWorld(draw))
      const services = random.deployment.services.map(each => ({ ...each, policy: 'rtt' as const }))
      const world = { ...random, deployment: { ...random.deployment, services } }
      const before = compileMaps({ ...world, measurements: [] })
      const shares = compileMaps(world, before.unmeasured).stats.evidence as EvidenceShares
      const truth = fromNothing(world)
      if (truth === null) {
        expect(shares).toBeNull()
        continue
      }
      for (const [name, share] of Object.entries(truth))
        if (Math.abs(shares[name as keyof EvidenceShares] - share) > 1e-4)
          diffs.push(`${i} ${name} ${share} ${shares[name as keyof EvidenceShares]}`)
      expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6)
    }
    expect(diffs).toEqual([])
  })
})
