import { beforeEach, describe, expect, it } from 'vitest'
import { xorshift } from '../../bench/harness/xorshift.ts'
import { newPeer, type Peer, readPeer } from '../../src/base/peer.ts'
import { RESOLVER_SKETCH_BYTES, ResolverSketch, SKETCH_RESOLVERS } from '../../src/model/resolver-sketch.ts'

let sketch: ResolverSketch
beforeEach(() => {
  sketch = ResolverSketch.create(
    new SharedArrayBuffer(RESOLVER_SKETCH_BYTES),
    Uint32Array.of(77, 0x89abcdef, 0x2468ace0),
  )
})

function peerOf(text: string): Peer {
  const peer = newPeer()
  expect(readPeer(text, peer)).toBe(true)
  return peer
}
const nameOf = ({ family, hi, lo, hostHi, hostLo }: Peer): string => [family, hi, lo, hostHi, hostLo].join(' ')
const v4 = (hi: number): Peer => ({ family: 4, hi: hi >>> 0, lo: 0, hostHi: 0, hostLo: 0, port: 0 })

function windowOf(): Map<string, number> {
  sketch.turn()
  const counts = new Map<string, number>()
  sketch.drain((family, hi, lo, hostHi, hostLo, count) => {
    const key = [family, hi, lo, hostHi, hostLo].join(' ')
    expect(counts.has(key)).toBe(false)
    counts.set(key, count)
  })
  return counts
}

describe('few resolvers', () => {
  it('are counted exactly, by whole address', () => {
    const peers = [
      '203.0.113.1',
      '203.0.113.2',
      '255.255.255.254',
      '2001:db8::1',
      '2001:db8::2',
      'ffff:ffff:8000::8000:1',
    ].map(peerOf)
    peers.forEach((peer, i) => {
      for (let n = 0; n <= i; n++) sketch.count(peer)
    })
    expect(windowOf()).toEqual(new Map(peers.map((peer, i) => [nameOf(peer), i + 1])))
  })

  it.each(['hi', 'lo', 'hostHi', 'hostLo'] as const)('that differ in %s alone are told apart', word => {
    const base = peerOf('2001:db8:1:2:3:4:5:6')
    for (let i = 0; i < 4000; i++) sketch.count({ ...base, [word]: (base[word] + i) >>> 0 })
    const counts = windowOf()
    expect(counts.size).toBeGreaterThan(3500)
  })

  it('of IPv4 and IPv6 are never taken for each other', () => {
    sketch.count({ family: 4, hi: 0x20010db8, lo: 0, hostHi: 0, hostLo: 0, port: 0 })
    sketch.count({ family: 6, hi: 0x20010db8, lo: 0, hostHi: 0, hostLo: 0, port: 0 })
    expect([...windowOf().values()]).toEqual([1, 1])
  })

  it('count in one window, the present one', () => {
    sketch.count(v4(1))
    expect(windowOf().size).toBe(1)
    sketch.count(v4(2))
    expect([...windowOf().keys()]).toEqual([nameOf(v4(2))])
    expect(windowOf().size).toBe(0)
  })
})

describe('a flood of forged sources', () => {
  it('does not push out those that ask much', () => {
    const random = xorshift(20261121)
    const heavy = Array.from({ length: 500 }, (_, i) => v4(0x08080000 + i))
    // Two million queries, nineteen in twenty of them from addresses that are seen once: 230 for each place, and 200 for each of those.
    for (let i = 0; i < 2_000_000; i++)
      sketch.count(i % 20 === 0 ? heavy[random(heavy.length)]! : v4(0x40000000 + random(0x3fffffff)))
    const counts = windowOf()
    expect(counts.size).toBeLessThanOrEqual(SKETCH_RESOLVERS)
    const names = new Set(heavy.map(nameOf))
    expect([...names].filter(name => counts.has(name)).length).toBeGreaterThan(450)
    const ranked = [...counts].sort(([, a], [, b]) => b - a).slice(0, 300)
    expect(ranked.filter(([name]) => names.has(name)).length).toBeGreaterThan(250)
  })

  it('leaves their counts near the truth, though a sample is taken', () => {
    const random = xorshift(7)
    const heavy = Array.from({ length: 50 }, (_, i) => v4(0x08080000 + i))
    for (let i = 0; i < 1_000_000; i++) sketch.count(heavy[random(heavy.length)]!)
    const counts = windowOf()
    for (const peer of heavy) expect(Math.abs(counts.get(nameOf(peer))! / 20_000 - 1)).toBeLessThan(0.15)
  })
})
