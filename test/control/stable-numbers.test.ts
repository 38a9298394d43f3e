import { expect, it } from 'vitest'
import { StableNumbers } from '../../src/control/stable-numbers.ts'
import type { Deployment } from '../../src/model/deployment.ts'

const deployment = (clusters: readonly string[], services: readonly string[], targets: readonly string[] = []) =>
  ({
    clusters: clusters.map(id => ({ id })),
    services: services.map(id => ({ id, targets: targets.map(cname => ({ cname })) })),
  }) as unknown as Deployment

it('ids keep their numbers over reloads, in whatever order they stand', () => {
  const numbers = new StableNumbers()
  numbers.of(deployment(['a', 'b'], ['vod'], ['x.example.']))
  expect(numbers.of(deployment(['c', 'b'], ['live', 'vod'], ['y.example.', 'x.example.']))).toEqual({
    services: { live: 1, vod: 0 },
    clusters: { c: 2, b: 1 },
    targets: { 'y.example.': 1, 'x.example.': 0 },
  })
  expect(['a', 'b', 'c'].map((_, number) => numbers.clusterId(number))).toEqual(['a', 'b', 'c'])
  expect(numbers.names()).toEqual({ services: ['vod', 'live'], clusters: ['a', 'b', 'c'] })
})

it('takes over the numbers of tables from disk, and gives new ones that nobody has', () => {
  const before = new StableNumbers()
  before.of(deployment(['a', 'b', 'c'], ['vod', 'live'], ['x.example.', 'y.example.']))
  const kept = before.of(deployment(['c', 'b'], ['live'], ['y.example.']))
  const after = new StableNumbers()
  after.of(deployment(['c', 'b'], ['live'], ['y.example.']))
  after.adopt(JSON.parse(JSON.stringify(kept)))
  expect([0, 1, 2].map(number => after.clusterId(number))).toEqual(['other', 'b', 'c'])
  expect([after.serviceId(1), after.targetName(1)]).toEqual(['live', 'y.example.'])
  expect(after.names()).toEqual({ services: ['other', 'live'], clusters: ['other', 'b', 'c'] })
  expect(after.of(deployment(['d', 'c', 'b'], ['live'])).clusters).toEqual({ d: 3, c: 2, b: 1 })
})

it('ids beyond the last number share it, under the name of the first of them', () => {
  const numbers = new StableNumbers()
  const ids = Array.from({ length: 65_537 }, (_, i) => `c${i}`)
  const { clusters } = numbers.of(deployment(ids, []))
  expect([clusters.c65533, clusters.c65534, clusters.c65536]).toEqual([65_533, 65_534, 65_534])
  expect(numbers.clusterId(65_534)).toBe('c65534')
  expect(numbers.names().clusters).toHaveLength(65_535)
})
