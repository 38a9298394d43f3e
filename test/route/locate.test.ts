import { describe, expect, it } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import { scope4, scope6 } from '../../src/route/locate/scope.ts'
import { ask, clientOf, cluster, compile, measurement, place, service } from './fixture.ts'

const SEOUL_AND_LONDON = {
  clusters: [cluster('icn', 'seoul'), cluster('lhr', 'london')],
  places: [place('seoul'), place('london')],
}

describe('whose block decides', () => {
  const world = compile({ ...SEOUL_AND_LONDON, city: { '1.0.0.0/8': 1, '2.0.0.0/8': 2, '2a00::/16': 2 } })

  it('uses the ECS address, not the resolver', () => {
    expect(ask(world, clientOf('1.2.3.4', '2.2.2.2'))).toMatchObject({ cluster: 'icn', source: 0 })
  })

  it('uses the resolver without ECS, with scope 0', () => {
    expect(ask(world, clientOf(null, '2.2.2.2'))).toMatchObject({ cluster: 'lhr', source: 1, scope: 0 })
    expect(ask(world, clientOf(null, '2a00::1'))).toMatchObject({ cluster: 'lhr', source: 1, scope: 0 })
  })

  it('mixes families: an IPv6 client behind an IPv4 resolver, asking for either type', () => {
    expect(ask(world, clientOf('2a00:1:2::', '1.1.1.1'), 4)).toMatchObject({ cluster: 'lhr', source: 0 })
    expect(ask(world, clientOf('2a00:1:2::', '1.1.1.1'), 6)).toMatchObject({ cluster: 'lhr', source: 0 })
  })
})

describe('RFC 7871 section 11.2: an ECS address that locates nobody', () => {
  const base = { ...SEOUL_AND_LONDON, city: { '1.0.0.0/8': 1, '2.0.0.0/8': 2 } }

  it.each([
    ['10.1.2.3', 8],
    ['192.168.7.7', 16],
    ['127.0.0.1', 8],
    ['fd00::1', 1],
  ])('%s: the resolver decides, the scope covers the special-purpose block (/%i)', (address, scope) => {
    const answer = ask(compile(base), clientOf(address, '2.2.2.2'))
    expect(answer).toMatchObject({ cluster: 'lhr', source: 2, scope })
  })

  it.each([
    ['an override', { overrides: [{ prefix: parsePrefix('10.1.0.0/16')!, place: { lat: 37.5, lon: 127 } }] }],
    ['a measurement', { measurements: [measurement('10.1.0.0/16', 'icn', 4)] }],
    [
      'an announced prefix',
      {
        clusters: [cluster('icn', 'seoul', { serves: [parsePrefix('10.1.0.0/16')!] }), cluster('lhr', 'london')],
      },
    ],
  ])('counts as a customer when covered by %s', (_, cover) => {
    const world = compile({ ...base, ...cover })
    expect(ask(world, clientOf('10.1.2.3', '2.2.2.2'))).toMatchObject({ cluster: 'icn', source: 0 })
    expect(ask(world, clientOf('10.2.2.3', '2.2.2.2'))).toMatchObject({ cluster: 'lhr', source: 2 })
  })

  it('is not claimed by the geo database', () => {
    const world = compile({ ...base, city: { ...base.city, '10.0.0.0/8': 1 } })
    expect(ask(world, clientOf('10.1.2.3', '2.2.2.2')).source).toBe(2)
  })
})

describe('blocks of unknown place', () => {
  const clusters = ['a', 'b', 'c', 'd'].map(id => cluster(id, 'seoul'))
  const share = (world: ReturnType<typeof compile>, id: string): number => {
    let hits = 0
    for (let i = 0; i < 8000; i++) if (ask(world, clientOf(`${20 + (i >> 8)}.${i & 255}.16.1`)).cluster === id) hits++
    return hits / 8000
  }

  it('are spread over every candidate by weight, and say so', () => {
    const world = compile({
      clusters,
      services: [service('vod', ['a', 'b', 'c', 'd'], { weights: { a: 3, d: 0 } })],
    })
    expect(ask(world, clientOf('20.1.1.1')).reason).toBe('unlocated')
    expect(share(world, 'a')).toBeCloseTo(0.6, 1)
    expect(share(world, 'b')).toBeCloseTo(0.2, 1)
    expect(share(world, 'd')).toBe(0)
  })

  it('have a scope no finer than a /20, and one answer inside it', () => {
    const world = compile({ clusters })
    const answers = Array.from({ length: 16 }, (_, i) => ask(world, clientOf(`20.1.${16 + i}.9`)))
    expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]!.scope).toBe(20)
  })

  it('prefer clusters inside their own network', () => {
    const world = compile({
      clusters: [...clusters, cluster('inside', 'london', { tier: 'embedded', asns: [64500] })],
      asn: { '0.0.0.0/1': 64500 },
    })
    expect(share(world, 'inside')).toBe(1)
    expect(ask(world, clientOf('200.1.1.1')).cluster).not.toBe('inside')
  })
})

describe('scope', () => {
  it('is the whole space for a single range', () => {
    expect(scope4(0x010203, 0, 0x1000000)).toBe(0)
    expect(scope6(0x20010db8, 5, 0, 0, 2 ** 32, 0)).toBe(0)
  })

  it('crosses the word boundary of IPv6', () => {
    // [2001:db8::/32, next /32): a neighbour in the low word only.
    expect(scope6(0x20010db8, 0, 0x20010db8, 0, 0x20010db8, 1)).toBe(56)
    expect(scope6(0x20010db8, 0x800000, 0x20010db8, 1, 0x20010db9, 0)).toBe(33)
    expect(scope6(0x20010db8, 3, 0x20010db8, 0, 0x20010db9, 0)).toBe(32)
  })
})
