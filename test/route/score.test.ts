import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import { explain } from '../../src/plan/explain.ts'
import { NO_REGION, regionOf } from '../../src/route/region.ts'
import { joinWeighed, lossFactor, weigh } from '../../src/route/score/measured.ts'
import { priorMs } from '../../src/route/score/prior.ts'
import { ask, clientOf, cluster, compile, measurement, NOW, place, service } from './fixture.ts'

const MINUTE = 60_000
const old = (ms: number): Partial<Measurement> => ({ measuredAt: millis(NOW - ms) })

describe('the prior', () => {
  it('joins distance, border and the region pair', () => {
    const [kr, jp, us] = ['KR', 'JP', 'US'].map(country => regionOf(country))
    expect(priorMs(0, kr!, kr!, true)).toBe(20)
    expect(priorMs(1160, kr!, jp!, false)).toBeCloseTo(20 + 8 + 1160 / 75)
    expect(priorMs(10000, kr!, us!, false)).toBeCloseTo(28 + 10000 / 70)
    expect(priorMs(10000, us!, kr!, false)).toBe(priorMs(10000, kr!, us!, false))
    expect(priorMs(1000, NO_REGION, us!, false)).toBeCloseTo(28 + 20)
  })

  it('knows the region by country, else by continent, except in Asia', () => {
    expect(regionOf('RU')).toBe(regionOf('FR'))
    expect(regionOf('KZ')).toBe(regionOf('CN'))
    expect(regionOf(undefined, 'EU')).toBe(regionOf('FR'))
    expect(regionOf(undefined, 'AS')).toBe(NO_REGION)
    expect(regionOf('XX')).toBe(NO_REGION)
  })
})

describe('a measurement', () => {
  it('is known to rttvar/sqrt(n) + 1 ms when fresh, and halves in weight every ten minutes', () => {
    const fresh = weigh(measurement('1.0.0.0/24', 'a', 30, { rttVarMs: 4, samples: 16 }), NOW)!
    const later = weigh(measurement('1.0.0.0/24', 'a', 30, { rttVarMs: 4, samples: 16, ...old(20 * MINUTE) }), NOW)!
    expect(fresh.precision).toBeCloseTo(1 / 4)
    expect(later.precision).toBeCloseTo(1 / 16)
  })

  it('is evidence of nothing after a day, and new when its clock runs ahead', () => {
    expect(weigh(measurement('1.0.0.0/24', 'a', 30, old(24 * 60 * MINUTE + 1)), NOW)).toBeNull()
    const ahead = weigh(measurement('1.0.0.0/24', 'a', 30, old(-5 * MINUTE)), NOW)!
    expect(ahead).toEqual(weigh(measurement('1.0.0.0/24', 'a', 30), NOW))
  })

  it('loss: no evidence, no penalty; half-life of five minutes', () => {
    const loss = (more: Partial<Measurement>) => weigh(measurement('1.0.0.0/24', 'a', 30, more), NOW)!.loss
    expect(lossFactor(loss({ loss: 0, samples: 100 }))).toBe(1)
    expect(loss({ loss: 0.1, samples: 100 })).toBeCloseTo(10.1 / 200)
    expect(loss({ loss: 0.1, samples: 100, ...old(5 * MINUTE) })).toBeCloseTo(5.1 / 150)
    expect(lossFactor(0.041)).toBeCloseTo(3)
  })

  it('of prober and edges count together by inverse variance; the edges know nothing of loss', () => {
    const of = (rttMs: number, more: Partial<Measurement>) => weigh(measurement('1.0.0.0/24', 'a', rttMs, more), NOW)!
    const probed = of(40, { rttVarMs: 0, loss: 0.1, source: 'probe', ...old(10 * MINUTE) })
    const seen = of(10, { rttVarMs: 8, samples: 64, loss: 0.5, source: 'passive' })
    expect([probed.precision, seen.precision]).toEqual([1 / 2, 1 / 4])
    expect(joinWeighed(probed, seen)).toEqual({
      ...{ rttMs: 30, precision: 3 / 4, jitterMs: 8 / 3, loss: probed.loss, freshness: 1 },
    })
    expect(lossFactor(seen.loss)).toBe(1)
  })
})

describe('the choice under rtt-spill', () => {
  const clusters = [cluster('icn', 'seoul'), cluster('nrt', 'tokyo')]
  const base = { clusters, places: [place('seoul')], city: { '1.0.0.0/8': 1 } }
  const chosen = (...measurements: Measurement[]) =>
    ask(compile({ ...base, measurements }), clientOf('1.2.3.4')).cluster

  it('is the nearer cluster without measurements', () => {
    expect(chosen()).toBe('icn')
  })

  it('is a measured fast cluster rather than a nearer slow one', () => {
    expect(chosen(measurement('1.2.3.0/24', 'icn', 90), measurement('1.2.3.0/24', 'nrt', 30))).toBe('nrt')
  })

  it('is the other one when only the nearer is known to be slow', () => {
    expect(chosen(measurement('1.2.3.0/24', 'icn', 120))).toBe('nrt')
  })

  it('fades back to the geo estimate as the measurement ages', () => {
    const aged = (minutes: number) =>
      chosen(
        measurement('1.2.3.0/24', 'icn', 90, old(minutes * MINUTE)),
        measurement('1.2.3.0/24', 'nrt', 30, old(minutes * MINUTE)),
      )
    expect(aged(5)).toBe('nrt')
    expect(aged(180)).toBe('icn')
    expect(aged(25 * 60)).toBe('icn')
  })

  it('flips on loss', () => {
    const nrt = measurement('1.2.3.0/24', 'nrt', 35)
    expect(chosen(measurement('1.2.3.0/24', 'icn', 10), nrt)).toBe('icn')
    expect(chosen(measurement('1.2.3.0/24', 'icn', 10, { loss: 0.08 }), nrt)).toBe('icn')
    expect(chosen(measurement('1.2.3.0/24', 'icn', 20, { loss: 0.08 }), nrt)).toBe('nrt')
  })

  it('counts jitter', () => {
    const nrt = measurement('1.2.3.0/24', 'nrt', 30)
    expect(chosen(measurement('1.2.3.0/24', 'icn', 25), nrt)).toBe('icn')
    expect(chosen(measurement('1.2.3.0/24', 'icn', 25, { rttVarMs: 20, samples: 1600 }), nrt)).toBe('nrt')
  })

  it('gives ties within 2 ms to the nearer', () => {
    expect(chosen(measurement('1.2.3.0/24', 'icn', 25.5), measurement('1.2.3.0/24', 'nrt', 24))).toBe('icn')
    expect(chosen(measurement('1.2.3.0/24', 'icn', 27.5), measurement('1.2.3.0/24', 'nrt', 24))).toBe('nrt')
  })

  it('takes per cluster the longest match over nested measured prefixes', () => {
    const world = compile({
      ...base,
      measurements: [
        measurement('1.2.0.0/16', 'icn', 100),
        measurement('1.2.0.0/16', 'nrt', 30),
        measurement('1.2.3.0/24', 'icn', 10),
      ],
    })
    expect(ask(world, clientOf('1.2.9.4')).cluster).toBe('nrt')
    expect(ask(world, clientOf('1.2.3.4')).cluster).toBe('icn')
  })

  it('takes the newest of two rows for one prefix and cluster', () => {
    const rows = [
      measurement('1.2.3.0/24', 'icn', 200, old(MINUTE)),
      measurement('1.2.3.0/24', 'icn', 8, old(1000)),
      measurement('1.2.3.0/24', 'icn', 300, old(2 * MINUTE)),
    ]
    expect(chosen(...rows)).toBe('icn')
    expect(chosen(...rows.reverse())).toBe('icn')
  })

  it('does not believe a place that light contradicts: measurements alone count', () => {
    // A database says Seoul; 4 ms from London says otherwise.
    const world = compile({
      clusters: [...clusters, cluster('lhr', 'london')],
      services: [service('vod', ['icn', 'nrt', 'lhr']), service('near', ['icn', 'nrt'], { policy: 'geo' })],
      places: [place('seoul')],
      city: { '1.0.0.0/8': 1 },
      measurements: [measurement('1.2.3.0/24', 'lhr', 4)],
    })
    expect(ask(world, clientOf('1.2.3.4')).cluster).toBe('lhr')
    expect(ask(world, clientOf('1.2.4.4')).cluster).toBe('icn')
    expect(world.stats.distrusted).toBe(1)
    expect(ask(world, clientOf('1.2.3.4'), 4, 1).reason).toBe('unlocated')
    const { tables, live } = world
    const trail = explain({ world: world.world, tables, live, service: 0, family: 4, client: clientOf('1.2.3.4') })
    expect(trail.candidates[0]!.rttFrom).toBe('4 ms +-1: own RTT, 0 s old, measured for /24; place distrusted')
    expect(trail.candidates[1]!.rttFrom).toBe('place distrusted')
  })

  it('widens the uncertainty by the accuracy radius: a measurement then counts for longer', () => {
    const withRadius = (radiusKm: number) =>
      ask(
        compile({
          ...base,
          places: [place('seoul', { radiusKm })],
          measurements: [measurement('1.2.3.0/24', 'icn', 90, old(75 * MINUTE))],
        }),
        clientOf('1.2.3.4'),
      ).cluster
    expect(withRadius(0)).toBe('icn')
    expect(withRadius(1000)).toBe('nrt')
  })

  it('measures bias in milliseconds', () => {
    const biased = (biasMs: number) =>
      ask(
        compile({ ...base, clusters: [cluster('icn', 'seoul', { biasMs }), cluster('nrt', 'tokyo')] }),
        clientOf('1.2.3.4'),
      ).cluster
    expect(biased(15)).toBe('icn')
    expect(biased(40)).toBe('nrt')
  })
})

describe('candidates', () => {
  const inside = cluster('kt', 'seoul', { tier: 'embedded', asns: [4766] })
  const base = {
    clusters: [inside, cluster('icn', 'seoul')],
    places: [place('seoul')],
    city: { '1.0.0.0/8': 1, '2a00::/16': 1 },
    asn: { '1.2.0.0/16': 4766, '2a00:1::/32': 4766 },
  }

  it('an embedded cluster serves its own network, in both families, and nobody else', () => {
    const world = compile(base)
    expect(ask(world, clientOf('1.2.3.4')).cluster).toBe('kt')
    expect(ask(world, clientOf('2a00:1:2::1')).cluster).toBe('kt')
    expect(ask(world, clientOf('1.3.3.4')).cluster).toBe('icn')
    expect(ask(world, clientOf('2a00:2:2::1')).cluster).toBe('icn')
  })

  it('an override of the network admits it', () => {
    const world = compile({
      ...base,
      overrides: [{ prefix: { family: 4, hi: 0x01030000, lo: 0, length: 16 }, asn: 4766 }],
    })
    expect(ask(world, clientOf('1.3.3.4')).cluster).toBe('kt')
  })

  it('keeps a core cluster among the four slots', () => {
    const near = ['a', 'b', 'c', 'd', 'e'].map(id => cluster(id, 'seoul'))
    const world = compile({
      ...base,
      clusters: [...near, cluster('dc', 'london', { tier: 'core' })],
    })
    const { rows } = world.tables
    for (let row = 0; row < rows.count; row++) expect(rows.slots(row)).toContain(5)
  })
})
