import { NO_CLUSTER, SLOTS } from '../route/tables.ts'
import { GrowingRanges } from './growing-ranges.ts'
import type { MergedRanges } from './merge.ts'
import { leaves6 } from './weight.ts'

/** No range may carry more than this share of the blocks of its first cluster: what is shed or drained at once must be small. */
const MOST_SHARE = 0.01
/** But nothing below a /20 is cut: small worlds keep the wide scopes that truth allows. Leaves. */
const ALWAYS_LIGHT = 16

/** Cuts heavy ranges at their most aligned inner point, again and again, until each piece is light enough. */
export function splitRanges(merged: MergedRanges, firstCluster: Uint16Array, clusters: number): MergedRanges {
  const total = new Float64Array(clusters)
  for (const ranges of [merged.v4, merged.v6]) {
    for (let i = 0; i < ranges.count; i++) {
      const first = firstCluster[ranges.draft[i]!]!
      if (first !== NO_CLUSTER) total[first]! += ranges.weight[i]!
    }
  }
  const limitOf = (draft: number): number => {
    const first = firstCluster[draft]!
    return first === NO_CLUSTER ? Number.POSITIVE_INFINITY : Math.max(ALWAYS_LIGHT, MOST_SHARE * total[first]!)
  }
  return { v4: split4(merged.v4, limitOf), v6: split6(merged.v6, limitOf) }
}

function split4(ranges: GrowingRanges, limitOf: (draft: number) => number): GrowingRanges {
  const out = new GrowingRanges(false)
  for (let i = 0; i < ranges.count; i++) {
    const draft = ranges.draft[i]!
    const bins = ranges.bins.subarray(i * SLOTS, i * SLOTS + SLOTS)
    const start = ranges.hi[i]!
    const end = i + 1 < ranges.count ? ranges.hi[i + 1]! : 0x1000000
    const weight = ranges.weight[i]!
    const limit = limitOf(draft)
    const cut = (from: number, to: number): void => {
      const share = (weight * (to - from)) / (end - start)
      if (share <= limit || to - from === 1) {
        out.push(from, 0, draft, bins, share)
        return
      }
      const bit = 31 - Math.clz32(from ^ (to - 1))
      const middle = ((to - 1) >>> bit) << bit
      cut(from, middle)
      cut(middle, to)
    }
    cut(start, end)
  }
  return out
}

function split6(ranges: GrowingRanges, limitOf: (draft: number) => number): GrowingRanges {
  const out = new GrowingRanges(true)
  for (let i = 0; i < ranges.count; i++) {
    const draft = ranges.draft[i]!
    const bins = ranges.bins.subarray(i * SLOTS, i * SLOTS + SLOTS)
    const [hi, lo, weight, limit] = [ranges.hi[i]!, ranges.lo[i]!, ranges.weight[i]!, limitOf(draft)]
    if (weight <= limit) {
      out.push(hi, lo, draft, bins, weight)
      continue
    }
    const last = i + 1 === ranges.count
    const [endHi, endLo] = last ? [2 ** 32, 0] : [ranges.hi[i + 1]!, ranges.lo[i + 1]!]
    const perLeaf = weight / leaves6(hi, lo, endHi, endLo)
    cut6(key6(hi, lo), key6(endHi, endLo), perLeaf, limit, (from, share) =>
      out.push(Number(from >> 24n), Number(from & 0xffffffn), draft, bins, share),
    )
  }
  return out
}

/** Rare, so that 56-bit arithmetic may cost what it costs. */
function cut6(
  from: bigint,
  to: bigint,
  perLeaf: number,
  limit: number,
  push: (from: bigint, share: number) => void,
): void {
  const share = Number(to - from) * perLeaf
  if (share <= limit || to - from === 1n) {
    push(from, share)
    return
  }
  const bit = BigInt((from ^ (to - 1n)).toString(2).length - 1)
  const middle = ((to - 1n) >> bit) << bit
  cut6(from, middle, perLeaf, limit, push)
  cut6(middle, to, perLeaf, limit, push)
}

const key6 = (hi: number, lo: number): bigint => (BigInt(hi) << 24n) | BigInt(lo)
