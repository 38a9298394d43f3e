import { describe, expect, it } from 'vitest'
import { AddressSet } from '../../src/base/address-set.ts'
import { formatPrefix, parsePrefix } from '../../src/base/prefix.ts'
import { DemandIndex } from '../../src/probe/demand-index.ts'
import type { Target } from '../../src/probe/targets.ts'
import { type Candidates, planTargets, type TargetRules } from '../../src/probe/wanted.ts'

const demand = (rows: Readonly<Record<string, number>>) =>
  Object.entries(rows).map(([text, qps]) => ({ prefix: parsePrefix(text)!, qps }))
const resolvers = (rows: Readonly<Record<string, number>>) =>
  Object.entries(rows).map(([address, qps]) => ({ address, qps }))
const target = (address: string, prefix: string, port = 53): Target => ({ address, port, prefix: parsePrefix(prefix)! })

function plan(candidates: Partial<Candidates>, rules: Partial<TargetRules> = {}) {
  const all = { port: 53, optOut: new AddressSet([]), specialPurpose: false, owns: () => true, ...rules }
  return planTargets({ mesh: [], file: [], resolvers: [], demand: [], ...candidates }, all)
}
const named = ({ targets }: ReturnType<typeof plan>) =>
  targets.map(({ address, prefix, tail }) => `${address} ${formatPrefix(prefix)}${tail ? ' tail' : ''}`)

describe('the demand of a block', () => {
  const index = new DemandIndex(demand({ '9.9.9.0/24': 7, '8.8.0.0/16': 512, '2001:500::/32': 2 ** 24 }))
  it.each([
    ['9.9.9.0/24', 7],
    ['8.8.8.0/24', 2],
    ['2001:500:1::/56', 1],
    ['9.9.8.0/24', 0],
    ['2001:501::/56', 0],
  ])('%s: %d queries/s', (block, qps) => expect(index.of(parsePrefix(block)!)).toBe(qps))
})

describe('the order', () => {
  it('is that of the demand of the block and what its resolvers ask, together', () => {
    const planned = plan({
      resolvers: resolvers({ '9.9.9.9': 5, '8.8.8.8': 1, '7.7.7.7': 3, '7.7.7.8': 3 }),
      demand: demand({ '8.8.8.0/24': 100 }),
    })
    expect(named(planned).map(name => name.split(' ')[0])).toEqual(['8.8.8.8', '7.7.7.7', '7.7.7.8', '9.9.9.9'])
  })

  it('blocks that make up 90 % of it are the head, the others the tail', () => {
    const planned = plan({ resolvers: resolvers({ '9.9.9.9': 80, '8.8.8.8': 12, '7.7.7.7': 5, '6.6.6.6': 3 }) })
    expect(named(planned)).toEqual([
      '9.9.9.9 9.9.9.0/24',
      '8.8.8.8 8.8.8.0/24',
      '7.7.7.7 7.7.7.0/24 tail',
      '6.6.6.6 6.6.6.0/24 tail',
    ])
    expect(planned.blocks).toEqual({ head: 2, tail: 2 })
  })

  it('the mesh and the targets file are of the head, whatever they weigh', () => {
    const planned = plan({
      mesh: [target('5.5.5.5', '5.5.5.0/24', 443)],
      file: [target('4.4.4.4', '4.4.0.0/16')],
      resolvers: resolvers({ '9.9.9.9': 100, '8.8.8.8': 1 }),
    })
    expect(named(planned)).toEqual([
      '9.9.9.9 9.9.9.0/24',
      '8.8.8.8 8.8.8.0/24 tail',
      '4.4.4.4 4.4.0.0/16',
      '5.5.5.5 5.5.5.0/24',
    ])
    expect(planned.kinds).toEqual({ mesh: 1, file: 1, resolver: 2 })
  })

  it('where nothing is known of the demand, all are of the head', () => {
    expect(plan({ file: [target('4.4.4.4', '4.4.4.0/24'), target('5.5.5.5', '5.5.5.0/24')] }).blocks).toEqual({
      head: 2,
      tail: 0,
    })
  })
})

describe('left out are', () => {
  it('those who do not want to be probed', () => {
    const optOut = new AddressSet(['9.9.9.9', '2001:500::/32'])
    const planned = plan({ resolvers: resolvers({ '9.9.9.9': 1, '9.9.9.10': 1, '2001:500::1': 1 }) }, { optOut })
    expect(named(planned)).toEqual(['9.9.9.10 9.9.9.0/24'])
    expect(planned.leftOut['opted-out']).toBe(2)
  })

  it('a target of the file, too, that does not want to be', () => {
    const optOut = new AddressSet(['4.4.0.0/16'])
    expect(plan({ file: [target('4.4.4.4', '198.41.0.0/24')] }, { optOut }).targets).toEqual([])
  })

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '192.0.2.1',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    'fe80::1',
    '2001:db8::1',
  ])('%s, which is of a special-purpose block, unless it is allowed', address => {
    const candidates = { resolvers: resolvers({ [address]: 1 }) }
    expect(plan(candidates)).toMatchObject({ targets: [], leftOut: { 'special-purpose': 1 } })
    expect(plan(candidates, { specialPurpose: true }).targets).toHaveLength(1)
  })

  it('the lightest of many resolvers of one block, but none of the file', () => {
    const planned = plan({
      file: [target('9.9.9.1', '9.9.9.0/24')],
      resolvers: resolvers({ '9.9.9.9': 1, '9.9.9.8': 9, '9.9.9.7': 5, '9.9.9.6': 7 }),
    })
    expect(planned.targets.map(({ address }) => address)).toEqual(['9.9.9.1', '9.9.9.8', '9.9.9.6', '9.9.9.7'])
    expect(planned.leftOut.crowded).toBe(1)
  })

  it('blocks of another prober, whole', () => {
    const planned = plan(
      { resolvers: resolvers({ '9.9.9.9': 1, '9.9.9.8': 1, '8.8.8.8': 1 }) },
      { owns: block => block === '8.8.8.0/24' },
    )
    expect(named(planned)).toEqual(['8.8.8.8 8.8.8.0/24'])
    expect(planned.leftOut.elsewhere).toBe(2)
  })

  it('the light end of more than 100,000', () => {
    const many = Array.from({ length: 100_010 }, (_, i) => ({
      address: `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.1`,
      qps: i + 1,
    }))
    const planned = plan({ resolvers: many })
    expect(planned.targets).toHaveLength(100_000)
    expect(planned.leftOut.surplus).toBe(10)
    expect(planned.targets.some(({ address }) => address === many[0]!.address)).toBe(false)
  })

  it('a resolver that the file names, a second time', () => {
    expect(
      plan({ file: [target('9.9.9.9', '9.0.0.0/8')], resolvers: resolvers({ '9.9.9.9': 1 }) }).targets,
    ).toHaveLength(1)
  })
})
