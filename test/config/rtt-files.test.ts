import { describe, expect, test } from 'vitest'
import { formatProblem } from '../../src/base/problem.ts'
import { parseConfig } from '../../src/config/load.ts'
import type { ReadVerdict } from '../../src/config/read-text.ts'
import { SAMPLE } from './sample.ts'

const WITH_FILES = `${SAMPLE}estimates: { mesh: data/mesh.csv, countryPairs: data/pairs.csv }\n`
const MESH = 'from,to,rtt_ms\nicn-kt,nrt-ix,33.5\n# measured by hand\n\nnrt-ix, sin-core, 70\n'
const PAIRS = 'client_country,cluster_country,rtt_ms\nKR,JP,35\nXK,KR,280\n'

function load(mesh: string, pairs: string) {
  const read = (path: string): ReadVerdict => ({
    kind: 'text',
    text: path.endsWith('mesh.csv') ? mesh : path.endsWith('pairs.csv') ? pairs : '',
  })
  return parseConfig(WITH_FILES, 'kingcdn.yaml', read)
}
const complaints = (mesh: string, pairs: string) => load(mesh, pairs).problems.map(formatProblem)
const hash = (mesh: string, pairs: string) => load(mesh, pairs).config?.hash

describe('RTTs from elsewhere', () => {
  test('between clusters and between countries become part of the deployment', () => {
    expect(complaints(MESH, PAIRS)).toEqual([])
    expect(load(MESH, PAIRS).config?.deployment.estimates).toEqual({
      mesh: [
        { from: 'icn-kt', to: 'nrt-ix', rttMs: 33.5 },
        { from: 'nrt-ix', to: 'sin-core', rttMs: 70 },
      ],
      countryPairs: [
        { client: 'KR', cluster: 'JP', rttMs: 35 },
        { client: 'XK', cluster: 'KR', rttMs: 280 },
      ],
    })
  })

  test('decide maps, so that they are part of the hash that a fleet compares', () => {
    const hashes = [hash(MESH, PAIRS), hash(MESH.replace('33.5', '33'), PAIRS), hash(MESH, PAIRS.replace('35', '36'))]
    expect(new Set(hashes).size).toBe(3)
    expect(hash(MESH, PAIRS)).toBe(hashes[0])
  })

  test('every wrong line is named with place, value and what is legal; the right ones count', () => {
    const mesh =
      'from,to,rtt_ms\nicn-kt,nrt-i,33\nicn-kt,icn-kt,1\nnrt-ix,icn-kt,-3\nnrt-ix,sin-core,70\nnrt-ix,sin-core,71\na,b\nx,icn-kt,fast\n'
    const pairs = 'client_country,cluster_country,rtt_ms\nZZ,KR,30\nKR, jp,0\n'
    expect(complaints(mesh, pairs)).toEqual([
      'data/mesh.csv:2:8: to: "nrt-i" is not a cluster (did you mean nrt-ix?); clusters: icn-kt, nrt-ix, sin-core',
      'data/mesh.csv:3:8: to: "icn-kt" is the cluster that measured; an RTT to itself says nothing',
      'data/mesh.csv:4:15: rtt_ms: "-3" is not milliseconds above 0 and up to 60000',
      'data/mesh.csv:6:1: the same pair as in line 5',
      'data/mesh.csv:7:1: has 2 fields; from,to,rtt_ms',
      'data/mesh.csv:8:1: from: "x" is not a cluster; clusters: icn-kt, nrt-ix, sin-core',
      'data/mesh.csv:8:10: rtt_ms: "fast" is not milliseconds above 0 and up to 60000',
      'data/pairs.csv:2:1: client_country: "ZZ" is not a country; two capital letters of ISO 3166-1, such as KR',
      'data/pairs.csv:3:5: cluster_country: "jp" is not a country; two capital letters of ISO 3166-1, such as KR',
      'data/pairs.csv:3:8: rtt_ms: "0" is not milliseconds above 0 and up to 60000',
    ])
    expect(load(mesh, pairs).config?.deployment.estimates?.mesh).toEqual([
      { from: 'nrt-ix', to: 'sin-core', rttMs: 70 },
    ])
  })

  test('a file without its header is not guessed at', () => {
    expect(complaints('icn-kt,nrt-ix,33\n', '')).toEqual([
      'data/mesh.csv:1:1: "icn-kt,nrt-ix,33" is not the header; the first line must be from,to,rtt_ms',
      'data/pairs.csv:1:1: is empty; the first line must be client_country,cluster_country,rtt_ms',
    ])
  })

  test('thousands of wrong lines are counted, not listed', () => {
    const problems = load(`from,to,rtt_ms\n${'x,icn-kt,1\n'.repeat(1500)}`, PAIRS).problems
    expect(problems).toHaveLength(1001)
    expect(problems.at(-1)?.message).toBe('and 500 more problems')
  })

  test('a file that cannot be read is named where the configuration names it', () => {
    const reason = 'cannot be read: there is no such file'
    const read = (path: string): ReadVerdict =>
      path.endsWith('.csv') ? { kind: 'unreadable', reason, line: 0 } : { kind: 'text', text: '' }
    const { config, problems } = parseConfig(WITH_FILES, 'kingcdn.yaml', read)
    expect(problems.map(({ message }) => message)).toEqual([
      `estimates.mesh: "data/mesh.csv" ${reason}`,
      `estimates.countryPairs: "data/pairs.csv" ${reason}`,
    ])
    expect(config?.deployment.estimates).toEqual({ mesh: [], countryPairs: [] })
  })

  test('without the group there are none', () => {
    const { config } = parseConfig(SAMPLE, 'kingcdn.yaml', () => ({ kind: 'text', text: '' }))
    expect(config?.deployment.estimates).toBeUndefined()
  })
})
