import { type RangeTable, rangesOfPrefixes } from '../base/range-table.ts'
import { TupleNumbers } from '../base/tuples.ts'
import { overlayMeasured } from './sweep-measured.ts'
import type { Swept } from './swept.ts'
import { PROFILE_WIDTH, type ProfileRules, profileOf, SOURCE, type World } from './world.ts'

const END4 = 0x1000000
const END6 = 2 ** 32

/**
 * Walks all sources side by side, once: linear in the number of ranges they have together. `unmeasured` is the result without measurements of
 * an earlier sweep of the same other sources: then only the measured prefixes are laid over it.
 */
export function sweep(world: World, unmeasured: Swept = sweepUnmeasured(world)): Swept {
  return overlayMeasured(unmeasured, world.sources[SOURCE.measured]!)
}

/** The same as if nothing had been measured: what stays when only measurements change. */
export function sweepUnmeasured(world: World): Swept {
  const profiles = new TupleNumbers(PROFILE_WIDTH, 4096)
  const sources = world.sources.map((source, s) => (s === SOURCE.measured ? NOTHING : source))
  return { profiles, ...sweep4(world, sources, profiles), ...sweep6(world, sources, profiles) }
}

const NOTHING: RangeTable = rangesOfPrefixes([])

function sweep4(
  rules: ProfileRules,
  sources: readonly RangeTable[],
  profiles: TupleNumbers,
): Pick<Swept, 'starts4' | 'profile4'> {
  const tables = sources.map(source => source.v4)
  const cursor = new Uint32Array(tables.length)
  const values = Uint32Array.from(tables, table => table.values[0]!)
  const profile = new Uint32Array(PROFILE_WIDTH)
  const most = tables.reduce((sum, table) => sum + table.starts.length, 0)
  const starts4 = new Uint32Array(most)
  const profile4 = new Uint32Array(most)
  let count = 0
  for (let start = 0; start < END4; ) {
    profileOf(rules, values, profile)
    const number = profiles.number(profile)
    if (count === 0 || profile4[count - 1] !== number) {
      starts4[count] = start
      profile4[count++] = number
    }
    let next = END4
    for (let s = 0; s < tables.length; s++) {
      const candidate = tables[s]!.starts[cursor[s]! + 1]
      if (candidate !== undefined && candidate < next) next = candidate
    }
    for (let s = 0; s < tables.length; s++) {
      const table = tables[s]!
      if (table.starts[cursor[s]! + 1] === next) values[s] = table.values[++cursor[s]!]!
    }
    start = next
  }
  return { starts4: starts4.slice(0, count), profile4: profile4.slice(0, count) }
}

function sweep6(
  rules: ProfileRules,
  sources: readonly RangeTable[],
  profiles: TupleNumbers,
): Pick<Swept, 'hi6' | 'lo6' | 'profile6'> {
  const tables = sources.map(source => source.v6)
  const cursor = new Uint32Array(tables.length)
  const values = Uint32Array.from(tables, table => table.values[0]!)
  const profile = new Uint32Array(PROFILE_WIDTH)
  const most = tables.reduce((sum, table) => sum + table.hi.length, 0)
  const out = { hi6: new Uint32Array(most), lo6: new Uint32Array(most), profile6: new Uint32Array(most) }
  let count = 0
  for (let hi = 0, lo = 0; hi < END6; ) {
    profileOf(rules, values, profile)
    const number = profiles.number(profile)
    if (count === 0 || out.profile6[count - 1] !== number) {
      out.hi6[count] = hi
      out.lo6[count] = lo
      out.profile6[count++] = number
    }
    let nextHi = END6
    let nextLo = 0
    for (let s = 0; s < tables.length; s++) {
      const table = tables[s]!
      const at = cursor[s]! + 1
      if (at >= table.hi.length) continue
      const [h, l] = [table.hi[at]!, table.lo[at]!]
      if (h < nextHi || (h === nextHi && l < nextLo)) {
        nextHi = h
        nextLo = l
      }
    }
    for (let s = 0; s < tables.length; s++) {
      const table = tables[s]!
      const at = cursor[s]! + 1
      if (table.hi[at] === nextHi && table.lo[at] === nextLo) {
        cursor[s] = at
        values[s] = table.values[at]!
      }
    }
    hi = nextHi
    lo = nextLo
  }
  const { hi6, lo6, profile6 } = out
  return { hi6: hi6.slice(0, count), lo6: lo6.slice(0, count), profile6: profile6.slice(0, count) }
}
