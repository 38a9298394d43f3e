import { firstAddress, type Prefix, prefixOf } from '../base/prefix.ts'
import type { Problem } from '../base/problem.ts'
import type { RangeTable } from '../base/range-table.ts'
import { type Geo, openGeo } from '../geo/geo.ts'
import type { GeoSources } from '../model/deployment.ts'
import { stampOf } from './file-stamps.ts'

/** A first map need not be fine: one place per /16 and /28 takes milliseconds where a whole city database takes seconds. */
const COARSE = { v4: 16, v6: 28 }

/** Databases opened once, and what they say of every leaf, walked once. */
export class GeoTables {
  readonly geo: Geo
  readonly problems: readonly Problem[]
  readonly #key: string
  #cityRanges: RangeTable | null = null
  #asnRanges: RangeTable | null = null

  private constructor(geo: Geo, problems: readonly Problem[], key: string) {
    this.geo = geo
    this.problems = problems
    this.#key = key
  }

  /** `held` itself while its files and overrides are unchanged, else the databases opened anew. */
  static async open(sources: GeoSources, held: GeoTables | null): Promise<GeoTables> {
    const key = `${[...sources.city, ...sources.asn].map(stampOf).join('\n')}\n${JSON.stringify(sources)}`
    if (held !== null && held.#key === key) return held
    const { geo, problems } = await openGeo(sources)
    return new GeoTables(geo, problems, key)
  }

  cityRanges(coarse: boolean): RangeTable {
    if (coarse) return this.geo.cityRanges(COARSE)
    this.#cityRanges ??= this.geo.cityRanges()
    return this.#cityRanges
  }

  asnRanges(coarse: boolean): RangeTable {
    if (coarse) return this.geo.asnRanges(COARSE)
    this.#asnRanges ??= this.geo.asnRanges()
    return this.#asnRanges
  }
  /** The network of the AS database that the first address of the prefix lies in; null: none. */
  networkOf(prefix: Prefix): Prefix | null {
    const address = firstAddress(prefix)
    const found = this.geo.asn(address)
    return found === null || found.length > 64 ? null : prefixOf(address, found.length)
  }
}
