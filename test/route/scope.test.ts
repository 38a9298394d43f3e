import { describe, expect, it } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import { ask, clientOf, cluster, compile, service } from './fixture.ts'

describe('RFC 7871 section 7.3.1: scopes never overlap', () => {
  const world = compile({
    clusters: [cluster('a', 'seoul'), cluster('b', 'tokyo'), cluster('c', 'london')],
    services: [service('vod', ['a', 'b', 'c'], { policy: 'failover', order: ['c'] })],
    overrides: [
      { prefix: parsePrefix('1.2.0.0/20')!, clusters: ['a'] },
      { prefix: parsePrefix('1.2.3.0/24')!, clusters: ['b'] },
    ],
  })
  it.each([
    ['1.2.0.9', 'a', 23],
    ['1.2.1.9', 'a', 23],
    ['1.2.2.9', 'a', 24],
    ['1.2.3.9', 'b', 24],
    ['1.2.4.9', 'a', 22],
    ['1.2.8.9', 'a', 21],
    ['1.2.15.255', 'a', 21],
  ])('1.2.0.0/20 -> a with 1.2.3.0/24 -> b: %s gets %s with scope %i', (address, chosen, scope) => {
    const answer = ask(world, clientOf(address))
    expect(answer.cluster).toBe(chosen)
    expect(answer.scope).toBe(scope)
    expect(answer.source).toBe(0)
  })
})
