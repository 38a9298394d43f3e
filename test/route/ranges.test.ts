import { describe, expect, it } from 'vitest'
import type { Family } from '../../src/base/ip.ts'
import type { Prefix } from '../../src/base/prefix.ts'
import { HASHED, NO_CLUSTER } from '../../src/route/tables.ts'
import {
  ask,
  type Compiled,
  clientOf,
  cluster,
  compile,
  measurement,
  place,
  randomOf,
  service,
  type WorldText,
} from './fixture.ts'
import { Draw, randomClient, randomWorld } from './random-world.ts'

const WORLDS = Array.from({ length: 12 }, (_, i) => {
  const draw = new Draw(randomOf(9000 + i))
  const text = randomWorld(draw)
  return { text, draw, world: compile(text) }
})

/** Runs of neighbouring ranges with one row: [leaves, row]. Leaves of IPv6 are /56. */
function equalRuns({ tables }: Compiled, map: number): { family: Family; leaves: number; row: number }[] {
  const { starts4, rows4, hi6, lo6, rows6 } = tables.maps[map]!
  const key6 = (i: number) => (i < hi6.length ? hi6[i]! * 2 ** 24 + lo6[i]! : 2 ** 56)
  const key4 = (i: number) => (i < starts4.length ? starts4[i]! : 2 ** 24)
  const runs = (family: Family, rows: Uint32Array, key: (i: number) => number) => {
    const found = []
    for (let from = 0, to = 0; from < rows.length; from = to) {
      while (to < rows.length && rows[to] === rows[from]) to++
      if (to - from > 1) found.push({ family, leaves: key(to) - key(from), row: rows[from]! })
    }
    return found
  }
  return [...runs(4, rows4, key4), ...runs(6, rows6, key6)]
}

describe('ranges are as large as truth allows', () => {
  it('neighbours with one row are pieces of what is too heavy for one, and nothing else', () => {
    let cut = 0
    for (const { world } of WORLDS) {
      world.tables.maps.forEach((_, map) => {
        const firsts = world.unmeasured.clusterWeights[map]!
        for (const { family, leaves, row } of equalRuns(world, map)) {
          expect(row).toBeLessThan(HASHED)
          const first = world.tables.rows.slot(row, 0)
          expect(first).not.toBe(NO_CLUSTER)
          cut++
          // An IPv6 /40 counts as much as an IPv4 /24.
          const weight = family === 4 ? leaves : leaves / 2 ** 16
          expect(weight).toBeGreaterThan(Math.max(16, 0.01 * firsts[first]!))
        }
      })
    }
    expect(cut).toBeGreaterThan(10)
  })

  it('also where measured blocks lie in a heavy range: one that is sent where its neighbours are has no range of its own', () => {
    const clusters = [cluster('icn', 'seoul'), cluster('nrt', 'tokyo')]
    const base: WorldText = { clusters, places: [place('seoul')], city: { '1.2.0.0/16': 1, '60.0.0.0/7': 1 } }
    const plain = compile(base)
    const measured = compile({
      ...base,
      measurements: ['1.2.0.0/24', '1.2.3.0/24', '1.2.128.0/24', '1.2.255.0/24'].map(prefix =>
        measurement(prefix, 'icn', 9),
      ),
    })
    expect(measured.tables.maps[0]!.starts4.length).toBe(plain.tables.maps[0]!.starts4.length)
    expect(['1.2.0.1', '1.2.3.1', '1.2.200.1'].map(a => ask(measured, clientOf(a)).scope)).toEqual(
      ['1.2.0.1', '1.2.3.1', '1.2.200.1'].map(a => ask(plain, clientOf(a)).scope),
    )
  })

  it('the example: of 1.2.0.0/20 -> A with 1.2.3.0/24 -> B the scopes around the hole are as long as they must be', () => {
    const clusters = [cluster('a', 'seoul'), cluster('b', 'london')]
    const serves = (text: string): Prefix[] => [
      { family: 4, hi: 0x01020000 + (text === 'b' ? 0x300 : 0), lo: 0, length: text === 'b' ? 24 : 20 },
    ]
    const ways: WorldText[] = [
      { clusters, places: [place('seoul'), place('london')], city: { '1.2.0.0/20': 1, '1.2.3.0/24': 2 } },
      {
        clusters,
        overrides: [
          { prefix: serves('a')[0]!, clusters: ['a', 'b'] },
          { prefix: serves('b')[0]!, clusters: ['b', 'a'] },
        ],
      },
      {
        clusters,
        measurements: [
          ...[measurement('1.2.0.0/20', 'a', 10), measurement('1.2.0.0/20', 'b', 90)],
          ...[measurement('1.2.3.0/24', 'a', 90), measurement('1.2.3.0/24', 'b', 10)],
        ],
      },
    ]
    for (const text of ways) {
      const world = compile(text)
      const answers = ['1.2.0.9', '1.2.1.9', '1.2.2.9', '1.2.3.9', '1.2.4.9', '1.2.7.9', '1.2.8.9', '1.2.15.9'].map(
        address => ask(world, clientOf(address)),
      )
      expect(answers.map(({ scope }) => scope)).toEqual([23, 23, 24, 24, 22, 22, 21, 21])
      expect(answers.map(answer => answer.cluster)).toEqual(['a', 'a', 'a', 'b', 'a', 'a', 'a', 'a'])
    }
  })
})

describe('scopes', () => {
  it('never overlap: those of two clients are equal or apart (RFC 7871 section 7.2.1)', () => {
    let equal = 0
    for (const { text, draw, world } of WORLDS) {
      for (let s = 0; s < text.services!.length; s++) {
        const scopes = Array.from({ length: 150 }, () => randomClient(draw))
          .filter(client => client.ecsFamily !== 0)
          .map(client => ({ client, length: ask(world, client, 4, s).scope }))
        for (const a of scopes)
          for (const b of scopes) {
            if (a.client.ecsFamily !== b.client.ecsFamily) continue
            const shared = sharedBits(a.client, b.client)
            if (shared < Math.min(a.length, b.length)) continue
            if (a !== b) equal++
            expect(a.length).toBe(b.length)
          }
      }
    }
    expect(equal).toBeGreaterThan(200)
  })
})

const sharedBits = (a: { ecsHi: number; ecsLo: number }, b: { ecsHi: number; ecsLo: number }): number => {
  const hi = Math.clz32(a.ecsHi ^ b.ecsHi)
  return hi < 32 ? hi : 32 + Math.clz32(a.ecsLo ^ b.ecsLo)
}

describe('the choice', () => {
  it('is the same when the configuration lists clusters, servers and services in another order', () => {
    let compared = 0
    for (const { text, draw, world } of WORLDS) {
      const turned = compile({
        ...text,
        clusters: [...text.clusters].reverse(),
        services: [...text.services!].reverse(),
      })
      for (let i = 0; i < 80; i++) {
        const client = randomClient(draw)
        const s = draw.below(text.services!.length)
        const [a, b] = [ask(world, client, 4, s), ask(turned, client, 4, text.services!.length - 1 - s)]
        if (a.reason !== 'first-choice' && a.reason !== 'unlocated') continue
        compared++
        expect(b).toEqual(a)
      }
    }
    expect(compared).toBeGreaterThan(300)
  })

  it('is among those that the hard filters leave, wherever the client is and whatever is measured', () => {
    for (const { text, draw, world } of WORLDS) {
      const countries = new Map(text.clusters.map(({ id, location }) => [id, location.country]))
      const contents = new Map(text.clusters.map(({ id, content }) => [id, content]))
      for (let i = 0; i < 150; i++) {
        const s = draw.below(text.services!.length)
        const asked = text.services![s]!
        const { cluster: chosen, reason } = ask(world, randomClient(draw), draw.one([4, 6] as const), s)
        if (chosen === null) continue
        if (asked.only !== undefined) expect(asked.only.countries).toContain(countries.get(chosen))
        if (reason === 'when-all-down') continue
        expect(asked.clusters).toContain(chosen)
        if (asked.content !== undefined) expect(contents.get(chosen) ?? [asked.content]).toContain(asked.content)
      }
    }
  })

  it('leaves at most four, each once, and a core cluster among them where the service has one for everybody', () => {
    const clusters = ['a', 'b', 'c', 'd', 'e'].map(id => cluster(id, 'seoul'))
    const core = cluster('dc', 'dallas', { tier: 'core' })
    const policies = ['geo', 'rtt', 'isp-first', 'rtt-spill', 'failover'] as const
    const ids = [...clusters.map(({ id }) => id), 'dc']
    const { tables } = compile({
      clusters: [...clusters, core],
      services: policies.map(policy => service(policy, ids, { policy, order: ids })),
      places: [place('seoul'), place('tokyo')],
      city: { '1.0.0.0/8': 1, '2.0.0.0/8': 2 },
      measurements: [measurement('1.2.3.0/24', 'c', 3)],
    })
    for (let row = 0; row < tables.rows.count; row++) {
      const slots = tables.rows.slots(row).filter(c => c !== NO_CLUSTER)
      expect(new Set(slots).size).toBe(slots.length)
      if (slots.length > 0) expect(slots).toContain(5)
    }
  })
})
