import { describe, expect, test } from 'vitest'
import { changed, complaints, parse } from './sample.ts'

/** The sample with a `load` for icn-kt (two servers, 40Gbps, one of them without IPv6), or for another cluster. */
const withLoad = (load: string, cluster = 'icn-kt') =>
  changed(`  - id: ${cluster}\n`, `  - id: ${cluster}\n    load: ${load}\n`)
const pullsOf = (text: string) => {
  const { config, problems } = parse(text)
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  return config?.deployment.loadPulls
}
const PROMETHEUS = (rest: string) => `{ prometheus: { url: "http://{ip}:9100/metrics", metric: tx_bits_total${rest} } }`

describe('where a load is read', () => {
  test('nowhere unless it is said', () => {
    expect(parse(changed('node: ns1', 'node: ns2')).config?.deployment).not.toHaveProperty('loadPulls')
  })

  test('one line covers all servers, each at its own address', () => {
    const source = { kind: 'prometheus', metric: 'tx_bits_total', labels: { device: 'eth0' }, counter: true, factor: 8 }
    const common = { cluster: 'icn-kt', source, interval: 5000, timeout: 2000 }
    expect(pullsOf(withLoad(PROMETHEUS(', labels: { device: eth0 }, factor: 8')))).toEqual([
      { ...common, server: 'icn-kt-1', url: 'http://192.0.2.11:9100/metrics' },
      { ...common, server: 'icn-kt-2', url: 'http://192.0.2.12:9100/metrics' },
    ])
  })

  test('an IPv6 address stands in brackets, and a server id as it is', () => {
    const url = 'https://gw.example:8443/{server}/{ip}'
    const pulls = pullsOf(withLoad(`{ stubStatus: { url: "${url}" }, interval: 1s, timeout: 500ms }`, 'sin-core'))
    expect(pulls).toEqual([
      {
        ...{ cluster: 'sin-core', server: 'sin-core-1', url: 'https://gw.example:8443/sin-core-1/[2001:db8:3::31]' },
        ...{ source: { kind: 'stub-status', count: 'connections' }, interval: 1000, timeout: 500 },
      },
    ])
  })

  test('a URL without a placeholder is read once, for the whole cluster', () => {
    const pulls = pullsOf(withLoad('{ stubStatus: { url: "http://edge.example/status" } }', 'nrt-ix'))
    expect(pulls).toMatchObject([{ cluster: 'nrt-ix', source: { kind: 'stub-status', count: 'requests' } }])
    expect(pulls?.[0]).not.toHaveProperty('server')
  })

  test('a server may have its own', () => {
    const own = 'load: { prometheus: { url: "http://other:1/m", metric: tx_bits } }'
    const text = withLoad(PROMETHEUS('')).replace('weight: 2', `weight: 2, ${own}`)
    expect(pullsOf(text)?.map(({ server, url, source }) => [server, url, source])).toMatchObject([
      ['icn-kt-1', 'http://192.0.2.11:9100/metrics', { counter: true }],
      ['icn-kt-2', 'http://other:1/m', { counter: false }],
    ])
  })

  test.each([
    ['tx_bits_total', '', true],
    ['tx_bits', '', false],
    ['client_req', ', kind: counter', true],
    ['sum_total', ', kind: gauge', false],
  ])('%s%s: a counter? %s', (metric, rest, counter) => {
    const pulls = pullsOf(withLoad(`{ prometheus: { url: "http://e/m", metric: ${metric}${rest} } }`))
    expect(pulls?.[0]?.source).toMatchObject({ counter })
  })

  test('decides nothing of the map: the hash of the configuration is the same', () => {
    const hash = (text: string) => parse(text).config?.hash
    expect(hash(withLoad(PROMETHEUS('')))).toBe(hash(changed('node: ns1', 'node: ns1')))
  })
})

describe('mistakes', () => {
  const URL_LEGAL =
    'an http or https URL such as http://{ip}:9100/metrics, in which {ip}, {ipv4}, {ipv6} and {server} stand for the addresses and the id of each server'
  const metric = (url: string) => `{ prometheus: { url: "${url}", metric: m } }`

  test.each([
    ['no source', '{ interval: 5s }', 'load: names no source; prometheus or stubStatus'],
    [
      'two sources',
      '{ prometheus: { url: "http://e/m", metric: m }, stubStatus: { url: "http://e/s" } }',
      'load: names two sources; either prometheus or stubStatus',
      'load.stubStatus: knows connections and requests, and the capacity is in bit/s; a capacity in conn or rps, or prometheus',
    ],
    [
      'a timeout longer than the interval',
      '{ prometheus: { url: "http://e/m", metric: m }, interval: 1s }',
      'load.interval: the timeout of 2000 ms is longer than the interval of 1000 ms; at most as long',
    ],
    [
      'a placeholder that stands for nothing',
      metric('http://{host}/m'),
      `load.prometheus.url: "http://{host}/m" has {host}, which stands for nothing; ${URL_LEGAL}`,
    ],
    ['another scheme', metric('ftp://e/m'), `load.prometheus.url: "ftp://e/m" is not a URL; ${URL_LEGAL}`],
    ['no host', metric('http:///m'), `load.prometheus.url: "http:///m" is not a URL; ${URL_LEGAL}`],
    [
      'a password, which is not shown',
      metric('http://u:secret@e/m'),
      `load.prometheus.url: "http://...@e/m" has a name or a password in it; ${URL_LEGAL}`,
    ],
    [
      'an address that a server has not',
      metric('http://{ipv6}/m'),
      'servers[1]: has no such address as http://{ipv6}/m asks for; the address, or a load of its own',
    ],
    [
      'octets against bit/s',
      '{ prometheus: { url: "http://e/m", metric: tx_bytes_total } }',
      'warning: load.prometheus: tx_bytes_total seems to count octets, and the capacity is in bit/s; factor: 8',
    ],
    [
      'a metric that is none',
      '{ prometheus: { url: "http://e/m", metric: "a b" } }',
      'load.prometheus.metric: "a b" is not a metric name; a metric name of letters, digits, _ and :, such as node_network_transmit_bytes_total',
    ],
  ])('%s', (_, load, ...said) => {
    expect(
      complaints(withLoad(load)).map(text => text.replace(/^kingcdn\.yaml:\d+:\d+: (warning: )?clusters\[0\]\./, '$1')),
    ).toEqual(said)
  })

  test('one URL for the whole cluster beside that of a server', () => {
    const own = 'load: { prometheus: { url: "http://other:1/m", metric: m } }'
    const text = withLoad(metric('http://e/m')).replace('weight: 2', `weight: 2, ${own}`)
    expect(complaints(text)[0]).toContain(
      'clusters[0].load: is read for the whole cluster, and some of its servers have a load of their own',
    )
  })

  test('servers of which nobody reads the load are a warning', () => {
    const own = 'load: { prometheus: { url: "http://other:1/m", metric: m } }'
    expect(complaints(changed('weight: 2', `weight: 2, ${own}`))).toEqual([
      'kingcdn.yaml:8:5: warning: clusters[0]: reads the load of 1 of its 2 servers; the others have to report theirs',
    ])
  })
})
