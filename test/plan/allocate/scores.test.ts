import { expect, test } from 'vitest'
import { explain } from '../../../src/plan/explain.ts'
import { clientOf, cluster, compile, measurement, place, service } from '../../route/fixture.ts'

const clusters = [cluster('icn', 'seoul'), cluster('nrt', 'tokyo'), cluster('lhr', 'london')]
const text = {
  clusters,
  services: [service('vod', ['icn', 'nrt', 'lhr'])],
  places: [place('seoul'), place('london')],
  city: { '168.126.0.0/16': 1, '25.0.0.0/16': 2 },
}

/** Score of the first choice of the client, as explain has it. */
function scoreOf(world: ReturnType<typeof compile>, address: string) {
  const { tables, live } = world
  const { candidates } = explain({
    world: world.world,
    tables,
    live,
    service: 0,
    family: 4,
    client: clientOf(address),
  } as const)
  const best = candidates.find(candidate => candidate.verdict === 'chosen')!
  return { cluster: tables.clusterIds.indexOf(best.cluster), score: best.score! }
}

/** Scores that the planner has for rows with this first choice. */
const known = ({ demand }: ReturnType<typeof compile>, first: number): number[] =>
  [...demand.weight.keys()].filter(row => demand.slots[row * 4] === first).map(row => demand.score![row]!)

test('the planner knows of every row what its first choice scores', () => {
  const world = compile(text)
  for (const address of ['168.126.63.1', '25.0.1.1']) {
    const { cluster: first, score } = scoreOf(world, address)
    const near = known(world, first).map(value => Math.abs(value - score))
    // A bin is 0.8 % wide.
    expect(Math.min(...near)).toBeLessThan(0.02 * (score + 1))
  }
})

test('what is measured has scores of its own', () => {
  const world = compile({
    ...text,
    measurements: [measurement('168.126.63.0/24', 'icn', 190), measurement('168.126.63.0/24', 'nrt', 77)],
  })
  const { cluster: first, score } = scoreOf(world, '168.126.63.1')
  expect(score).toBeGreaterThan(60)
  expect(Math.min(...known(world, first).map(value => Math.abs(value - score)))).toBeLessThan(0.02 * (score + 1))
})
