import { distanceKm } from '../../../src/base/earth.ts'
import { formatPrefix } from '../../../src/base/prefix.ts'
import type { Measurement } from '../../../src/model/measurement.ts'
import { NO_SURVEY } from '../../../src/model/survey.ts'
import { fillBlock, type MapInput, openWorld, profileAt, type World } from '../../../src/plan/world.ts'
import { emptyBlock } from '../../../src/route/block.ts'
import { newWorkbench, scoreAll } from '../../../src/route/route.ts'
import type { ScoreSheet } from '../../../src/route/score/score.ts'
import { mapInput, NOW } from '../../route/fixture.ts'
import type { Internet } from './internet.ts'

/** The map's input in that Internet, after a survey of `measurements`. */
export function inputOf(internet: Internet, measurements: readonly Measurement[], mesh = internet.mesh): MapInput {
  const { clusters, places, prefixes } = internet
  const city = Object.fromEntries(prefixes.map((prefix, p) => [formatPrefix(prefix), p + 1]))
  const input = mapInput({ clusters, places: places.slice(1), city, measurements })
  return {
    ...input,
    places: [places[0]!, ...places],
    deployment: { ...input.deployment, estimates: { mesh, countryPairs: [] } },
    survey: { ...NO_SURVEY, number: 1, asOf: NOW, evidence: '1' },
    surveyed: { measurements, networkOf: () => null },
  }
}

/** Scores every place of the Internet in turn. */
export function scoreEach(internet: Internet, world: World, each: (place: number, sheet: ScoreSheet) => void): void {
  const block = emptyBlock(internet.clusters.length)
  const bench = newWorkbench(world.sites, world.evidence)
  internet.prefixes.forEach(({ family, hi, lo }, p) => {
    fillBlock(world, profileAt(world, family, hi, lo), block)
    scoreAll(bench, block)
    each(p, bench.sheet)
  })
}

/** The cluster with the least of something. */
export function best(count: number, key: (c: number) => number): number {
  let winner = 0
  for (let c = 1; c < count; c++) if (key(c) < key(winner)) winner = c
  return winner
}

/** Choices by place, made from what was measured. */
export function choices(internet: Internet, measurements: readonly Measurement[], mesh = internet.mesh): number[] {
  const world = openWorld(inputOf(internet, measurements, mesh))
  const chosen: number[] = []
  scoreEach(internet, world, (p, sheet) => {
    chosen[p] = best(internet.clusters.length, c => sheet.networkMs[c]!)
  })
  return chosen
}

/** Which share of the way from the nearest cluster to the best one the choices go, in ms over all places; 1 = always the best. */
export function gapClosed(internet: Internet, chosen: readonly number[]): number {
  const count = internet.clusters.length
  let nearest = 0
  let optimum = 0
  let ours = 0
  internet.places.forEach((place, p) => {
    nearest += internet.rttMs(
      p,
      best(count, c => distanceKm(place, internet.clusters[c]!.location)),
    )
    optimum += internet.rttMs(
      p,
      best(count, c => internet.rttMs(p, c)),
    )
    ours += internet.rttMs(p, chosen[p]!)
  })
  return (nearest - ours) / (nearest - optimum)
}
