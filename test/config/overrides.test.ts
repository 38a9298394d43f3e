import { describe, expect, test } from 'vitest'
import { formatPrefix } from '../../src/base/prefix.ts'
import { parseConfig } from '../../src/config/load.ts'
import { complaints, parse, SAMPLE } from './sample.ts'

const GOOD = `10.20.0.0/16: { place: { lat: 52.37, lon: 4.90, country: NL } }
10.20.30.0/24: { asn: AS4766 }
2001:db8:77::/48: { clusters: [nrt-ix, icn-kt] }
`
const overridesOf = (text: string) => parse(SAMPLE, text).config?.geo.overrides ?? []

describe('overrides', () => {
  test('places, AS numbers and fixed cluster orders by prefix', () => {
    expect(complaints(SAMPLE, GOOD)).toEqual([])
    expect(overridesOf(GOOD).map(({ prefix, ...rest }) => [formatPrefix(prefix), rest])).toEqual([
      ['10.20.0.0/16', { place: { lat: 52.37, lon: 4.9, country: 'NL' } }],
      ['10.20.30.0/24', { asn: 4766 }],
      ['2001:db8:77::/48', { clusters: ['nrt-ix', 'icn-kt'] }],
    ])
  })

  test('an empty file overrides nothing', () => {
    expect(complaints(SAMPLE, '# nothing yet\n')).toEqual([])
    expect(overridesOf('# nothing yet\n')).toEqual([])
  })

  test('every wrong entry is named in its own file; the right ones count', () => {
    const text = `${GOOD}203.0.113.0/25: { asn: 1 }
203.0.113.7/24: { asn: 1 }
Seoul: { asn: 1 }
198.51.100.0/24: {}
192.0.2.0/24: { cluster: [icn-kt] }
10.0.0.0/8: { clusters: [icn-k], place: { lat: 91, lon: 0 } }
2001:0db8:0077::/48: { asn: 7 }
`
    expect(complaints(SAMPLE, text).map(line => line.replace(/; a prefix such as .*/, ''))).toEqual([
      'overrides.yaml:4:1: ["203.0.113.0/25"]: "203.0.113.0/25" is longer than /24',
      'overrides.yaml:5:1: ["203.0.113.7/24"]: "203.0.113.7/24" has bits set past /24 (meant 203.0.113.0/24?)',
      'overrides.yaml:6:1: Seoul: "Seoul" is not a prefix',
      'overrides.yaml:7:1: ["198.51.100.0/24"]: says nothing; place, asn or clusters',
      'overrides.yaml:8:17: ["192.0.2.0/24"].cluster: unknown key (did you mean clusters?); keys: place, asn, clusters',
      'overrides.yaml:9:48: ["10.0.0.0/8"].place.lat: 91 is out of range; a number of degrees north from -90 to 90',
      'overrides.yaml:10:1: ["2001:0db8:0077::/48"]: the same prefix as 2001:db8:77::/48 above',
    ])
    expect(overridesOf(text)).toHaveLength(3)
  })

  test('clusters that the configuration does not have', () => {
    expect(complaints(SAMPLE, '10.0.0.0/8: { clusters: [icn-k] }\n')).toEqual([
      'overrides.yaml:1:26: ["10.0.0.0/8"].clusters[0]: "icn-k" is not a cluster (did you mean icn-kt?); clusters: icn-kt, nrt-ix, sin-core',
    ])
  })

  test('a list instead of a mapping', () => {
    expect(complaints(SAMPLE, '- 10.0.0.0/8\n')).toEqual([
      'overrides.yaml:1:1: a list is not a mapping; a mapping of prefix to { place, asn, clusters }',
    ])
  })

  test('a file that cannot be read is named where the configuration names it; the rest is usable', () => {
    const reason = 'cannot be read: there is no such file'
    const { config, problems } = parseConfig(SAMPLE, 'kingcdn.yaml', () => ({ kind: 'unreadable', reason, line: 0 }))
    expect(problems).toEqual([
      {
        severity: 'error',
        file: 'kingcdn.yaml',
        line: 3,
        column: 36,
        message: 'geo.overrides: "overrides.yaml" cannot be read: there is no such file',
      },
    ])
    expect(config?.geo.overrides).toEqual([])
  })
})
