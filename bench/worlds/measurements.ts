import { distanceKm } from '../../src/base/earth.ts'
import { xorshift } from '../harness/xorshift.ts'
import { clientBlock } from './blocks.ts'
import { blockPlace, PLACE_SPOTS } from './places.ts'
import { sites } from './sites.ts'
import { writeText } from './text.ts'
import { clusterId, MEASURED_CLUSTERS, type WorldSize } from './world.ts'

/** Light in fibre goes this far and back in a millisecond, km. */
const KM_PER_MS = 100
/** Milliseconds of the last mile. */
const ACCESS_MS = 2

export interface Round {
  /** Unix time, seconds. */
  readonly at: number
  /** Another seed gives other round-trip times. */
  readonly seed: number
}

/**
 * Writes measurements in the form of `kingcdn rtt import`: for the first client blocks the round trip to each of the nearest clusters, one to
 * two times what light takes, so that the nearest is not always the fastest.
 */
export function writeMeasurements(file: string, size: WorldSize, round: Round): void {
  writeText(file, lines(size, round))
}

function* lines({ prefixes, clusters }: WorldSize, { at, seed }: Round): Generator<string> {
  yield 'prefix,cluster,rtt_ms,loss,measured_at\n'
  const random = xorshift(seed)
  const near = nearestClusters(clusters)
  for (let i = 0; i < prefixes; i++) {
    const block = clientBlock(i)
    for (const { cluster, km } of near(blockPlace(block))) {
      const rtt = ACCESS_MS + (km / KM_PER_MS) * (1 + random(1000) / 1000) + random(100) / 20
      yield `${block.join('.')}.0/24,${clusterId(cluster)},${rtt.toFixed(2)},0,${at}\n`
    }
  }
}

interface Near {
  readonly cluster: number
  readonly km: number
}

/** The clusters nearest to a place, computed when it is first asked for. */
export function nearestClusters(clusters: number): (place: number) => readonly Near[] {
  const all = sites(clusters)
  const known = new Map<number, readonly Near[]>()
  return place => {
    const held = known.get(place)
    if (held !== undefined) return held
    const ordered = all
      .map((site, cluster) => ({ cluster, km: distanceKm(PLACE_SPOTS[place]!, site) }))
      .sort((a, b) => a.km - b.km || a.cluster - b.cluster)
      .slice(0, MEASURED_CLUSTERS)
    known.set(place, ordered)
    return ordered
  }
}
