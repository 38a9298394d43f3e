import { NO_CLUSTER, ROW_SPECIAL, ROW_UNLOCATED, SLOTS } from '../route/tables.ts'
import { EVIDENCE_CLASSES, NO_EVIDENCE } from './demand-evidence.ts'
import { type DraftRows, HASHED_DRAFT, type ProfileRows } from './draft-rows.ts'
import type { FamilyDemand, KnownDemand } from './known-demand.ts'
import { type MapRanges, newRanges, type Ranges } from './ranges.ts'
import { cutPoints, type Weigh } from './split.ts'
import type { Swept } from './swept.ts'

/** No range may carry more than this share of the blocks of its first cluster: what is shed or drained at once must be small. */
const MOST_SHARE = 0.01
/** But nothing below a /20 is cut: small worlds keep the wide scopes that truth allows. Leaves. */
const ALWAYS_LIGHT = 16

/** Ranges of one family as they were swept. */
interface Parts {
  readonly hi: Uint32Array
  /** Empty for IPv4. */
  readonly lo: Uint32Array
  readonly profile: Uint32Array
  /** Draft row of each part. */
  readonly draft: Uint32Array
  /** Four for each profile. */
  readonly bins: Uint16Array
  readonly weight: Float64Array
  readonly known: FamilyDemand
}

/**
 * The ranges of one map: neighbours with the same draft row are joined, and what then carries too much is cut into aligned pieces. The regret of a
 * range is the mean of its parts, by weight. `ofWhole`: `clusterWeight` of the whole map, when only a part of the space is given.
 */
export function mergeRanges(
  swept: Swept,
  rows: ProfileRows,
  drafts: DraftRows,
  clusters: number,
  demand: KnownDemand,
  ofWhole?: Float64Array,
): MapRanges {
  const v4 = parts4(swept, rows, drafts, demand)
  const v6 = parts6(swept, rows, drafts, demand)
  const firstCluster = firstClusters(drafts)
  const clusterWeight = ofWhole ?? weightByCluster([v4, v6], firstCluster, clusters)
  const limits = mostWeights(clusterWeight, firstCluster)
  return { v4: join(v4, limits), v6: join(v6, limits), clusterWeight, evidence: weightByEvidence([v4, v6], rows) }
}

function parts4({ starts4, profile4 }: Swept, rows: ProfileRows, drafts: DraftRows, demand: KnownDemand): Parts {
  const end = (i: number): number => starts4[i + 1] ?? 0x1000000
  return {
    ...{ hi: starts4, lo: NO_LOW, profile: profile4, bins: rows.bins, known: demand.four },
    ...weighParts(
      profile4,
      rows,
      drafts,
      i => demand.four.between(starts4[i]!, 0, end(i), 0).weight,
      (i, located) => demand.weight4(starts4[i]!, end(i), located),
    ),
  }
}

const NO_LOW = new Uint32Array(0)

function parts6({ hi6, lo6, profile6 }: Swept, rows: ProfileRows, drafts: DraftRows, demand: KnownDemand): Parts {
  const endHi = (i: number): number => hi6[i + 1] ?? 2 ** 32
  const endLo = (i: number): number => lo6[i + 1] ?? 0
  return {
    ...{ hi: hi6, lo: lo6, profile: profile6, bins: rows.bins, known: demand.six },
    ...weighParts(
      profile6,
      rows,
      drafts,
      i => demand.six.between(hi6[i]!, lo6[i]!, endHi(i), endLo(i)).weight,
      (i, located) => demand.weight6(hi6[i]!, lo6[i]!, endHi(i), endLo(i), located),
    ),
  }
}

/** Every part is looked at several times and weighed once. */
function weighParts(
  profile: Uint32Array,
  rows: ProfileRows,
  drafts: DraftRows,
  known: (part: number) => number,
  whole: (part: number, located: boolean) => number,
): Pick<Parts, 'draft' | 'weight'> {
  const flags = drafts.drafts.column(2)
  const draft = new Uint32Array(profile.length)
  const weight = new Float64Array(profile.length)
  for (let i = 0; i < profile.length; i++) {
    const row = rows.drafts[profile[i]!]!
    draft[i] = row
    if (row === drafts.gap) continue
    // Nobody is known to be in a special-purpose block, unless somebody is.
    const isSpecial = (flags[row]! & ROW_SPECIAL) !== 0
    weight[i] = isSpecial ? known(i) : whole(i, (flags[row]! & ROW_UNLOCATED) === 0)
  }
  return { draft, weight }
}

/** First cluster by draft row. Hashed drafts are spread already, and rows without slots go nowhere: NO_CLUSTER. */
function firstClusters({ drafts }: DraftRows): Uint16Array {
  return Uint16Array.from({ length: drafts.count }, (_, draft) =>
    drafts.word(draft, 2) >= HASHED_DRAFT ? NO_CLUSTER : drafts.word(draft, 0) & 0xffff,
  )
}

/** What the blocks weigh that have the cluster first. */
function weightByCluster(families: readonly Parts[], firstCluster: Uint16Array, clusters: number): Float64Array {
  const total = new Float64Array(clusters)
  for (const parts of families) {
    for (let i = 0; i < parts.hi.length; i++) {
      const first = firstCluster[parts.draft[i]!]!
      if (first !== NO_CLUSTER) total[first]! += parts.weight[i]!
    }
  }
  return total
}

function weightByEvidence(families: readonly Parts[], { evidence }: ProfileRows): Float64Array {
  const sums = new Float64Array(EVIDENCE_CLASSES)
  for (const { profile, weight } of families) {
    for (let i = 0; i < profile.length; i++) {
      const own = evidence[profile[i]!]!
      if (own !== NO_EVIDENCE) sums[own]! += weight[i]!
    }
  }
  return sums
}

/** The most that one range may weigh, by draft row. */
function mostWeights(clusterWeight: Float64Array, firstCluster: Uint16Array): Float64Array {
  return Float64Array.from(firstCluster, first =>
    first === NO_CLUSTER ? Number.POSITIVE_INFINITY : Math.max(ALWAYS_LIGHT, MOST_SHARE * clusterWeight[first]!),
  )
}

/** Parts `from .. to` with one draft that together weigh too much, and where they are cut. */
interface HeavyRun {
  readonly from: number
  readonly to: number
  readonly points: readonly bigint[]
}

function join(parts: Parts, limits: Float64Array): Ranges {
  const heavy: HeavyRun[] = []
  let count = 0
  eachRun(parts, (from, to, weight) => {
    count++
    const limit = limits[parts.draft[from]!]!
    if (weight <= limit) return
    const points = cutPoints(keyOf(parts, from), keyOf(parts, to), weigher(parts, from, to, weight), limit)
    heavy.push({ from, to, points })
    count += points.length - 1
  })
  const out = new RangeWriter(count, parts)
  let next = 0
  eachRun(parts, (from, to) => {
    const run = heavy[next]
    if (run?.from !== from) out.whole(from, to)
    else {
      out.pieces(run)
      next++
    }
  })
  return out.ranges
}

/**
 * Weighs pieces of the parts `from .. to`, which together weigh `weight`: what is known of a piece, and its even share of what the rest of them weighs.
 */
function weigher(parts: Parts, from: number, to: number, weight: number): Weigh {
  const [start, end] = [keyOf(parts, from), keyOf(parts, to)]
  const all = { ...knownOf(parts, start, end) }
  const unknown = Number(end - start) - all.leaves
  const perLeaf = unknown > 0 ? (weight - all.weight) / unknown : 0
  return (begin, stop) => {
    const known = knownOf(parts, begin, stop)
    return {
      weight: (Number(stop - begin) - known.leaves) * perLeaf + known.weight,
      heaviest: Math.max(known.heaviest, perLeaf),
    }
  }
}

function knownOf({ known, lo }: Parts, from: bigint, to: bigint) {
  if (lo.length === 0) return known.between(Number(from), 0, Number(to), 0)
  return known.between(Number(from >> 24n), Number(from & 0xffffffn), Number(to >> 24n), Number(to & 0xffffffn))
}

function eachRun(parts: Parts, visit: (from: number, to: number, weight: number) => void): void {
  for (let from = 0, to = 0; from < parts.hi.length; from = to) {
    const draft = parts.draft[from]!
    let weight = 0
    for (to = from; to < parts.hi.length && parts.draft[to]! === draft; to++) weight += parts.weight[to]!
    visit(from, to, weight)
  }
}

class RangeWriter {
  readonly ranges: Ranges
  readonly #parts: Parts
  readonly #sums = new Float64Array(SLOTS)
  #weight = 0
  #at = 0

  constructor(count: number, parts: Parts) {
    this.ranges = newRanges(count, parts.lo.length > 0)
    this.#parts = parts
  }

  /** One range of the parts `from .. to`. */
  whole(from: number, to: number): void {
    for (let part = from; part < to; part++) this.#gather(part, this.#parts.weight[part]!)
    this.#write(this.#parts.hi[from]!, this.#parts.lo.length > 0 ? this.#parts.lo[from]! : 0, from)
  }

  /** A range per cut point, each with what the parts contribute to it. */
  pieces({ from, to, points }: HeavyRun): void {
    const wide = this.#parts.lo.length > 0
    let part = from
    points.forEach((point, i) => {
      const end = points[i + 1] ?? keyOf(this.#parts, to)
      for (; part < to; part++) {
        const first = keyOf(this.#parts, part)
        const last = keyOf(this.#parts, part + 1)
        const weight = this.#parts.weight[part]!
        if (first >= point && last <= end) this.#gather(part, weight)
        else {
          const weigh = weigher(this.#parts, part, part + 1, weight)
          this.#gather(part, weigh(first > point ? first : point, last < end ? last : end).weight)
        }
        if (last > end) break
      }
      this.#write(Number(wide ? point >> 24n : point), wide ? Number(point & 0xffffffn) : 0, from)
    })
  }

  #gather(part: number, weight: number): void {
    this.#weight += weight
    const { profile, bins } = this.#parts
    const at = profile[part]! * SLOTS
    for (let i = 0; i < SLOTS; i++) this.#sums[i]! += weight * bins[at + i]!
  }

  /** Writes what was gathered as the range that begins at the key. */
  #write(hi: number, lo: number, part: number): void {
    const { ranges } = this
    const at = this.#at++
    ranges.hi[at] = hi
    if (ranges.lo.length > 0) ranges.lo[at] = lo
    ranges.draft[at] = this.#parts.draft[part]!
    ranges.weight[at] = this.#weight
    for (let i = 0; i < SLOTS; i++) {
      ranges.bins[at * SLOTS + i] = this.#weight > 0 ? Math.round(this.#sums[i]! / this.#weight) : 0
      this.#sums[i] = 0
    }
    this.#weight = 0
  }
}

/** Leaf key of the part's first leaf; one past the last leaf for the part past the last. */
function keyOf(parts: Parts, part: number): bigint {
  const wide = parts.lo.length > 0
  if (part === parts.hi.length) return wide ? 1n << 56n : 1n << 24n
  return wide ? (BigInt(parts.hi[part]!) << 24n) | BigInt(parts.lo[part]!) : BigInt(parts.hi[part]!)
}
