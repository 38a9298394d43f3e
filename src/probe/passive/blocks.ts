import type { Prefix } from '../../base/prefix.ts'
import type { PassiveSample } from '../../model/passive.ts'

/** The samples of one leaf in one batch. */
export interface BlockSample {
  readonly key: string
  readonly prefix: Prefix
  /** The median of its samples, each as often as it has connections. */
  readonly rttMs: number
  /** Connections behind it. */
  readonly n: number
  /** Samples of the batch that went into it. */
  readonly samples: number
}

/** A crowd behind one address must not speak for all of its block. */
const MOST_WEIGHT = 100

/**
 * One figure for each leaf. The median, as Schlinker et al. (Internet Performance from Facebook's Edge, IMC 2019) take it over the least RTTs of the
 * connections of a group: the least of one connection is without the queue that its own data fill, the median over connections is that of a usual
 * client, where a mean follows the few on bad radio links and a minimum the one nearest to the edge.
 */
export function byBlock(samples: readonly PassiveSample[]): BlockSample[] {
  const blocks = new Map<string, PassiveSample[]>()
  for (const sample of samples) {
    const key = keyOf(sample.prefix)
    const block = blocks.get(key)
    if (block === undefined) blocks.set(key, [sample])
    else block.push(sample)
  }
  return [...blocks].map(([key, inside]) => ({
    key,
    prefix: inside[0]!.prefix,
    rttMs: median(inside),
    n: inside.reduce((sum, { n }) => sum + n, 0),
    samples: inside.length,
  }))
}

const keyOf = ({ family, hi, lo }: Prefix): string => `${family} ${hi} ${lo}`

function median(samples: readonly PassiveSample[]): number {
  const sorted = [...samples].sort((a, b) => a.rttMs - b.rttMs)
  const weight = ({ n }: PassiveSample): number => Math.min(n, MOST_WEIGHT)
  const half = sorted.reduce((sum, sample) => sum + weight(sample), 0) / 2
  let below = 0
  for (const sample of sorted) {
    below += weight(sample)
    if (below >= half) return sample.rttMs
  }
  return sorted.at(-1)!.rttMs
}
