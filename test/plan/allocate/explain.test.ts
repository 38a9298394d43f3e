import { expect, test } from 'vitest'
import { explain } from '../../../src/plan/explain.ts'
import { clientOf, cluster, compile, place, service } from '../../route/fixture.ts'

const world = compile({
  clusters: [cluster('icn', 'seoul'), cluster('nrt', 'tokyo'), cluster('lhr', 'london')],
  services: [service('vod', ['icn', 'nrt', 'lhr'])],
  places: [place('seoul')],
  city: { '168.126.0.0/16': 1 },
})
const { tables, live } = world
const at = (id: string): number => tables.clusterIds.indexOf(id)
live.level[at('icn')] = 256
live.level[at('nrt')] = 256

function shown(floors?: Record<string, number>) {
  const client = clientOf('168.126.63.1')
  const input = { world: world.world, tables, live, service: 0, family: 4, client } as const
  const { reason, candidates } = explain(floors === undefined ? input : { ...input, floors })
  return { reason, verdicts: candidates.map(c => [c.cluster, c.verdict, c.planned]) }
}

test('without an allocation, what is turned away is turned away for load', () => {
  expect(shown()).toEqual({
    reason: 'first choice icn turns this block away for load',
    verdicts: [
      ['icn', 'shed', undefined],
      ['nrt', 'shed', undefined],
      ['lhr', 'chosen', undefined],
    ],
  })
})

test('a block below the floor was planned elsewhere, one between floor and level is shed', () => {
  expect(shown({ icn: 256, nrt: 1 })).toEqual({
    reason: 'planned elsewhere: first choice icn is for blocks that would lose more',
    verdicts: [
      ['icn', 'shed', true],
      ['nrt', 'shed', undefined],
      ['lhr', 'chosen', undefined],
    ],
  })
})
