import { describe, expect, test } from 'vitest'
import { changed, complaints, parse, SAMPLE } from './sample.ts'

const https = (value: string) => changed('answers: 2', `https: ${value}`)
const targets = (...lines: string[]) =>
  changed('    answers: 2\n', `    targets:\n${lines.map(line => `      - { ${line} }\n`).join('')}`)

/** A second service, to whose names a target may lead. */
const LIVE = `  - id: netcinema-live
    hostnames: [live.netcinema.com, "*.live.netcinema.com"]
    cdnName: a2210.kingcdn.com
`
const OURS = 'cname: a1105.kingcdn.com'
const OTHER = 'cname: netcinema.othercdn.net'

describe('https', () => {
  test('protocols and port; the port is that of the scheme', () => {
    const services = (text: string) => parse(text).config?.deployment.services[0]?.https
    expect(services(https('{ alpn: [h2, h3] }'))).toEqual({ alpn: ['h2', 'h3'], port: 443, noDefaultAlpn: false })
    expect(services(https('{ alpn: [h2], port: 8443, noDefaultAlpn: true }'))).toEqual({
      alpn: ['h2'],
      port: 8443,
      noDefaultAlpn: true,
    })
    expect(services(SAMPLE)).toBeUndefined()
  })

  test.each([
    ['{}', '37:12: services[0].https.alpn: missing; protocol ids of ALPN, such as [h2, h3]'],
    ['{ alpn: [] }', '37:20: services[0].https.alpn: is an empty list; protocol ids of ALPN, such as [h2, h3]'],
    [
      '{ alpn: [h2, "h 3"] }',
      '37:25: services[0].https.alpn[1]: "h 3" is not a protocol id; a protocol id of ALPN, 1 to 32 printable characters, such as h2 or h3',
    ],
    ['{ alpn: [h2], port: 0 }', '37:32: services[0].https.port: 0 is out of range; a whole number from 1 to 65535'],
    [
      '{ alpn: [h2], prot: 1 }',
      '37:26: services[0].https.prot: unknown key (did you mean port?); keys: alpn, port, noDefaultAlpn',
    ],
  ])('%s', (value, said) => {
    expect(complaints(https(value))).toEqual([`kingcdn.yaml:${said}`])
  })
})

describe('targets', () => {
  test('weights are 1 unless they are written; names are lower case with a final dot', () => {
    const text = targets(`${OURS}, weight: 3, countries: [KR, JP]`, 'cname: NetCinema.OtherCDN.net')
    expect(complaints(text)).toEqual([])
    expect(parse(text).config?.deployment.services[0]?.targets).toEqual([
      { cname: 'a1105.kingcdn.com.', weight: 3, countries: ['KR', 'JP'] },
      { cname: 'netcinema.othercdn.net.', weight: 1 },
    ])
  })

  test.each([
    [
      'a name that is for everybody twice',
      targets(OURS, OTHER, `${OURS}., weight: 2`),
      '40:18: services[0].targets[2].cname: "a1105.kingcdn.com." is there for everybody at services[0].targets[0] already; an entry each for different countries, and one without countries for all others',
    ],
    [
      'a name that is for one country twice',
      targets(`${OURS}, countries: [KR, JP]`, OTHER, `${OURS}, countries: [US, KR]`),
      '40:18: services[0].targets[2].cname: "a1105.kingcdn.com." is there for KR at services[0].targets[0] already; an entry each for different countries, and one without countries for all others',
    ],
    [
      'nothing for the clients of one country',
      targets(`${OURS}, weight: 0, countries: [KR, CN]`, OURS, `${OTHER}, countries: [KR]`),
      '38:7: services[0].targets: all that clients in CN may get weigh 0; at least one above 0',
    ],
    [
      'the hostname itself',
      targets(OURS, 'cname: video.netcinema.com'),
      '39:18: services[0].targets[1].cname: "video.netcinema.com." is a content hostname of netcinema-vod; name its cdnName, a1105.kingcdn.com.',
    ],
    [
      'a name below its own wildcard',
      targets(OURS, 'cname: a.b.video.netcinema.com'),
      '39:18: services[0].targets[1].cname: "a.b.video.netcinema.com." is a content hostname of netcinema-vod; name its cdnName, a1105.kingcdn.com.',
    ],
    [
      'the hostname of another service, which may lead back',
      targets(OURS, 'cname: live.netcinema.com') + LIVE,
      '39:18: services[0].targets[1].cname: "live.netcinema.com." is a content hostname of netcinema-live; name its cdnName, a2210.kingcdn.com.',
    ],
    [
      'a wildcard',
      targets(OURS, 'cname: "*.othercdn.net"'),
      '39:18: services[0].targets[1].cname: "*.othercdn.net" is not a host name; at least two labels of letters, digits, - and _, such as a1105.kingcdn.com',
    ],
    [
      'a country that there is not',
      targets(OURS, `${OTHER}, countries: [UK]`),
      '39:54: services[0].targets[1].countries[0]: "UK" is not a country code; two capital letters of ISO 3166-1, such as KR',
    ],
    [
      'no country',
      targets(OURS, `${OTHER}, countries: []`),
      '39:53: services[0].targets[1].countries: is an empty list; country codes',
    ],
    [
      'a weight below zero',
      targets(OURS, `${OTHER}, weight: -1`),
      '39:50: services[0].targets[1].weight: -1 is out of range; a number from 0 to 1000000',
    ],
    [
      'nothing but weights of zero',
      targets(`${OURS}, weight: 0`, `${OTHER}, weight: 0`),
      '38:7: services[0].targets: all weigh 0, so nothing can be chosen; at least one above 0',
    ],
    [
      'nothing for the clients of other countries',
      targets(`${OURS}, weight: 0`, `${OTHER}, countries: [KR]`),
      '38:7: services[0].targets: each is for some countries alone; one without countries, and of a weight above 0, for all other clients',
    ],
    [
      'an empty list',
      changed('answers: 2', 'targets: []'),
      '37:14: services[0].targets: is an empty list; targets, each with a cname',
    ],
    [
      'without the name of its own clusters',
      targets(OTHER),
      '38:7: warning: services[0].targets: does not name a1105.kingcdn.com., so the hostnames never lead to the clusters of this service',
    ],
  ])('%s', (_, text, said) => {
    expect(complaints(text)).toEqual([`kingcdn.yaml:${said}`])
  })

  test('one name has a weight for everybody, and others for some countries', () => {
    const text = targets(`${OURS}, weight: 3, countries: [KR]`, `${OURS}, weight: 0, countries: [CN]`, OURS, OTHER)
    expect(complaints(text)).toEqual([])
    expect(parse(text).config?.deployment.services[0]?.targets).toEqual([
      { cname: 'a1105.kingcdn.com.', weight: 3, countries: ['KR'] },
      { cname: 'a1105.kingcdn.com.', weight: 0, countries: ['CN'] },
      { cname: 'a1105.kingcdn.com.', weight: 1 },
      { cname: 'netcinema.othercdn.net.', weight: 1 },
    ])
  })

  test('the CDN name of another service is a target like any other', () => {
    expect(complaints(targets(OURS, 'cname: a2210.kingcdn.com') + LIVE)).toEqual([])
  })

  test('without hostnames they have no effect', () => {
    const text = targets(OURS).replace('[video.netcinema.com, "*.video.netcinema.com"]', '[]')
    expect(complaints(text)).toEqual([
      'kingcdn.yaml:38:7: warning: services[0].targets: has no effect without hostnames',
    ])
  })
})
