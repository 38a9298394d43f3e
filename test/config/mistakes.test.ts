import { describe, expect, test } from 'vitest'
import { changed, complaints, SAMPLE } from './sample.ts'

/** [what is wrong, text that is replaced, replacement, exactly what is said] */
type Mistake = readonly [what: string, from: string, to: string, ...said: string[]]

const VALUES: readonly Mistake[] = [
  [
    'a rate in an unknown unit',
    'capacity: 40Gbps',
    'capacity: 40Gps',
    'kingcdn.yaml:12:15: clusters[0].capacity: "40Gps" is not a rate; try 40Gbps (bit/s; units bps, Kbps, Mbps, Gbps, Tbps), 50000rps or 20000conn',
  ],
  [
    'a rate of nothing',
    'capacity: 40Gbps',
    'capacity: 0Gbps',
    'kingcdn.yaml:12:15: clusters[0].capacity: "0Gbps" is not a rate; try 40Gbps (bit/s; units bps, Kbps, Mbps, Gbps, Tbps), 50000rps or 20000conn',
  ],
  [
    'a key without a value',
    'capacity: 40Gbps',
    'capacity:',
    'kingcdn.yaml:12:14: clusters[0].capacity: is empty; try 40Gbps (bit/s; units bps, Kbps, Mbps, Gbps, Tbps), 50000rps or 20000conn',
  ],
  [
    'a required key left out',
    '    capacity: 40Gbps\n',
    '',
    'kingcdn.yaml:8:5: clusters[0].capacity: missing; try 40Gbps (bit/s; units bps, Kbps, Mbps, Gbps, Tbps), 50000rps or 20000conn',
  ],
  [
    'a share above the whole',
    'target: 80%',
    'target: 180%',
    'kingcdn.yaml:21:13: clusters[1].target: "180%" is out of range; a share above 0 to 1, or in percent, such as 75%',
  ],
  [
    'a misspelt word of a closed list',
    'policy: rtt-spill',
    'policy: rtt-spil',
    'kingcdn.yaml:35:13: services[0].policy: "rtt-spil" is not one of them (did you mean rtt-spill?); geo, rtt, isp-first, rtt-spill, weighted or failover',
  ],
  [
    'a number out of range',
    'answers: 2',
    'answers: 9',
    'kingcdn.yaml:37:14: services[0].answers: 9 is out of range; a whole number from 1 to 8',
  ],
  [
    'a fraction where a whole number is wanted',
    'answers: 2',
    'answers: 1.5',
    'kingcdn.yaml:37:14: services[0].answers: 1.5 is not a whole number; a whole number from 1 to 8',
  ],
  [
    'a TTL that is too short',
    'address: 30',
    'address: 5',
    'kingcdn.yaml:38:33: services[0].ttl.address: 5 is out of range; whole seconds from 10 to 3600, such as 20 or 20s',
  ],
  [
    'an IPv6 address in the place of IPv4',
    'ipv4: 192.0.2.21',
    'ipv4: "2001:db8::1"',
    'kingcdn.yaml:23:31: clusters[1].servers[0].ipv4: "2001:db8::1" is not an IPv4 address; an address such as 192.0.2.11',
  ],
  [
    'an octet above 255',
    'ipv4: 192.0.2.21',
    'ipv4: 192.0.2.256',
    'kingcdn.yaml:23:31: clusters[1].servers[0].ipv4: "192.0.2.256" is not an IPv4 address; an address such as 192.0.2.11',
  ],
  [
    'a multicast address',
    'ipv4: 192.0.2.21',
    'ipv4: 224.0.0.1',
    'kingcdn.yaml:23:31: clusters[1].servers[0].ipv4: "224.0.0.1" is no address a server can have; an address such as 192.0.2.11',
  ],
  [
    'a latitude beyond the pole',
    'lat: 35.68',
    'lat: 95',
    'kingcdn.yaml:19:22: clusters[1].location.lat: 95 is out of range; a number of degrees north from -90 to 90',
  ],
  [
    'a country in small letters',
    'country: JP',
    'country: jp',
    'kingcdn.yaml:19:51: clusters[1].location.country: "jp" is not a country code; two capital letters of ISO 3166-1, such as KR',
  ],
  [
    'an AS number that is none',
    'asns: [4766]',
    'asns: [4766, KT]',
    'kingcdn.yaml:11:18: clusters[0].asns[1]: "KT" is not an AS number; a number from 1 to 4294967295, such as 4766 or AS4766',
  ],
  [
    'an id of digits, which YAML reads as a number',
    'id: nrt-ix\n',
    'id: 1234\n',
    'kingcdn.yaml:17:9: clusters[1].id: 1234 is not an id; 1 to 63 of a-z, 0-9 and -, not - first or last (quote it if it is all digits)',
  ],
  [
    'a host name with a blank',
    'cdnName: a1105.kingcdn.com',
    'cdnName: a1105 kingcdn.com',
    'kingcdn.yaml:33:14: services[0].cdnName: "a1105 kingcdn.com" is not a host name; at least two labels of letters, digits, - and _, such as a1105.kingcdn.com',
  ],
  [
    'a wildcard as CDN name',
    'cdnName: a1105.kingcdn.com',
    'cdnName: "*.kingcdn.com"',
    'kingcdn.yaml:33:14: services[0].cdnName: "*.kingcdn.com" is not a host name; at least two labels of letters, digits, - and _, such as a1105.kingcdn.com',
  ],
  [
    'a listening address without a port',
    '"[::1]:5300"',
    '"::1"',
    'kingcdn.yaml:2:35: listen.dns[1]: "::1" is not address:port; address:port, such as 127.0.0.1:5300 or "[::1]:5300" (port 0: any free one)',
  ],
  [
    'a string where a list is wanted',
    'asns: [4766]',
    'asns: 4766',
    'kingcdn.yaml:11:11: clusters[0].asns: 4766 is not a list; AS numbers of the networks it serves',
  ],
  [
    'a list where a mapping is wanted',
    'ttl: { cname: 300, address: 30 }',
    'ttl: [300, 30]',
    'kingcdn.yaml:38:10: services[0].ttl: a list is not a mapping; keys: cname, address',
  ],
  [
    'an empty list of servers',
    'servers:\n      - { id: nrt-ix-1, ipv4: 192.0.2.21 }',
    'servers: []',
    'kingcdn.yaml:22:14: clusters[1].servers: is an empty list; at least one server',
  ],
  [
    'a way out that does not exist',
    'whenAllDown: all',
    'whenAllDown: static:nowhere',
    'kingcdn.yaml:39:18: services[0].whenAllDown: "static:nowhere" is not a way out; all, last-good, backup:<cluster>, static:<address> or servfail',
  ],
]

describe('a wrong value is named with its place and what is legal', () => {
  test.each(VALUES)('%s', (_, from, to, ...said) => {
    expect(complaints(changed(from, to))).toEqual(said)
  })

  const PREFIX =
    'a prefix such as 203.0.113.0/24 or 2001:db8::/32, at most /24 (IPv4) or /56 (IPv6) long, no bits set past its length'
  test.each([
    ['10.0.0.0/25', '"10.0.0.0/25" is longer than /24'],
    ['2001:db8::/64', '"2001:db8::/64" is longer than /56'],
    ['2001:db8::1/128', '"2001:db8::1/128" is longer than /56'],
    ['203.0.113.1/24', '"203.0.113.1/24" has bits set past /24 (meant 203.0.113.0/24?)'],
    ['203.0.113.0', '"203.0.113.0" has no length'],
    ['203.0.113.0/33', '"203.0.113.0/33" is not a prefix'],
    ['203.0.113/24', '"203.0.113/24" is not a prefix'],
  ])('serves: %s', (prefix, said) => {
    expect(complaints(changed('asns: [4766]', `serves: ["${prefix}"]`))).toEqual([
      `kingcdn.yaml:11:14: clusters[0].serves[0]: ${said}; ${PREFIX}`,
    ])
  })

  test.each(['198.51.100.0/33', '2001:db8::/129', '::ffff:192.0.2.0/95', '192.0.2.0/', '192.0.2.0/24/24', 'localhost'])(
    'rateLimit.exempt: %s would exempt nobody',
    text => {
      expect(complaints(`${SAMPLE}rateLimit: { exempt: ["${text}"] }\n`)).toEqual([
        `kingcdn.yaml:40:23: rateLimit.exempt[0]: "${text}" is not an address or a prefix; an address or a prefix, such as 127.0.0.0/8 or ::1`,
      ])
    },
  )

  test('rateLimit.exempt: addresses and prefixes of any length', () => {
    const lawful = '"0.0.0.0/0", "192.0.2.1", "2001:db8::1/128", "::ffff:192.0.2.0/96", "::ffff:192.0.2.1"'
    expect(complaints(`${SAMPLE}rateLimit: { exempt: [${lawful}] }\n`)).toEqual([])
  })

  test('the password in a misspelt store address is not repeated', () => {
    const said = complaints(`store: redsi://user:s3cret@10.0.0.1:6379\n${SAMPLE}`)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('store: "...@10.0.0.1:6379" is not a store; memory, or redis://host:6379/0')
  })

  test('control characters in a value do not reach the terminal', () => {
    const [said] = complaints(changed('country: JP', 'country: "\\e[31m\\x9b\\u202e"'))
    expect(said).toContain('"\\u001b[31m\\u009b\\u202e" is not a country code')
  })
})

describe('keys', () => {
  test('an unknown key is an error at the key, with the nearest legal one', () => {
    expect(complaints(changed('cdnName:', 'cdnNam:'))).toEqual([
      'kingcdn.yaml:31:5: services[0].cdnName: missing; at least two labels of letters, digits, - and _, such as a1105.kingcdn.com',
      'kingcdn.yaml:33:5: services[0].cdnNam: unknown key (did you mean cdnName?); keys: id, hostnames, cdnName, content, policy, clusters, only, weights, order, answers, ttl, https, targets, whenAllDown, failOpenBelow',
    ])
  })

  test('with no legal key near, the legal ones are listed', () => {
    expect(complaints(changed('lat: 35.68', 'lat: 35.68, altitude: 40'))).toEqual([
      'kingcdn.yaml:19:29: clusters[1].location.altitude: unknown key; keys: lat, lon, country',
    ])
  })

  test('a key written twice is an error at the second', () => {
    expect(complaints(changed('tier: exchange', 'tier: exchange\n    tier: core'))).toEqual([
      'kingcdn.yaml:19:5: clusters[1].tier: written twice; each key may stand once',
    ])
  })

  test('https is an unknown key where no version has it', () => {
    expect(complaints(changed('answers: 2', 'ttl2: 3\n    answers: 2'))[0]).toContain('unknown key (did you mean ttl?)')
    expect(complaints(`https: 1\n${SAMPLE}`)[0]).toContain('https: unknown key (did you mean http?)')
  })
})

test('all problems are reported at once, in the order of the file, wherever they are', () => {
  const text = SAMPLE.replace('node: ns1', 'nod: ns1')
    .replace('country: KR', 'country: kr')
    .replace('asns: [4766]', 'asns: [4766, KT]')
    .replace('id: icn-kt-2', 'id: icn-kt-1')
    .replace('capacity: 50000rps', 'capacity: many')
    .replace('content: popular\n    policy', 'content: rare\n    policy')
    .replace('clusters: all', 'clusters: [icn-kt, nrt]')
    .replace('address: 30', 'address: 3')
    .replace('whenAllDown: all', 'whenAllDown: backup:fra')
  expect(complaints(text).map(line => line.replace(/(;| is| \().*/s, ''))).toEqual([
    'kingcdn.yaml:1:1: nod: unknown key',
    'kingcdn.yaml:10:51: clusters[0].location.country: "kr"',
    'kingcdn.yaml:11:18: clusters[0].asns[1]: "KT"',
    'kingcdn.yaml:16:15: clusters[0].servers[1].id: "icn-kt-1"',
    'kingcdn.yaml:20:15: clusters[1].capacity: "many"',
    'kingcdn.yaml:36:24: services[0].clusters[1]: "nrt"',
    'kingcdn.yaml:38:33: services[0].ttl.address: 3',
    'kingcdn.yaml:39:18: services[0].whenAllDown: "fra"',
  ])
})
