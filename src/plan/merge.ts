import { NO_CLUSTER, ROW_SPECIAL, ROW_UNLOCATED, SLOTS } from '../route/tables.ts'
import { type DraftRows, HASHED_DRAFT, type ProfileRows } from './draft-rows.ts'
import { type MapRanges, newRanges, type Ranges } from './ranges.ts'
import type { Swept } from './sweep.ts'
import { leaves6, weight4, weight6 } from './weight.ts'

/** Joins neighbours with the same draft row; the regret of what is joined is the mean of its parts, by weight. */
export function mergeRanges(swept: Swept, rows: ProfileRows, { drafts }: DraftRows): MapRanges {
  const { starts4, profile4, hi6, lo6, profile6 } = swept
  const flags = drafts.column(2)
  const v4 = join(starts4, EMPTY, profile4, rows, i => {
    const flag = flags[rows.drafts[profile4[i]!]!]!
    if ((flag & ROW_SPECIAL) !== 0) return 0
    const end = i + 1 < starts4.length ? starts4[i + 1]! : 0x1000000
    return weight4(starts4[i]!, end, (flag & ROW_UNLOCATED) === 0)
  })
  const v6 = join(hi6, lo6, profile6, rows, i => {
    const flag = flags[rows.drafts[profile6[i]!]!]!
    if ((flag & ROW_SPECIAL) !== 0) return 0
    const last = i + 1 === hi6.length
    const leaves = leaves6(hi6[i]!, lo6[i]!, last ? 2 ** 32 : hi6[i + 1]!, last ? 0 : lo6[i + 1]!)
    return weight6(leaves, (flag & ROW_UNLOCATED) === 0)
  })
  return { v4, v6 }
}

const EMPTY = new Uint32Array(0)

function join(
  hi: Uint32Array,
  lo: Uint32Array,
  profile: Uint32Array,
  rows: ProfileRows,
  weightOf: (i: number) => number,
): Ranges {
  const out = newRanges(countRuns(profile, rows.drafts), lo.length > 0)
  const sums = new Float64Array(SLOTS)
  for (let first = 0, end = 0, at = 0; first < hi.length; first = end, at++) {
    const draft = rows.drafts[profile[first]!]!
    let weight = 0
    sums.fill(0)
    for (end = first; end < hi.length && rows.drafts[profile[end]!] === draft; end++) {
      const part = weightOf(end)
      weight += part
      for (let i = 0; i < SLOTS; i++) sums[i]! += part * rows.bins[profile[end]! * SLOTS + i]!
    }
    out.hi[at] = hi[first]!
    if (lo.length > 0) out.lo[at] = lo[first]!
    out.draft[at] = draft
    out.weight[at] = weight
    for (let i = 0; i < SLOTS; i++) out.bins[at * SLOTS + i] = weight > 0 ? Math.round(sums[i]! / weight) : 0
  }
  return out
}

function countRuns(profile: Uint32Array, drafts: Uint32Array): number {
  let runs = 0
  for (let i = 0, last = -1; i < profile.length; i++) {
    const draft = drafts[profile[i]!]!
    if (draft !== last) runs++
    last = draft
  }
  return runs
}

/** First cluster of each draft; NO_CLUSTER for drafts without slots and for hashed ones, which are spread already. */
export function firstClusters({ drafts }: DraftRows): Uint16Array {
  return Uint16Array.from({ length: drafts.count }, (_, draft) =>
    drafts.word(draft, 2) >= HASHED_DRAFT ? NO_CLUSTER : drafts.word(draft, 0) & 0xffff,
  )
}
