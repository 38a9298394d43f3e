import { describe, expect, test } from 'vitest'
import { changed, complaints, SAMPLE } from './sample.ts'

const SECOND_SERVICE = (rest: string) => `${SAMPLE}  - id: netcinema-live
    hostnames: [live.netcinema.com]
    cdnName: a2210.kingcdn.com
${rest}`

describe('used twice', () => {
  test('a cluster id', () => {
    expect(complaints(changed('- id: sin-core\n', '- id: nrt-ix\n'))).toEqual([
      'kingcdn.yaml:24:9: clusters[2].id: "nrt-ix" is used twice; first at clusters[1].id',
    ])
  })

  test('a server id, in another cluster', () => {
    expect(complaints(changed('id: sin-core-1', 'id: icn-kt-2'))).toEqual([
      'kingcdn.yaml:29:15: clusters[2].servers[0].id: "icn-kt-2" is used twice; first at clusters[0].servers[1].id',
    ])
  })

  test('a server address, also in another spelling', () => {
    expect(complaints(changed('"2001:db8:3::31"', '"2001:DB8:1:0::0011"'))).toEqual([
      'kingcdn.yaml:29:33: clusters[2].servers[0].ipv6: "2001:db8:1::11" is used twice; first at clusters[0].servers[0].ipv6',
    ])
  })

  test('an id and a name of a service, a host name as CDN name', () => {
    const text = SECOND_SERVICE('')
      .replace('netcinema-live', 'netcinema-vod')
      .replace('live.netcinema', 'VIDEO.netcinema')
    expect(complaints(text.replace('a2210', 'a1105'))).toEqual([
      'kingcdn.yaml:40:9: services[1].id: "netcinema-vod" is used twice; first at services[0].id',
      'kingcdn.yaml:41:17: services[1].hostnames[0]: "video.netcinema.com." is used twice; first at services[0].hostnames[0]',
      'kingcdn.yaml:42:14: services[1].cdnName: "a1105.kingcdn.com." is used twice; first at services[0].cdnName',
    ])
    expect(complaints(changed('[video.netcinema.com, ', '[a1105.kingcdn.com., '))).toEqual([
      'kingcdn.yaml:32:17: services[0].hostnames[0]: "a1105.kingcdn.com." is used twice; first at services[0].cdnName',
    ])
  })

  test('a listening address, a zone file, a zone', () => {
    expect(complaints(changed('"[::1]:5300"', '"127.0.0.1:5300"'))).toEqual([
      'kingcdn.yaml:2:35: listen.dns[1]: "127.0.0.1:5300" is used twice; first at listen.dns[0]',
    ])
    expect(complaints(changed('zones/netcinema.com.zone', 'zones/kingcdn.com.zone'))).toEqual([
      'kingcdn.yaml:6:13: zones[1].file: "zones/kingcdn.com.zone" is used twice; first at zones[0].file',
    ])
    expect(complaints(changed('netcinema.com.zone }', 'netcinema.com.zone, origin: KingCDN.com. }'))).toEqual([
      'kingcdn.yaml:6:45: zones[1].origin: "kingcdn.com." is used twice; first at zones[0].origin',
    ])
  })

  test('port 0 may stand often: the system gives each another', () => {
    expect(complaints(changed('["127.0.0.1:5300", "[::1]:5300"]', '["127.0.0.1:0", "127.0.0.1:0"]'))).toEqual([])
  })
})

describe('clusters', () => {
  test('a server without an address', () => {
    expect(complaints(changed('{ id: nrt-ix-1, ipv4: 192.0.2.21 }', '{ id: nrt-ix-1 }'))).toEqual([
      'kingcdn.yaml:23:9: clusters[1].servers[0]: has no address; ipv4, ipv6 or both',
    ])
  })

  test('an id with a meaning of its own', () => {
    expect(complaints(changed('- id: sin-core\n', '- id: core\n'))).toEqual([
      'kingcdn.yaml:24:9: clusters[2].id: "core" has a meaning of its own in `clusters` of a service; any other id',
    ])
  })

  test('an embedded cluster that serves nobody is a warning', () => {
    expect(complaints(changed('    asns: [4766]\n', ''))).toEqual([
      'kingcdn.yaml:8:5: warning: clusters[0]: is embedded but has neither asns nor serves, so it serves nobody; say which networks it stands in',
    ])
    expect(complaints(changed('asns: [4766]', 'serves: [203.0.113.0/24]'))).toEqual([])
  })

  test('asns of another tier are a warning', () => {
    expect(complaints(changed('target: 80%', 'asns: [2516]'))).toEqual([
      'kingcdn.yaml:21:11: warning: clusters[1].asns: has no effect on tier exchange; only embedded clusters serve by AS number',
    ])
  })
})

describe('a service and its clusters', () => {
  test('an unknown cluster, with the nearest one', () => {
    expect(complaints(changed('clusters: all', 'clusters: [icn-kt, nrt-xi]'))).toEqual([
      'kingcdn.yaml:36:24: services[0].clusters[1]: "nrt-xi" is not a cluster (did you mean nrt-ix?); clusters: icn-kt, nrt-ix, sin-core',
    ])
  })

  test('a tier that no cluster has', () => {
    expect(
      complaints(changed('tier: exchange', 'tier: core').replace('clusters: all', 'clusters: [exchange]')),
    ).toEqual(['kingcdn.yaml:36:16: services[0].clusters[0]: no cluster is of tier exchange'])
  })

  test('one listed twice, and "all" in a list', () => {
    expect(complaints(changed('clusters: all', 'clusters: [core, core, all]'))).toEqual([
      'kingcdn.yaml:36:22: services[0].clusters[1]: "core" is used twice; first at services[0].clusters[0]',
      'kingcdn.yaml:36:28: services[0].clusters[2]: "all" stands alone, not in a list',
    ])
  })

  test('no clusters at all', () => {
    const text = `zones: [{ file: a.zone }]\nservices: [{ id: a, cdnName: a.example.com }]\n`
    expect(complaints(text)).toEqual(['kingcdn.yaml:2:12: services[0].clusters: chooses no cluster; the file has none'])
  })

  test('content that none of its clusters holds', () => {
    const text = changed('content: popular\n    policy', 'content: populr\n    policy')
    expect(complaints(text.replace('clusters: all', 'clusters: [icn-kt]'))[0]).toBe(
      'kingcdn.yaml:34:14: services[0].content: "populr" is held by none of its clusters (did you mean popular?); held: popular',
    )
    // The others pull what they lack.
    expect(complaints(text)).toEqual([])
  })

  test('weights: unknown, of another service, without effect, all zero', () => {
    const weighted = changed('policy: rtt-spill', 'policy: weighted')
    const text = (weights: string) =>
      weighted.replace('clusters: all', `clusters: [nrt-ix, core]\n    weights: ${weights}`)
    expect(complaints(text('{ nrt: 3, icn-kt: 1, sin-core: 2 }'))).toEqual([
      'kingcdn.yaml:37:16: services[0].weights.nrt: "nrt" is not a cluster; clusters: icn-kt, nrt-ix, sin-core',
      'kingcdn.yaml:37:24: services[0].weights.icn-kt: "icn-kt" is not among the clusters of this service',
    ])
    expect(complaints(text('{ nrt-ix: 0, sin-core: 0 }'))).toEqual([
      'kingcdn.yaml:37:14: services[0].weights: all are 0, so nothing can be chosen; at least one above 0',
    ])
    expect(complaints(text('{ nrt-ix: 0 }'))).toEqual([])
    expect(complaints(changed('answers: 2', 'weights: { icn-kt: 2 }'))).toEqual([
      'kingcdn.yaml:37:14: warning: services[0].weights: has no effect with policy rtt-spill',
    ])
  })

  test('order: unknown, twice, without effect, incomplete', () => {
    const failover = changed('policy: rtt-spill', 'policy: failover')
    expect(complaints(failover.replace('answers: 2', 'order: [icn-kt, icn-kt, fra]'))).toEqual([
      'kingcdn.yaml:37:12: warning: services[0].order: leaves out nrt-ix, sin-core; they come last, in the order of the file',
      'kingcdn.yaml:37:21: services[0].order[1]: "icn-kt" is used twice; first at services[0].order[0]',
      'kingcdn.yaml:37:29: services[0].order[2]: "fra" is not a cluster; clusters: icn-kt, nrt-ix, sin-core',
    ])
    expect(complaints(changed('answers: 2', 'order: [icn-kt]'))).toEqual([
      'kingcdn.yaml:37:12: warning: services[0].order: has no effect with policy rtt-spill',
    ])
  })

  test('backup: unknown, or outside a hard constraint', () => {
    expect(complaints(changed('whenAllDown: all', 'whenAllDown: backup:sin'))).toEqual([
      'kingcdn.yaml:39:18: services[0].whenAllDown: "sin" is not a cluster; clusters: icn-kt, nrt-ix, sin-core',
    ])
    expect(
      complaints(changed('whenAllDown: all', 'only: { countries: [KR, JP] }\n    whenAllDown: backup:sin-core')),
    ).toEqual([
      'kingcdn.yaml:40:18: services[0].whenAllDown: "backup:sin-core" stands in no stated country, outside `only`, which nothing overrides',
    ])
  })

  test('only: countries where no cluster stands', () => {
    expect(complaints(changed('whenAllDown: all', 'only: { countries: [FR] }'))).toEqual([
      'kingcdn.yaml:39:24: services[0].only.countries: none of its clusters stands in FR; they stand in JP, KR',
    ])
    expect(complaints(changed('whenAllDown: all', 'only: { countries: [KR, JP, FR] }'))).toEqual([
      'kingcdn.yaml:39:33: warning: services[0].only.countries[2]: "FR": none of its clusters stands there; they stand in JP, KR',
    ])
  })

  test('only clusters of closed networks is a warning', () => {
    expect(complaints(changed('clusters: all', 'clusters: [icn-kt]'))).toEqual([
      'kingcdn.yaml:36:15: warning: services[0].clusters: every one of them serves only its own networks; all other clients get `whenAllDown`',
    ])
  })
})

describe('the HTTP address and its token', () => {
  test('said twice', () => {
    expect(complaints(`http: { listen: "127.0.0.1:9153" }\n${SAMPLE}`)).toEqual([
      'kingcdn.yaml:1:17: http.listen: stands in listen.http too; write one of the two',
    ])
  })

  test('the same as a DNS address', () => {
    expect(complaints(changed('127.0.0.1:9153', '127.0.0.1:5300'))).toEqual([
      'kingcdn.yaml:2:56: listen.http: "127.0.0.1:5300" is also in listen.dns or tls.listen, which take TCP; another port',
    ])
  })

  test('not loopback and no token is a warning', () => {
    expect(complaints(changed('127.0.0.1:9153', '10.0.0.1:9153'))).toEqual([
      'kingcdn.yaml:2:56: warning: listen.http: "10.0.0.1:9153" is not loopback and http.token is not set: changing calls will be refused',
    ])
    expect(complaints(`http: { token: { env: TOKEN } }\n${changed('127.0.0.1:9153', '10.0.0.1:9153')}`)).toEqual([])
  })

  test('a token from nowhere or from two places', () => {
    expect(complaints(`http: { token: {} }\n${SAMPLE}`)).toEqual([
      'kingcdn.yaml:1:16: http.token: has neither of file and env; one of them',
    ])
    expect(complaints(`http: { token: { file: a, env: B } }\n${SAMPLE}`)).toEqual([
      'kingcdn.yaml:1:16: http.token: has both of file and env; one of them',
    ])
  })

  test('a wildcard address is a warning', () => {
    expect(complaints(changed('"127.0.0.1:5300", "[::1]:5300"', '"0.0.0.0:53"'))).toEqual([
      'kingcdn.yaml:2:17: warning: listen.dns[0]: "0.0.0.0:53" stands for the addresses that the machine has at the start; one that it gets later is not answered over UDP',
    ])
  })
})
