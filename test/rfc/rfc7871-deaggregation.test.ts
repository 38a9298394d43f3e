import { describe, expect, it } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import { parseOverrides } from '../../src/config/overrides.ts'
import type { Override } from '../../src/model/deployment.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { cluster } from '../route/fixture.ts'
import { answersOf, asked, blockOf, scopeOf } from './client-subnet.ts'
import { openTailored } from './tailored-world.ts'

describe('RFC 7871 section 7.2.1: a narrower exception makes the blocks around it narrower', () => {
  const clusters = [cluster('aaa', 'seoul'), cluster('bbb', 'london')]
  /** The RFC's own example, as an operator writes it. */
  const OVERRIDES = `
1.2.0.0/20: { clusters: [aaa] }
1.2.3.0/24: { clusters: [bbb] }
2400:0:1200::/40: { clusters: [aaa] }
2400:0:1203:4500::/56: { clusters: [bbb] }
`
  const overrides = readOverrides(OVERRIDES)
  const world = openTailored({ clusters, overrides })
  const told = (prefix: string) => {
    const message = asked(world, 'vod.cdn.example', RrType.A, parsePrefix(prefix)!)
    const owner = clusters.find(({ servers }) => servers.some(({ ipv4 }) => answersOf(message).includes(ipv4!)))
    return [owner!.id, scopeOf(message)]
  }

  function readOverrides(text: string): readonly Override[] {
    const read = parseOverrides(
      text,
      'overrides.yaml',
      clusters.map(({ id }) => id),
    )
    expect(read.problems).toEqual([])
    return read.overrides
  }

  it.each([
    ['1.2.0.0/24', 'aaa', 23],
    ['1.2.1.0/24', 'aaa', 23],
    ['1.2.2.0/24', 'aaa', 24],
    ['1.2.3.0/24', 'bbb', 24],
    ['1.2.4.0/24', 'aaa', 22],
    ['1.2.7.0/24', 'aaa', 22],
    ['1.2.8.0/24', 'aaa', 21],
    ['1.2.15.0/24', 'aaa', 21],
  ])('1.2.0/20 with 1.2.3/24 inside: %s is %s, scope %i', (prefix, id, scope) => {
    expect(told(prefix)).toEqual([id, scope])
  })

  it.each([
    ['2400:0:1203:4500::/56', 'bbb', 56],
    ['2400:0:1203:4400::/56', 'aaa', 56],
    ['2400:0:1203:4600::/56', 'aaa', 55],
    ['2400:0:1203:4000::/56', 'aaa', 54],
    ['2400:0:1203:8000::/56', 'aaa', 49],
    ['2400:0:1202::/56', 'aaa', 48],
    ['2400:0:1200::/56', 'aaa', 47],
    ['2400:0:1280::/56', 'aaa', 41],
  ])('the same in IPv6: %s is %s, scope %i', (prefix, id, scope) => {
    expect(told(prefix)).toEqual([id, scope])
  })

  it('a /8 walked in steps of /24: the blocks neither overlap nor leave a gap, and the first seen is the only one', () => {
    const blocks = new Map<string, number>()
    for (let leaf = 0; leaf < 0x10000; leaf++) {
      const address = `1.${leaf >> 8}.${leaf & 255}.0`
      const scope = scopeOf(asked(world, 'vod.cdn.example', RrType.A, parsePrefix(`${address}/24`)!))
      const block = blockOf(address, scope)
      blocks.set(block, (blocks.get(block) ?? 0) + 1)
    }
    // Every block was met as often as it has leaves: so no leaf lies in two of them.
    for (const [block, met] of blocks) {
      const length = Number(block.split('/')[1])
      expect([block, met]).toEqual([block, length <= 8 ? 0x10000 : 2 ** (24 - length)])
    }
    expect([...blocks.keys()].filter(block => /^1\.2\.([0-9]|1[0-5])\./.test(block)).sort()).toEqual([
      '1.2.0.0/23',
      '1.2.2.0/24',
      '1.2.3.0/24',
      '1.2.4.0/22',
      '1.2.8.0/21',
    ])
  })

  it('an exception finer than a leaf is refused, so a scope is never longer than /24 and /56 (section 11.1)', () => {
    const { overrides: kept, problems } = parseOverrides('1.2.3.0/25: { clusters: [aaa] }', 'overrides.yaml', ['aaa'])
    expect([kept, problems.length]).toEqual([[], 1])
    for (const prefix of ['1.2.3.77/32', '1.2.3.0/31', '2400:0:1203:4567::/64'])
      expect(told(prefix)[1]).toBe(prefix.includes(':') ? 56 : 24)
  })

  it('SCOPE longer than SOURCE: what was told did not suffice, and the first leaf of it decides', () => {
    expect(told('1.2.0.0/20')).toEqual(['aaa', 23])
    expect(told('1.2.2.0/23')).toEqual(['aaa', 24])
    expect(told('2400:0:1203::/48')).toEqual(['aaa', 50])
  })
})
