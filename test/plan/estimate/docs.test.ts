import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import { firstAddress, type Prefix, prefixOf } from '../../../src/base/prefix.ts'
import { NO_SURVEY } from '../../../src/model/survey.ts'
import { explain } from '../../../src/plan/explain.ts'
import { BIAS_WEIGHT, SUM_STEADIER } from '../../../src/route/estimates.ts'
import { clientOf, cluster, compileInput, mapInput, measurement, NOW, place } from '../../route/fixture.ts'

const PAGE = readFileSync(new URL('../../../docs/estimates.md', import.meta.url), 'utf8')

const CLUSTERS = [cluster('icn', 'seoul'), cluster('nrt', 'tokyo'), cluster('lhr', 'london', { tier: 'core' })]
const ROWS = [
  measurement('1.1.1.0/24', 'icn', 9),
  measurement('1.1.1.0/24', 'nrt', 41),
  measurement('1.1.2.0/24', 'nrt', 45),
  measurement('2.2.2.0/24', 'nrt', 28),
  measurement('6.6.6.0/24', 'icn', 4),
  measurement('7.7.7.0/24', 'icn', 4),
  measurement('7.7.7.0/24', 'lhr', 4),
  measurement('8.8.8.0/24', 'icn', 30),
  measurement('8.8.8.0/24', 'icn', 10, { source: 'passive', rttVarMs: 4, samples: 16 }),
]
const CITY = {
  '1.0.0.0/8': 1,
  '2.0.0.0/8': 2,
  '3.0.0.0/8': 3,
  '4.0.0.0/8': 4,
  '5.0.0.0/8': 5,
  '6.0.0.0/8': 3,
  '7.0.0.0/8': 1,
}

/** The world of the page's examples. */
function textOf(address: string, id: string, surveyed: boolean): string {
  const input = mapInput({
    clusters: CLUSTERS,
    places: [
      place('seoul', { radiusKm: 900 }),
      place('busan'),
      place('london'),
      place('busan', { radiusKm: 900 }),
      place('seoul', { centroid: true }),
    ],
    city: CITY,
    asn: { '1.0.0.0/8': 4766, '4.0.0.0/8': 4766, '2.0.0.0/8': 4766 },
    measurements: ROWS.map(row => ({ ...row, measuredAt: millis(NOW - 40_000) })),
  })
  const networkOf = (prefix: Prefix) => prefixOf(firstAddress(prefix), 16)
  const mesh = [{ from: 'icn', to: 'nrt', rttMs: 33 }]
  const { world, tables, live } = compileInput({
    ...input,
    deployment: { ...input.deployment, ...(surveyed ? { estimates: { mesh, countryPairs: [] } } : {}) },
    survey: surveyed ? { ...NO_SURVEY, number: 1, asOf: NOW, evidence: '1' } : NO_SURVEY,
    ...(surveyed ? { surveyed: { measurements: ROWS, networkOf } } : {}),
  })
  const trail = explain({ world, tables, live, service: 0, family: 4, client: clientOf(address) })
  return trail.candidates.find(one => one.cluster === id)!.rttFrom!
}

it('docs/estimates.md shows what explain says', () => {
  const shown = [...PAGE.matchAll(/^\| `(before|after)` `([\d.]+)` `(\w+)` \| `(.*)` \|/gm)]
  const expected = shown.map(([, when, address, id]) => textOf(address!, id!, when === 'after'))
  expect(shown.map(match => match[4])).toEqual(expected)
  expect(shown.length).toBeGreaterThan(8)
})

it('docs/estimates.md has the constants of the code', () => {
  expect(PAGE).toContain(`${BIAS_WEIGHT}*G[c]`)
  expect(PAGE).toContain(`A[c] + ${SUM_STEADIER}`)
})
