import { createHash } from 'node:crypto'
import { ArenaWriter } from '../../../src/base/arena.ts'
import { millis } from '../../../src/base/brand.ts'
import { comparePrefix, containsPrefix, formatPrefix, type Prefix, parsePrefix } from '../../../src/base/prefix.ts'
import type { DemandRow } from '../../../src/model/demand.ts'
import type { HeldChoice } from '../../../src/model/fleet-plan.ts'
import type { Measurement } from '../../../src/model/measurement.ts'
import { type CompiledMaps, compileMaps } from '../../../src/plan/compile-map.ts'
import { groupServices } from '../../../src/plan/map-groups.ts'
import { termsOf } from '../../../src/plan/sticky/held.ts'
import { type MapInput, openWorld } from '../../../src/plan/world.ts'
import { mapInput, measurement, NOW, randomOf } from '../../route/fixture.ts'
import { Draw, randomPrefix, randomWorld } from '../../route/random-world.ts'

/** A random world and two moments of it: what is measured at the second is laid over the ground of the first. */
export interface Moments {
  readonly first: Moment
  readonly second: Moment
}

export type Moment = MapInput & { readonly measurements: readonly Measurement[] }

export function randomMoments(seed: number): Moments {
  const draw = new Draw(randomOf(seed))
  const text = randomWorld(draw)
  const input = mapInput(text)
  const ids = input.deployment.clusters.map(({ id }) => id)
  const around = text.measurements ?? []
  const measurements = Array.from({ length: draw.one([0, 5, 60, 400]) }, () => randomRow(draw, ids, NOW))
  const survey = draw.chance(60) ? { number: 1, asOf: NOW, evidence: '1', demand: '' } : input.survey
  const networkOf = (prefix: Prefix): Prefix | null =>
    prefix.length < 20
      ? null
      : parsePrefix(formatPrefix({ ...prefix, hi: (prefix.hi & 0xfffff000) >>> 0, lo: 0, length: 20 }))
  const first = {
    ...input,
    measurements: [...around, ...measurements],
    survey,
    demand: randomDemand(draw),
    ...(survey.number > 0 ? { surveyed: { measurements: around, networkOf } } : {}),
  }
  const asOf = millis(NOW + draw.below(30 * 60_000))
  const kept = first.measurements.filter(() => draw.chance(80))
  const news = Array.from({ length: draw.below(80) }, () => randomRow(draw, ids, asOf))
  const second = { ...first, asOf, measurements: [...kept, ...news], generation: 8 }
  return { first, second: { ...second, held: randomHeld(draw, second, second.measurements) } }
}

/** Most are sound; some are of a cluster that is gone, too old, finer than a leaf, or say what cannot be. */
export function randomRow(draw: Draw, ids: readonly string[], now: number): Measurement {
  const prefix = randomPrefix(draw)
  const finer = draw.chance(3) && prefix.family === 4 ? { ...prefix, length: 25 + draw.below(8) } : prefix
  const id = draw.chance(4) ? 'gone' : draw.one(ids)
  const row = measurement('0.0.0.0/0', id, draw.chance(2) ? 0 : (1 + draw.below(3000)) / 10, {
    rttVarMs: draw.below(200) / 10,
    loss: draw.chance(20) ? draw.below(110) / 100 : 0,
    samples: 1 + draw.below(100),
    measuredAt: millis(now + 60_000 - draw.below(draw.chance(10) ? 30 * 3600_000 : 40 * 60_000)),
    source: draw.one(['import', 'probe', 'passive'] as const),
  })
  return { ...row, prefix: finer }
}

function randomDemand(draw: Draw): DemandRow[] {
  const prefixes: Prefix[] = []
  for (let i = 0; i < draw.one([0, 12]); i++) {
    const prefix = randomPrefix(draw)
    if (!prefixes.some(held => containsPrefix(held, prefix) || containsPrefix(prefix, held))) prefixes.push(prefix)
  }
  return prefixes.sort(comparePrefix).map(prefix => ({ prefix, weight: draw.chance(10) ? 0 : draw.below(5_000) / 7 }))
}

function randomHeld(draw: Draw, input: MapInput, measurements: readonly Measurement[]): HeldChoice[] {
  const world = openWorld(input)
  const { groups, ofService } = groupServices(world)
  return measurements
    .filter(() => draw.chance(20))
    .map(({ prefix }) => {
      const s = draw.below(ofService.length)
      const service = input.deployment.services[s]!.id
      const terms = termsOf(world, groups[ofService[s]!]!)
      const text = formatPrefix({ ...prefix, length: Math.min(prefix.length, prefix.family === 4 ? 24 : 56) })
      return { service, prefix: text, cluster: draw.one(input.deployment.clusters).id, wins: draw.below(3), terms }
    })
}

export function bytesOf(maps: CompiledMaps): Buffer {
  const writer = new ArenaWriter()
  maps.write(writer)
  const buffer = new ArrayBuffer(writer.byteLength)
  writer.writeTo(buffer)
  return Buffer.from(buffer)
}

/** Of everything that a compile gives: tables, demand, figures. */
export function digestOf(moments: Moments): string {
  const first = compileMaps(moments.first)
  const second = compileMaps(moments.second, first.unmeasured)
  const hash = createHash('sha256')
  for (const maps of [first, second]) {
    hash.update(bytesOf(maps))
    const { slots, ranks, weight } = maps.demand
    for (const column of [slots, ranks, weight]) hash.update(column)
    hash.update(JSON.stringify([maps.stats, maps.types]))
  }
  return hash.digest('hex').slice(0, 16)
}
