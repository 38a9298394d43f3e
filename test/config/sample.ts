import { formatProblem } from '../../src/base/problem.ts'
import { type LoadedConfig, parseConfig } from '../../src/config/load.ts'
import type { ReadVerdict } from '../../src/config/read-text.ts'

/** A small valid configuration; tests change one thing in it. Line numbers in expectations count in this text. */
export const SAMPLE = `node: ns1
listen: { dns: ["127.0.0.1:5300", "[::1]:5300"], http: "127.0.0.1:9153" }
geo: { city: city.mmdb, overrides: overrides.yaml }
zones:
  - { file: zones/netcinema.com.zone }
  - { file: zones/kingcdn.com.zone, origin: kingcdn.com }
clusters:
  - id: icn-kt
    tier: embedded
    location: { lat: 37.57, lon: 126.98, country: KR }
    asns: [4766]
    capacity: 40Gbps
    content: [popular]
    servers:
      - { id: icn-kt-1, ipv4: 192.0.2.11, ipv6: "2001:db8:1::11" }
      - { id: icn-kt-2, ipv4: 192.0.2.12, weight: 2 }
  - id: nrt-ix
    tier: exchange
    location: { lat: 35.68, lon: 139.77, country: JP }
    capacity: 50000rps
    target: 80%
    servers:
      - { id: nrt-ix-1, ipv4: 192.0.2.21 }
  - id: sin-core
    tier: core
    location: { lat: 1.35, lon: 103.82 }
    capacity: 20000conn
    servers:
      - { id: sin-core-1, ipv6: "2001:db8:3::31" }
services:
  - id: netcinema-vod
    hostnames: [video.netcinema.com, "*.video.netcinema.com"]
    cdnName: a1105.kingcdn.com
    content: popular
    policy: rtt-spill
    clusters: all
    answers: 2
    ttl: { cname: 300, address: 30 }
    whenAllDown: all
`

const noOverrides = (): ReadVerdict => ({ kind: 'text', text: '' })

export function parse(text: string, overrides = ''): LoadedConfig {
  return parseConfig(text, 'kingcdn.yaml', overrides === '' ? noOverrides : () => ({ kind: 'text', text: overrides }))
}

/** The sample with `from` replaced by `to`; fails when `from` does not stand in it exactly once. */
export function changed(from: string, to: string): string {
  const parts = SAMPLE.split(from)
  if (parts.length !== 2) throw new Error(`${JSON.stringify(from)} stands ${parts.length - 1} times in the sample`)
  return parts.join(to)
}

/** What the loader says of a text, as a person reads it. */
export function complaints(text: string, overrides = ''): string[] {
  return parse(text, overrides).problems.map(formatProblem)
}
