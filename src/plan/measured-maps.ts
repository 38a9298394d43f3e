import type { MapGroup } from '../route/race.ts'
import { type Fallback, HASHED, ROW_SPECIAL, ROW_UNLOCATED } from '../route/tables.ts'
import { coveredParts, overlaidEvidence } from './demand-evidence.ts'
import { type DraftRows, draftRows } from './draft-rows.ts'
import type { Estimates } from './estimate/estimates.ts'
import { type FinalRanges, type FinalRows, moreRows } from './final-rows.ts'
import type { KnownDemand } from './known-demand.ts'
import { mergeRanges } from './merge.ts'
import type { Swept } from './swept.ts'
import type { World } from './world.ts'

/** Maps of a world in which no block has measurements of its own: all that deployment, geo data and the survey decide. */
export interface UnmeasuredMaps {
  readonly estimates: Estimates
  readonly swept: Swept
  readonly final: FinalRows
  /** Per map, by cluster: leaves of the blocks that have it first. */
  readonly clusterWeights: readonly Float64Array[]
  /** Per map, by class of evidence: leaves; and the class of each profile. */
  readonly evidence: readonly Float64Array[]
  readonly profileEvidence: readonly Uint8Array[]
  /** Per map. */
  readonly fallbacks: readonly Fallback[]
}

/**
 * Lays what is measured over the unmeasured maps: only measured blocks are ranked, everything around them is copied, so that new measurements
 * take effect in a fraction of the time that the maps of a city database take to compile.
 *
 *   unmeasured   |   row 1    |        row 2        | row 3 |
 *   measured           | row 9 |   gap   | row 8 |
 *   map          | r 1 | row 9 |  row 2  | row 8 |r2| row 3 |
 */
export function measureMaps(world: World, groups: readonly MapGroup[], swept: Swept, base: UnmeasuredMaps) {
  const measured = measuredParts(swept, base.swept.profiles.count)
  if (measured === null) return { final: base.final, evidence: base.evidence, distrusted: 0, anycast: 0 }
  const drafts = draftRows(world, swept.profiles, groups, base.swept.profiles.count)
  const clusters = world.sites.clusters.length
  const ranges = drafts.maps.map((rows, g) =>
    mergeRanges(measured, rows, drafts, clusters, world.demand, base.clusterWeights[g]),
  )
  const more = moreRows(world.sites, drafts, ranges, base.final)
  const gap = gapRow(more, drafts)
  const maps = more.maps.map((ranges, g) => splice(base.final.maps[g]!, ranges, gap, more, world.demand))
  const covered = coveredParts(swept, base.swept, world.demand)
  const evidence = ranges.map((map, g) =>
    overlaidEvidence(base.evidence[g]!, base.profileEvidence[g]!, map.evidence, covered),
  )
  return { final: { ...more, maps }, evidence, distrusted: drafts.distrusted, anycast: drafts.anycast }
}

/** The measured parts of the space; what lies between two of them is one part, with profile 0. null: nothing is measured. */
function measuredParts(swept: Swept, unmeasured: number): Swept | null {
  const four = gather(swept.starts4, NONE, swept.profile4, unmeasured)
  const six = gather(swept.hi6, swept.lo6, swept.profile6, unmeasured)
  if (four.profile.length === 1 && six.profile.length === 1 && four.profile[0] === 0 && six.profile[0] === 0)
    return null
  return {
    profiles: swept.profiles,
    starts4: four.hi,
    profile4: four.profile,
    hi6: six.hi,
    lo6: six.lo,
    profile6: six.profile,
  }
}

const NONE = new Uint32Array(0)

function gather(hi: Uint32Array, lo: Uint32Array, profile: Uint32Array, unmeasured: number) {
  const local = (i: number): number => (profile[i]! < unmeasured ? 0 : profile[i]! - unmeasured + 1)
  let count = 0
  for (let i = 0, last = -1; i < profile.length; i++) {
    const number = local(i)
    if (number !== 0 || last !== 0) count++
    last = number
  }
  const out = {
    hi: new Uint32Array(count),
    lo: new Uint32Array(lo.length > 0 ? count : 0),
    profile: new Uint32Array(count),
  }
  for (let i = 0, at = 0, last = -1; i < profile.length; i++) {
    const number = local(i)
    if (number !== 0 || last !== 0) {
      out.hi[at] = hi[i]!
      if (lo.length > 0) out.lo[at] = lo[i]!
      out.profile[at++] = number
    }
    last = number
  }
  return out
}

/** Row of the gaps: the only one without slots that is flagged special, since what is measured is somebody's. */
function gapRow({ rows }: FinalRows, { drafts, gap }: DraftRows): number {
  const tuple = Uint32Array.of(drafts.word(gap, 0), drafts.word(gap, 1), ALL_LAST, ROW_SPECIAL)
  return rows.number(tuple)
}
const ALL_LAST = 0xffffffff

/** Words of a row but its ranks: slots and flags. */
const SAME_CHOICE = [0, 1, 3]

function splice(
  base: FinalRanges,
  measured: FinalRanges,
  gap: number,
  more: FinalRows,
  demand: KnownDemand,
): FinalRanges {
  const located = (row: number): boolean => (more.rows.word(row, 3) & ROW_UNLOCATED) === 0
  const alike = (a: number, b: number): boolean =>
    a === b ||
    (a < HASHED && b < HASHED && SAME_CHOICE.every(word => more.rows.word(a, word) === more.rows.word(b, word)))
  const take = (row: number, leaves: number): void => {
    if (row < HASHED) more.weight[row] = Math.max(0, more.weight[row]! - leaves)
  }
  const four = lay(
    { hi: base.starts4, lo: NONE, rows: base.rows4 },
    { hi: measured.starts4, lo: NONE, rows: measured.rows4 },
    gap,
    alike,
    (row, hi, _lo, endHi) => take(row, row < HASHED ? demand.weight4(hi, Math.min(endHi, 2 ** 24), located(row)) : 0),
  )
  const six = lay(
    { hi: base.hi6, lo: base.lo6, rows: base.rows6 },
    { hi: measured.hi6, lo: measured.lo6, rows: measured.rows6 },
    gap,
    alike,
    (row, hi, lo, endHi, endLo) => take(row, row < HASHED ? demand.weight6(hi, lo, endHi, endLo, located(row)) : 0),
  )
  return { starts4: four.hi, rows4: four.rows, hi6: six.hi, lo6: six.lo, rows6: six.rows }
}

/** Ranges of one family with their rows; `lo` is empty for IPv4. */
interface Rows {
  readonly hi: Uint32Array
  readonly lo: Uint32Array
  readonly rows: Uint32Array
}

type Covered = (row: number, hi: number, lo: number, endHi: number, endLo: number) => void

/** `alike`: rows that choose the same clusters. A measured block that is sent where its neighbours are needs no range of its own. */
function lay(
  base: Rows,
  measured: Rows,
  gap: number,
  alike: (a: number, b: number) => boolean,
  covered: Covered,
): Rows {
  const wide = base.lo.length > 0
  const most = base.rows.length + 2 * measured.rows.length
  const out = { hi: new Uint32Array(most), lo: new Uint32Array(wide ? most : 0), rows: new Uint32Array(most) }
  let count = 0
  const push = (hi: number, lo: number, row: number, mayJoin: boolean): void => {
    if (mayJoin && count > 0 && alike(out.rows[count - 1]!, row)) return
    out.hi[count] = hi
    if (wide) out.lo[count] = lo
    out.rows[count++] = row
  }
  const end = (rows: Rows, i: number): [hi: number, lo: number] =>
    i < rows.rows.length ? [rows.hi[i]!, wide ? rows.lo[i]! : 0] : [wide ? 2 ** 32 : 2 ** 24, 0]
  let at = 0
  for (let i = 0; i < measured.rows.length; i++) {
    const [hi, lo] = end(measured, i)
    const [endHi, endLo] = end(measured, i + 1)
    const isGap = measured.rows[i] === gap
    const from = at
    while (at < base.rows.length && isBefore(base, at, wide, endHi, endLo)) at++
    // Base ranges `from .. at` begin inside this span; the one before them reaches into it unless it begins with it.
    const reaching = from < at && base.hi[from] === hi && (!wide || base.lo[from] === lo) ? from : from - 1
    if (isGap) {
      push(hi, lo, base.rows[reaching]!, true)
      const next = reaching + 1
      out.hi.set(base.hi.subarray(next, at), count)
      if (wide) out.lo.set(base.lo.subarray(next, at), count)
      out.rows.set(base.rows.subarray(next, at), count)
      count += at - next
    } else {
      // Two measured pieces with one row were cut apart because they weigh too much together.
      push(hi, lo, measured.rows[i]!, i === 0 || measured.rows[i - 1] === gap)
      for (let b = reaching; b < at; b++) {
        const [startHi, startLo] = b === reaching ? [hi, lo] : end(base, b)
        const [stopHi, stopLo] = b + 1 < at ? end(base, b + 1) : [endHi, endLo]
        covered(base.rows[b]!, startHi, startLo, stopHi, stopLo)
      }
    }
  }
  return { hi: out.hi.slice(0, count), lo: out.lo.slice(0, wide ? count : 0), rows: out.rows.slice(0, count) }
}

function isBefore({ hi, lo }: Rows, i: number, wide: boolean, keyHi: number, keyLo: number): boolean {
  return hi[i]! < keyHi || (wide && hi[i] === keyHi && lo[i]! < keyLo)
}
