import { type RangeTable, rangeIndex4, rangeIndex6 } from '../base/range-table.ts'
import type { TupleNumbers } from '../base/tuples.ts'
import type { Swept } from './swept.ts'
import { PROFILE, PROFILE_WIDTH } from './world.ts'

/** A swept space of one family: range `i` begins at leaf key (`hi[i]`, `lo[i]`); IPv4 has no `lo`. */
interface Ranges {
  readonly hi: Uint32Array
  readonly lo: Uint32Array
  readonly profile: Uint32Array
}

/**
 * Lays measured prefixes over a swept space. Spans without measurements, nearly all of it, are copied whole, so that new measurements cost
 * what they are many, and not what the geo data are large.
 */
export function overlayMeasured(swept: Swept, measured: RangeTable): Swept {
  const profiles = swept.profiles.copy()
  const four = overlay(
    { hi: swept.starts4, lo: EMPTY, profile: swept.profile4 },
    measured.v4.starts,
    EMPTY,
    measured.v4.values,
    profiles,
  )
  const six = overlay(
    { hi: swept.hi6, lo: swept.lo6, profile: swept.profile6 },
    measured.v6.hi,
    measured.v6.lo,
    measured.v6.values,
    profiles,
  )
  return { profiles, starts4: four.hi, profile4: four.profile, hi6: six.hi, lo6: six.lo, profile6: six.profile }
}

const EMPTY = new Uint32Array(0)

function overlay(base: Ranges, hi: Uint32Array, lo: Uint32Array, values: Uint32Array, profiles: TupleNumbers): Ranges {
  if (values.length === 1 && values[0] === 0) return base
  const wide = base.lo.length > 0
  const most = base.hi.length + values.length
  const out = { hi: new Uint32Array(most), lo: new Uint32Array(wide ? most : 0), profile: new Uint32Array(most) }
  const withEvidence = measuredProfiles(profiles)
  let count = 0
  for (let i = 0; i < values.length; i++) {
    const last = i + 1 === values.length
    const first = indexOf(base, hi[i]!, lo[i] ?? 0)
    const end = last ? base.hi.length : firstFrom(base, hi[i + 1]!, lo[i + 1] ?? 0)
    // The range that the measured span begins in is cut there.
    out.hi[count] = hi[i]!
    if (wide) out.lo[count] = lo[i]!
    out.hi.set(base.hi.subarray(first + 1, end), count + 1)
    if (wide) out.lo.set(base.lo.subarray(first + 1, end), count + 1)
    out.profile.set(base.profile.subarray(first, end), count)
    const next = count + end - first
    if (values[i] !== 0) {
      for (let at = count; at < next; at++) out.profile[at] = withEvidence(out.profile[at]!, values[i]!)
    }
    count = next
  }
  return { hi: out.hi.slice(0, count), lo: out.lo.slice(0, wide ? count : 0), profile: out.profile.slice(0, count) }
}

/** The number of a profile once a block of it is measured: then it is somebody's, special-purpose or not (ROUTING section 1). */
function measuredProfiles(profiles: TupleNumbers): (profile: number, evidence: number) => number {
  const tuple = new Uint32Array(PROFILE_WIDTH)
  return (profile, evidence) => {
    for (let column = 0; column < PROFILE_WIDTH; column++) tuple[column] = profiles.word(profile, column)
    tuple[PROFILE.measured] = evidence
    tuple[PROFILE.special] = 0
    return profiles.number(tuple)
  }
}

/** Index of the range that holds the key. */
function indexOf({ hi, lo }: Ranges, keyHi: number, keyLo: number): number {
  return lo.length > 0 ? rangeIndex6(hi, lo, keyHi, keyLo) : rangeIndex4(hi, keyHi)
}

/** Index of the first range that begins at the key or behind it. */
function firstFrom(ranges: Ranges, keyHi: number, keyLo: number): number {
  const at = indexOf(ranges, keyHi, keyLo)
  return ranges.hi[at] === keyHi && (ranges.lo[at] ?? 0) === keyLo ? at : at + 1
}
