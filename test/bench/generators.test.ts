import { describe, expect, it } from 'vitest'
import { latencies, readDnsperf } from '../../bench/harness/dnsperf.ts'
import { type Flood, insist } from '../../bench/harness/flood.ts'
import { readKxdpgun } from '../../bench/harness/kxdpgun.ts'

const KXDPGUN = `using interface tv0, XDP threads 1, UDP, native mode
thread#00: sent 100032, received 98528
total queries:     100032 (100032 pps)
total replies:     98528 (49264 pps) (98%)
average DNS reply size: 36 B
average Ethernet reply rate: 61829552 bps (61.83 Mbps)
responded NOERROR:   98520
responded SERVFAIL:   8
duration: 2 s
`

const DNSPERF = `DNS Performance Testing Tool
Version 2.10.0

> NOERROR binary input 0.000112
> NXDOMAIN binary input 0.000107
> T binary input
> NOERROR www.bench.example A 0.001059
[Status] Testing complete (time limit)

Statistics:

  Queries sent:         10
  Queries completed:    9 (90.00%)
  Queries lost:         1 (10.00%)

  Response codes:       NOERROR 7 (77.78%), NXDOMAIN 2 (22.22%)
  Average packet size:  request 45, response 68
  Run time (s):         1.000817
  Queries per second:   8.991837

  Average Latency (s):  0.000101 (min 0.000059, max 0.000133)
  Latency StdDev (s):   0.000020
`

describe('what the generators of queries say', () => {
  it('kxdpgun: replies per second, the share that was lost, and the RCODEs', () => {
    const flood = readKxdpgun(KXDPGUN)
    expect(flood).toMatchObject({ sent: 100032, replies: 98528, perSecond: 49264 })
    expect(flood.lost).toBeCloseTo(1 - 98528 / 100032, 9)
    expect([...flood.rcodes]).toEqual([
      ['NOERROR', 98520],
      ['SERVFAIL', 8],
    ])
  })

  it('dnsperf: the same, and latency in milliseconds', () => {
    const flood = readDnsperf(DNSPERF)
    expect(flood).toMatchObject({ sent: 10, replies: 9, perSecond: 8.991837, lost: 0.1 })
    expect([...flood.rcodes]).toEqual([
      ['NOERROR', 7],
      ['NXDOMAIN', 2],
    ])
    expect(flood.latency.average).toBeCloseTo(0.101, 9)
    expect(flood.latency.max).toBeCloseTo(0.133, 9)
  })

  it('dnsperf: the time of each reply, and none for a query that got no reply', () => {
    const times = [...latencies(DNSPERF)]
    expect(times.map(time => time.toFixed(3))).toEqual(['0.112', '0.107', '1.059'])
  })

  it('a tool that ends without its figures is an error, never a zero', () => {
    expect(() => readKxdpgun('using interface tv0\nfailed to initialize XDP socket#0')).toThrow('kxdpgun did not say')
    expect(() => readDnsperf('Error: cannot open q.bin')).toThrow('dnsperf did not say')
  })

  it('a run with another RCODE than the expected one, or without replies, is worth nothing', () => {
    const flood = (rcodes: [string, number][], replies: number): Flood => ({
      ...{ sent: 10, replies, perSecond: replies, lost: 0, rcodes: new Map(rcodes) },
    })
    expect(insist(flood([['NOERROR', 10]], 10), 'NOERROR', 'Knot').replies).toBe(10)
    expect(() => insist(readKxdpgun(KXDPGUN), 'NOERROR', 'Knot')).toThrow(
      'Knot was to answer NOERROR alone, but: SERVFAIL 8',
    )
    expect(() => insist(flood([], 0), 'NOERROR', 'Knot')).toThrow('Knot answered none of 10 queries')
  })
})
