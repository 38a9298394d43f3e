import { describe, expect, it } from 'vitest'
import { distanceKm } from '../../../src/base/earth.ts'
import { NEAREST } from '../../../src/plan/estimate/interpolate.ts'
import { openWorld } from '../../../src/plan/world.ts'
import { regionOf } from '../../../src/route/region.ts'
import { priorMs } from '../../../src/route/score/prior.ts'
import { cluster } from '../../route/fixture.ts'
import { Gaussian, type Internet, inventInternet, measured } from './internet.ts'
import { choices, gapClosed, inputOf, scoreEach } from './quality.ts'

const SEEDS = [1, 2, 3, 4]
const internets = SEEDS.map(seed => inventInternet(seed, 4 + 2 * seed))
const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length

/** RTTs of `percent` of the places to all clusters. */
function surveyOf(internet: Internet, percent: number) {
  const places = new Gaussian(percent).some(
    internet.places.length,
    Math.round((internet.places.length * percent) / 100),
  )
  return measured(
    internet,
    places.flatMap(p => internet.clusters.map((_, c) => [p, c] as const)),
  )
}

describe('of the gap between the nearest cluster and the best one', () => {
  const shares = [0, 5, 20, 50]
  const chosen = shares.map(percent => internets.map(internet => choices(internet, surveyOf(internet, percent))))
  const closed = chosen.map(of => mean(of.map((list, i) => gapClosed(internets[i]!, list))))
  const prior = mean(internets.map(internet => gapClosed(internet, choices(internet, [], []))))

  it('the prior alone closes little, the mesh of the clusters much more', () => {
    expect(prior).toBeGreaterThan(0.1)
    expect(prior).toBeLessThan(0.25)
    expect(closed[0]).toBeGreaterThan(0.35)
  })

  it('ever more is closed as more places are measured', () => {
    expect(closed[1]).toBeGreaterThan(0.47)
    expect(closed[2]).toBeGreaterThan(0.61)
    expect(closed[3]).toBeGreaterThan(0.78)
    for (let i = 1; i < shares.length; i++) expect(closed[i]).toBeGreaterThan(closed[i - 1]!)
  })

  it('RTTs of just the present cluster of each block close more, and more once again after the choice has followed', () => {
    const rounds = [0, 20].map(percent => {
      const after = internets.map((internet, i) => {
        const survey = surveyOf(internet, percent)
        const pairs = new Map<string, readonly [number, number]>()
        const closedBy = (list: readonly number[]) => {
          list.forEach((c, p) => {
            pairs.set(`${p} ${c}`, [p, c])
          })
          return choices(internet, [...survey, ...measured(internet, [...pairs.values()])])
        }
        const first = closedBy(chosen[shares.indexOf(percent)]![i]!)
        return [first, closedBy(first)].map(list => gapClosed(internet, list))
      })
      return [0, 1].map(round => mean(after.map(of => of[round]!)))
    })
    expect(rounds[0]![0]).toBeGreaterThan(closed[0]! + 0.12)
    expect(rounds[0]![1]).toBeGreaterThan(rounds[0]![0]! + 0.08)
    // Where much is measured already, the first round brings little: whom an estimate flatters is tried first.
    expect(rounds[1]![0]).toBeGreaterThan(closed[2]! - 0.03)
    expect(rounds[1]![1]).toBeGreaterThan(closed[2]! + 0.1)
  })
})

describe('an interpolation', () => {
  const internet = internets[1]!
  const survey = surveyOf(internet, 10)
  const world = openWorld({ ...inputOf(internet, survey), measurements: [] })

  /** The formula, written as it stands in the text it comes from, in 64 bits and without any table. */
  function asWritten() {
    const half = (x: number) => Math.round(x * 2) / 2
    const cells = internet.places.map(p => ({ ...p, lat: half(p.lat), lon: half(p.lon) }))
    const prior = (p: (typeof cells)[number], c: number) => {
      const { location } = internet.clusters[c]!
      const same = p.country === location.country
      return priorMs(distanceKm(p, location), regionOf(p.country, p.continent), regionOf(location.country), same)
    }
    const rows = new Map<string, { p: (typeof cells)[number]; rtts: Map<number, number> }>()
    for (const { prefix, cluster, rttMs } of survey) {
      const p = cells[internet.prefixes.findIndex(({ hi }) => hi === prefix.hi)]!
      const row = rows.get(`${p.country} ${p.lat} ${p.lon}`) ?? { p, rtts: new Map() }
      rows.set(`${p.country} ${p.lat} ${p.lon}`, row)
      row.rtts.set(Number(cluster.slice(1)), rttMs)
    }
    const between = (a: number, b: number) =>
      internet.mesh.find(({ from, to }) => from === `c${a}` && to === `c${b}`)!.rttMs
    internet.clusters.forEach(({ location }, c) => {
      const others = internet.clusters.flatMap((_, o): [number, number][] =>
        o === c ? [] : [[o, (between(c, o) + between(o, c)) / 2]],
      )
      rows.set(`mesh ${c}`, { p: { ...internet.places[0]!, ...location }, rtts: new Map(others) })
    })
    const all = [...rows.values()].map(({ p, rtts }) => {
      const y = new Map([...rtts].map(([c, rtt]) => [c, Math.log((rtt + 20) / (prior(p, c) + 20))]))
      const a = [...y.values()].reduce((s, v) => s + v, 0) / (y.size + 2)
      return { p, a, y: new Map([...y].map(([c, v]) => [c, v - a])) }
    })
    const G = internet.clusters.map((_, c) => mean(all.flatMap(({ y }) => y.get(c) ?? [])))
    const nearest = cells.map(p =>
      all
        .map(row => ({ ...row, w: 1 / (1 + (distanceKm(p, row.p) / 700) ** 2) }))
        .sort((x, y) => y.w - x.w)
        .slice(0, NEAREST),
    )
    return (place: number, c: number) => {
      const p = cells[place]!
      const near = nearest[place]!
      const have = near.filter(({ y }) => y.has(c))
      const A = have.reduce((s, { w }) => s + w, 0)
      const weights = near.reduce((s, { w }) => s + w, 0)
      const z =
        (have.reduce((s, { w, y }) => s + w * y.get(c)!, 0) + 0.03 * G[c]!) / (A + 0.04) +
        near.reduce((s, { w, a }) => s + w * a, 0) / (weights + 0.04)
      const exact = { ...p, lat: internet.places[place]!.lat, lon: internet.places[place]!.lon }
      const R = Math.max(1, (prior(exact, c) + 20) * Math.exp(z) - 20)
      return { R, sigma: Math.sqrt(0.08 ** 2 + 0.16 ** 2 / (1 + 2 * A)) * (R + 20) }
    }
  }

  it('is what the text says, for every place and cluster', () => {
    const expected = asWritten()
    let worst = 0
    scoreEach(internet, world, (p, sheet) => {
      internet.clusters.forEach((_, c) => {
        const { R, sigma } = expected(p, c)
        worst = Math.max(worst, Math.abs(sheet.rttMs[c]! / R - 1), Math.abs(sheet.sigmaMs[c]! / sigma - 1))
      })
    })
    expect(world.estimates.rows.count).toBeGreaterThan(60)
    expect(worst).toBeLessThan(1e-5)
  })

  it('is the prior alone where nothing is measured', () => {
    const bare = openWorld({ ...inputOf(internet, [], []), measurements: [] })
    let worst = 0
    scoreEach(internet, bare, (_, sheet) => {
      internet.clusters.forEach((_, c) => {
        worst = Math.max(worst, Math.abs(sheet.rttMs[c]! - sheet.priorMs[c]!))
      })
    })
    expect(worst).toBeLessThan(1e-9)
  })

  it('is the same to the last bit in whatever order the measurements came, old ones of a pair among them', () => {
    const older = survey.slice(0, 50).map(row => ({ ...row, rttMs: 7, measuredAt: (row.measuredAt - 1) as never }))
    const order = new Gaussian(5).some(survey.length + 50, survey.length + 50)
    const shuffled = order.map(i => [...survey, ...older][i]!)
    const { table } = openWorld(inputOf(internet, shuffled, [...internet.mesh].reverse())).estimates
    expect(Buffer.from(table.residual.buffer)).toEqual(Buffer.from(world.estimates.table.residual.buffer))
    expect(Buffer.from(table.mass.buffer)).toEqual(Buffer.from(world.estimates.table.mass.buffer))
    expect(table.access).toEqual(world.estimates.table.access)
  })
})

describe('RTTs that light contradicts', () => {
  const internet = internets[2]!
  const survey = surveyOf(internet, 30)

  it('none: nobody is blamed', () => {
    const { misplaced, astray, anycast } = openWorld(inputOf(internet, survey)).estimates
    expect({ misplaced, astray, anycast }).toEqual({ misplaced: [], astray: 0, anycast: 0 })
  })

  it('of many places against one cluster: its coordinates are wrong, and no place is distrusted for it', () => {
    const { lat, lon } = internet.clusters[4]!.location
    const antipode = { lat: -lat, lon: lon > 0 ? lon - 180 : lon + 180 }
    const clusters = internet.clusters.map((c, i) => (i === 4 ? { ...c, location: { ...c.location, ...antipode } } : c))
    const world = openWorld(inputOf({ ...internet, clusters }, survey))
    expect(world.estimates.misplaced).toEqual(['c4'])
    expect(world.estimates.astray).toBe(0)
    let distrusted = 0
    scoreEach(internet, world, (_, sheet) => {
      distrusted += Number(sheet.distrusted)
    })
    expect(distrusted).toBe(0)
    // The others go on as if that cluster had not been there.
    const without = (list: typeof survey) => list.filter(row => row.cluster !== 'c4')
    const mesh = internet.mesh.filter(({ from, to }) => from !== 'c4' && to !== 'c4')
    const rest = openWorld(inputOf({ ...internet, clusters }, without(survey), mesh)).estimates
    expect([...world.estimates.table.access]).toEqual([...rest.table.access])
  })

  it('against two clusters: both are found, and their RTTs to the others speak against none of these', () => {
    const clusters = internet.clusters.map((c, i) =>
      i > 1 ? c : { ...c, location: { lat: -c.location.lat, lon: -Math.sign(c.location.lon) * 180 + c.location.lon } },
    )
    const { misplaced, astray } = openWorld(inputOf({ ...internet, clusters }, survey)).estimates
    expect(misplaced).toEqual(['c0', 'c1'])
    expect(astray).toBe(0)
  })

  it('between clusters: the few that are wrong are named, not the many that they contradict', () => {
    const here = ['a', 'b', 'c', 'd', 'e'].map(id => cluster(id, 'seoul'))
    const wrong = [cluster('x', 'london'), cluster('y', 'newyork'), cluster('z', 'dallas')]
    const clusters = [...here, ...wrong]
    const mesh = clusters.flatMap(a => clusters.flatMap(b => (a === b ? [] : [{ from: a.id, to: b.id, rttMs: 2 }])))
    const { estimates } = openWorld(inputOf({ ...internet, clusters }, [], mesh))
    expect(estimates.misplaced).toEqual(['x', 'y', 'z'])
  })

  it('of one place: the place is wrong, and says nothing of its neighbours', () => {
    // The database has the first measured place on the other side of the earth.
    const wrong = internet.prefixes.findIndex(({ hi }) => hi === survey[0]!.prefix.hi)
    const moved = {
      ...internet.places[wrong]!,
      lat: -internet.places[wrong]!.lat,
      lon: internet.places[wrong]!.lon - 170,
    }
    const places = internet.places.map((place, p) => (p === wrong ? moved : place))
    const world = openWorld(inputOf({ ...internet, places }, survey))
    expect(world.estimates).toMatchObject({ misplaced: [], astray: 1, anycast: 0 })
    const right = openWorld(
      inputOf(
        internet,
        survey.filter(row => row.prefix.hi !== survey[0]!.prefix.hi),
      ),
    )
    expect(world.estimates.rows.residual).toEqual(right.estimates.rows.residual)
    scoreEach(internet, world, (p, sheet) => {
      expect(sheet.distrusted).toBe(p === wrong)
      if (p !== wrong) return
      expect(sheet.located).toBe(false)
      for (const row of survey.filter(({ prefix }) => prefix.hi === survey[0]!.prefix.hi))
        expect(sheet.rttMs[Number(row.cluster.slice(1))]).toBeCloseTo(row.rttMs, 0)
    })
  })

  it('in several places at once: anycast', () => {
    const prefix = survey[0]!.prefix
    const everywhere = survey.map(row => (row.prefix.hi === prefix.hi ? { ...row, rttMs: 3 } : row))
    const world = openWorld(inputOf(internet, everywhere))
    expect(world.estimates).toMatchObject({ misplaced: [], astray: 1, anycast: 1 })
    scoreEach(internet, world, (p, sheet) => {
      expect(sheet.anycast).toBe(internet.prefixes[p]!.hi === prefix.hi)
    })
  })
})
