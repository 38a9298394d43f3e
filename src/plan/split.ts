import { NO_CLUSTER, SLOTS } from '../route/tables.ts'
import { type MapRanges, newRanges, type Ranges } from './ranges.ts'

/** No range may carry more than this share of the blocks of its first cluster: what is shed or drained at once must be small. */
const MOST_SHARE = 0.01
/** But nothing below a /20 is cut: small worlds keep the wide scopes that truth allows. Leaves. */
const ALWAYS_LIGHT = 16

/** Cuts heavy ranges at their most aligned inner point, again and again, until each piece is light enough. */
export function splitRanges(merged: MapRanges, firstCluster: Uint16Array, clusters: number): MapRanges {
  const limits = lightest(merged, firstCluster, clusters)
  const limitOf = (draft: number): number => {
    const first = firstCluster[draft]!
    return first === NO_CLUSTER ? Number.POSITIVE_INFINITY : limits[first]!
  }
  return { v4: splitHeavy(merged.v4, 24n, limitOf), v6: splitHeavy(merged.v6, 56n, limitOf) }
}

/** Most weight of one range, by first cluster. */
function lightest(merged: MapRanges, firstCluster: Uint16Array, clusters: number): Float64Array {
  const total = new Float64Array(clusters)
  for (const ranges of [merged.v4, merged.v6]) {
    for (let i = 0; i < ranges.hi.length; i++) {
      const first = firstCluster[ranges.draft[i]!]!
      if (first !== NO_CLUSTER) total[first]! += ranges.weight[i]!
    }
  }
  return total.map(sum => Math.max(ALWAYS_LIGHT, MOST_SHARE * sum))
}

/** A range to be replaced by pieces, each `[first key, weight]`. */
interface Cut {
  readonly range: number
  readonly pieces: readonly (readonly [from: bigint, weight: number])[]
}

function splitHeavy(ranges: Ranges, keyBits: bigint, limitOf: (draft: number) => number): Ranges {
  const cuts: Cut[] = []
  let extra = 0
  for (let i = 0; i < ranges.hi.length; i++) {
    const limit = limitOf(ranges.draft[i]!)
    if (ranges.weight[i]! <= limit) continue
    const from = keyOf(ranges, i)
    const to = i + 1 < ranges.hi.length ? keyOf(ranges, i + 1) : 1n << keyBits
    const pieces: [bigint, number][] = []
    cut(from, to, ranges.weight[i]! / Number(to - from), limit, pieces)
    cuts.push({ range: i, pieces })
    extra += pieces.length - 1
  }
  return extra === 0 ? ranges : insertPieces(ranges, cuts, extra)
}

/** Heavy ranges are few, so that 56-bit arithmetic may cost what it costs. */
function cut(from: bigint, to: bigint, perLeaf: number, limit: number, pieces: [bigint, number][]): void {
  const weight = Number(to - from) * perLeaf
  if (weight <= limit || to - from === 1n) {
    pieces.push([from, weight])
    return
  }
  const bit = BigInt((from ^ (to - 1n)).toString(2).length - 1)
  const middle = ((to - 1n) >> bit) << bit
  cut(from, middle, perLeaf, limit, pieces)
  cut(middle, to, perLeaf, limit, pieces)
}

function insertPieces(ranges: Ranges, cuts: readonly Cut[], extra: number): Ranges {
  const out = newRanges(ranges.hi.length + extra, ranges.lo.length > 0)
  let at = 0
  const copy = (from: number, to: number): void => {
    out.hi.set(ranges.hi.subarray(from, to), at)
    if (out.lo.length > 0) out.lo.set(ranges.lo.subarray(from, to), at)
    out.draft.set(ranges.draft.subarray(from, to), at)
    out.bins.set(ranges.bins.subarray(from * SLOTS, to * SLOTS), at * SLOTS)
    out.weight.set(ranges.weight.subarray(from, to), at)
    at += to - from
  }
  let copied = 0
  for (const { range, pieces } of cuts) {
    copy(copied, range)
    copied = range + 1
    for (const [from, weight] of pieces) {
      copy(range, range + 1)
      setKey(out, at - 1, from)
      out.weight[at - 1] = weight
    }
  }
  copy(copied, ranges.hi.length)
  return out
}

function keyOf(ranges: Ranges, i: number): bigint {
  return ranges.lo.length > 0 ? (BigInt(ranges.hi[i]!) << 24n) | BigInt(ranges.lo[i]!) : BigInt(ranges.hi[i]!)
}

function setKey(ranges: Ranges, i: number, key: bigint): void {
  if (ranges.lo.length > 0) {
    ranges.hi[i] = Number(key >> 24n)
    ranges.lo[i] = Number(key & 0xffffffn)
  } else ranges.hi[i] = Number(key)
}
