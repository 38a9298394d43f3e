import { describe, expect, it } from 'vitest'
import { firstAddress, formatPrefix, type Prefix, parsePrefix, prefixOf } from '../../../src/base/prefix.ts'
import type { Measurement } from '../../../src/model/measurement.ts'
import { NO_SURVEY } from '../../../src/model/survey.ts'
import { explain } from '../../../src/plan/explain.ts'
import type { MapInput } from '../../../src/plan/world.ts'
import { relativeSigma } from '../../../src/route/score/interpolation.ts'
import {
  ask,
  clientOf,
  cluster,
  compileInput,
  mapInput,
  measurement,
  NOW,
  place,
  randomOf,
  service,
  type WorldText,
} from '../../route/fixture.ts'
import { Draw, randomClient, randomWorld, within } from '../../route/random-world.ts'

/** After a survey of `rows`; the AS database has networks of `length` bits. */
function surveyed(text: WorldText, rows: readonly Measurement[], length = 20): MapInput {
  const networkOf = (prefix: Prefix) => prefixOf(firstAddress(prefix), prefix.family === 4 ? length : length + 16)
  return {
    ...mapInput(text),
    survey: { ...NO_SURVEY, number: 1, asOf: NOW, evidence: '1' },
    surveyed: { measurements: rows, networkOf },
  }
}

const CLUSTERS = [cluster('icn', 'seoul'), cluster('nrt', 'tokyo'), cluster('lhr', 'london', { tier: 'core' })]
/** A place of which the database is not sure: what is interpolated for it is worth little. */
const VAGUE = place('seoul', { radiusKm: 900 })

function evidence(input: MapInput, address: string): Record<string, string> {
  const { world, tables, live } = compileInput(input)
  const trail = explain({ world, tables, live, service: 0, family: 4, client: clientOf(address) })
  return Object.fromEntries(trail.candidates.map(({ cluster: id, rttFrom }) => [id, rttFrom!]))
}

describe('measured blocks of the same routed network', () => {
  const text = { clusters: CLUSTERS, places: [VAGUE], city: { '1.2.0.0/16': 1 } }
  const rows = [measurement('1.2.3.0/24', 'nrt', 12), measurement('1.2.4.0/24', 'nrt', 16)]

  it('speak for its other blocks, with their median and 15 %', () => {
    const shown = evidence(surveyed(text, rows), '1.2.9.9')
    expect(shown.nrt).toMatch(/^1[3-6] ms \+-3: same prefix, 2 measured blocks; interpolated, .* \(counts \d+ %\)$/)
    expect(shown.icn).not.toContain('same prefix')
  })

  it('and for nobody outside of it', () => {
    expect(evidence(surveyed(text, rows), '1.2.16.9').nrt).not.toContain('same prefix')
  })

  it('speak for clients that no database locates, too', () => {
    const nowhere = surveyed({ clusters: CLUSTERS }, rows)
    expect(evidence(nowhere, '1.2.9.9').nrt).toMatch(/^1\d ms \+-3: same prefix, 2 measured blocks; place unknown$/)
    expect(ask(compileInput(nowhere), clientOf('1.2.9.9')).cluster).toBe('nrt')
  })

  it('do not count where the interpolation is better than they are', () => {
    // Four measured places around, and 15 % of 250 ms is worse than 8 % and a bit.
    const sure = { ...text, places: [place('seoul')] }
    const far = [measurement('1.2.3.0/24', 'lhr', 250), measurement('1.2.4.0/24', 'lhr', 250)]
    expect(relativeSigma(1)).toBeLessThan(0.15)
    const { lhr } = evidence(surveyed(sure, far), '1.2.9.9')
    expect(lhr).toMatch(/^\d+ ms \+-\d+: interpolated, 1 measured place 0 km/)
    expect(lhr).not.toContain('same')
  })

  it('of an anycast address they say nothing', () => {
    const cast = [measurement('1.2.3.0/24', 'nrt', 3), measurement('1.2.3.0/24', 'lhr', 3)]
    expect(evidence(surveyed(text, cast), '1.2.9.9').nrt).toMatch(/: prior only$/)
  })
})

describe('measured blocks of the same autonomous system and metro', () => {
  const text = {
    clusters: CLUSTERS,
    places: [VAGUE, place('busan', { radiusKm: 900 })],
    city: { '1.0.0.0/8': 1, '2.0.0.0/8': 1, '3.0.0.0/8': 2 },
    asn: { '1.0.0.0/8': 4766, '2.0.0.0/8': 4766, '3.0.0.0/8': 4766, '2.9.0.0/16': 9318 },
  }
  const rows = [measurement('1.2.3.0/24', 'nrt', 12)]

  it('speak for the others there, with 30 %', () => {
    expect(evidence(surveyed(text, rows), '2.1.1.1').nrt).toMatch(
      /^1\d ms \+-4: same network and metro, 1 measured block; interpolated, /,
    )
  })

  it('not for another system, nor for another metro', () => {
    expect(evidence(surveyed(text, rows), '2.9.1.1').nrt).not.toContain('same network')
    expect(evidence(surveyed(text, rows), '3.1.1.1').nrt).not.toContain('same network')
  })

  it('the system of an override counts', () => {
    const moved = { ...text, overrides: [{ prefix: parsePrefix('2.9.0.0/16')!, asn: 4766 }] }
    expect(evidence(surveyed(moved, rows), '2.9.1.1').nrt).toContain('same network and metro')
  })
})

describe('a block with an RTT to its present cluster alone', () => {
  const text = { clusters: CLUSTERS, places: [place('seoul')], city: { '1.0.0.0/8': 1 } }
  const rttOf = (measurements: readonly Measurement[], id: string) => {
    const { world, tables, live } = compileInput(surveyed({ ...text, measurements }, []))
    const trail = explain({ world, tables, live, service: 0, family: 4, client: clientOf('1.2.3.4') })
    return trail.candidates.find(one => one.cluster === id)!.rttMs!
  }

  it('is as slow, or as fast, towards the others: its access is a third of what it is off', () => {
    const bare = rttOf([], 'nrt')
    const off = Math.log((80 + 20) / (rttOf([], 'icn') + 20)) / 3
    expect(rttOf([measurement('1.2.3.0/24', 'icn', 80)], 'nrt')).toBeCloseTo((bare + 20) * Math.exp(off) - 20, 0)
    expect(rttOf([measurement('1.2.3.0/24', 'icn', 5)], 'nrt')).toBeLessThan(bare)
  })

  it('less so as the RTT ages', () => {
    const aged = (minutes: number) =>
      rttOf([measurement('1.2.3.0/24', 'icn', 80, { measuredAt: (NOW - minutes * 60_000) as never })], 'nrt')
    expect(aged(10)).toBeLessThan(aged(0))
    expect(aged(120)).toBeCloseTo(rttOf([], 'nrt'), 0)
  })
})

describe('what the operator knows of countries', () => {
  const pairs = (client: string) => {
    const input = mapInput({ clusters: CLUSTERS, places: [place('seoul')], city: { '1.0.0.0/8': 1 } })
    const countryPairs = [{ client, cluster: 'JP', rttMs: 143.5 }]
    return evidence({ ...input, deployment: { ...input.deployment, estimates: { mesh: [], countryPairs } } }, '1.2.3.4')
  }

  it('counts 0.3 in the prior of its clients to clusters there', () => {
    const bare = Number(/prior only/.test(pairs('GB').nrt!) && Number.parseInt(pairs('GB').nrt!, 10))
    expect(Number.parseInt(pairs('KR').nrt!, 10)).toBe(Math.round(bare + 0.3 * (143.5 - bare)))
    expect(pairs('KR').icn).toBe(pairs('GB').icn)
  })
})

describe('random worlds after random surveys, seed 31', () => {
  it('every client inside the scope gets the identical answer, and explain says what is served', {
    timeout: 60_000,
  }, () => {
    const draw = new Draw(randomOf(31))
    let alike = 0
    for (let i = 0; i < 6; i++) {
      const text = randomWorld(draw)
      const rows = text.measurements!.filter(() => draw.chance(70))
      const more = rows.map(row => ({ ...row, prefix: within(draw, row.prefix, row.prefix.length) }))
      const compiled = compileInput(surveyed(text, [...rows, ...more], 4 + draw.below(18)))
      for (let j = 0; j < 30; j++) {
        const client = randomClient(draw)
        const number = draw.below(text.services!.length)
        const answer = ask(compiled, client, 4, number)
        const { world, tables, live } = compiled
        const trail = explain({ world, tables, live, service: number, family: 4, client })
        alike += Number(trail.candidates.some(({ rttFrom }) => rttFrom!.includes('same ')))
        if (client.ecsFamily === 0 || answer.source !== 0) continue
        const block = { family: client.ecsFamily, hi: client.ecsHi, lo: client.ecsLo, length: answer.scope } as const
        const inside = within(draw, { ...block }, client.ecsFamily === 4 ? 32 : 64)
        const other = { ...client, ecsHi: inside.hi, ecsLo: inside.lo }
        expect(ask(compiled, other, 4, number), `${formatPrefix(inside)} in world ${i}`).toEqual(answer)
      }
    }
    expect(alike).toBeGreaterThan(10)
  })
})

it('a service that goes by distance alone does not care', () => {
  const text = { clusters: CLUSTERS, services: [service('near', ['icn', 'nrt'], { policy: 'geo' })], places: [VAGUE] }
  const input = surveyed({ ...text, city: { '1.0.0.0/8': 1 } }, [measurement('1.2.3.0/24', 'nrt', 12)])
  expect(ask(compileInput(input), clientOf('1.2.9.9')).cluster).toBe('icn')
})
