import pc from 'picocolors'
import { describe, expect, test } from 'vitest'
import { formatTrail } from '../../src/cli/explain.ts'
import { formatStatus } from '../../src/cli/status.ts'
import { formatAge, formatCount, formatLoad, formatTable } from '../../src/cli/table.ts'
import { EXAMPLE_TRAIL } from '../fixture/http.ts'
import { exampleStatus } from '../fixture/status.ts'

const plain = pc.createColors(false)

describe('a decision for people', () => {
  test('with everything known', () => {
    expect(formatTrail(EXAMPLE_TRAIL, plain)).toBe(`a1105.kingcdn.com. A -> 192.0.2.11, 192.0.2.12, TTL 30

service   netcinema-vod, policy rtt-spill
client    168.126.63.1 (ecs), block 168.126.63.0/24, scope /24
place     KR 37.50 127.00, AS4766 (city.mmdb)
cluster   icn-kt: icn-kt-1, icn-kt-2
reason    fastest measured; in the client's own ISP
snapshot  42

   cluster  tier        km  rtt ms   loss  score  verdict    rtt from
*  icn-kt   embedded    12     3.1  0.0 %    3.4  chosen     3 ms +-1: own RTT, 40 s old, measured for /24
   nrt-ix   exchange  1160    34.0      -   41.0  outranked  34 ms +-10: prior only
`)
  })

  test('with nothing known and no cluster', () => {
    const { place: _, cluster: __, ...rest } = EXAMPLE_TRAIL
    const text = formatTrail({ ...rest, servers: [], answers: [], candidates: [], reason: 'all down' }, plain)
    expect(text).toContain('a1105.kingcdn.com. A -> no addresses, TTL 30')
    expect(text).toContain('place     unknown\ncluster   none\nreason    all down')
    expect(text).toMatch(/no candidates\n$/)
  })

  test('colours do not move the columns', () => {
    const coloured = formatTrail(EXAMPLE_TRAIL, pc.createColors(true))
    expect(coloured).not.toBe(formatTrail(EXAMPLE_TRAIL, plain))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(formatTrail(EXAMPLE_TRAIL, plain))
  })
})

describe('the status for people', () => {
  const text = formatStatus(exampleStatus(1000, { alarms: ['the store is away'], qps: 12_345.6 }), plain)

  test('begins with what must be acted on', () => {
    expect(text.split('\n')[0]).toBe('! the store is away')
  })

  test('says what is served, from where, and how it goes', () => {
    expect(text).toContain('queries   12,346 per second')
    expect(text).toContain(
      'generation 42 (compiled), 65 s old, built in 2,300 ms: 310,000 ranges, 5,200 rows, 19,000 places',
    )
    expect(text).toContain('refused   1 snapshot, the last: 41 % of demand would move')
    expect(text).toContain('leader    this node, plan 360, 7 s old')
    expect(text).toContain('rtt       12,000 rows of 3,100 prefixes, newest 2 s old')
  })

  test('has a line per zone and per cluster', () => {
    expect(text).toMatch(/^broken\.example\. .* line 3: no SOA$/m)
    expect(text).toMatch(/^icn-kt +embedded +KR +2 +up +82 % +75 % +40 Gbps +31 % +38 % +500$/m)
    expect(text).toMatch(/^fra-ix +exchange +DE +2 +up +45 % +40 % +42 % /m)
    expect(text).toMatch(/^gru-isp +embedded +BR +0\/2 +down +- +42 % +50 Krps +- +- +0$/m)
    expect(text).toMatch(/^gru-isp-1 +gru-isp +IPv4 +timeout +2 of 3 +40 s$/m)
    expect(text).toMatch(
      /^health +2 clusters checked; 1 of 2 monitors heard; nrt-m1 silent for 2 min; icn-m1 sees nothing by IPv6; downloads fails open/m,
    )
  })
})

describe('figures', () => {
  test.each([
    [0, '0 s'],
    [40_400, '40 s'],
    [89_000, '89 s'],
    [90_000, '2 min'],
    [5_400_000, '1.5 h'],
    [172_800_000, '2 d'],
    [-5, '0 s'],
  ])('an age of %i ms is %s', (ms, text) => expect(formatAge(ms)).toBe(text))

  test.each([
    [40e9, 'bps', '40 Gbps'],
    [999, 'rps', '999 rps'],
    [50_000, 'rps', '50 Krps'],
    [1_234_567, 'conns', '1.23 Mconns'],
    [0, 'bps', '0 bps'],
    [5e15, 'bps', '5000 Tbps'],
  ])('%d %s is %s', (value, unit, text) => expect(formatLoad(value, unit)).toBe(text))

  test('thousands', () => expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']))

  test('a table is aligned and has no blanks at the ends of lines', () => {
    expect(
      formatTable(
        [{ title: 'a' }, { title: 'n', right: true }, { title: 'b' }],
        [
          ['xyz', '1', ''],
          ['x', '22', 'y'],
        ],
      ),
    ).toBe('a     n  b\nxyz   1\nx    22  y\n')
  })
})
