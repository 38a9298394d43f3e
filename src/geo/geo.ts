import { createHash } from 'node:crypto'
import type { Millis } from '../base/brand.ts'
import type { AddressBytes } from '../base/ip.ts'
import type { Problem } from '../base/problem.ts'
import type { RangeTable } from '../base/range-table.ts'
import type { GeoSources, Override } from '../model/deployment.ts'
import type { Place } from '../model/place.ts'
import { Database, openDatabase } from './database.ts'
import { firstKnown } from './first-known.ts'
import { PlacePool } from './place-pool.ts'
import { type Network, networkOf, placeOf } from './record.ts'
import { RecordMemo } from './record-memo.ts'
import { type Depths, walkRanges } from './walk.ts'

export type { Depths } from './walk.ts'

/** A file in use, for status and metrics. */
export interface GeoFile {
  /** File name without folders. */
  readonly name: string
  /** `GeoLite2-City`, as the file says. */
  readonly type: string
  /** When its data were made; 0 where the file does not say. */
  readonly built: Millis
}

/** What the databases say about addresses. Synchronous and without exceptions: a corrupt record is an unknown place. */
export interface Geo {
  /** 16 hex digits that name the data (kinds, sizes, build dates): equal on all machines with equal files. */
  readonly hash: string
  readonly files: { readonly city: readonly GeoFile[]; readonly asn: readonly GeoFile[] }
  /** What {@link cityRanges} numbers; index 0 means unknown. Grows with the first walk, never changes otherwise. */
  readonly places: readonly Place[]
  readonly overrides: readonly Override[]
  /** Corrupt records met so far, a tree that leads in circles included. */
  readonly faults: number
  /** Every leaf's place as an index into {@link places}, 0 = unknown. With `maxDepth` a coarse sketch (see walk.ts). */
  cityRanges(maxDepth?: Depths): RangeTable
  /** Every leaf's autonomous system number, 0 = unknown. */
  asnRanges(maxDepth?: Depths): RangeTable
  /** `length`: of the database's network, 0..32 or 0..128, which may be finer than a leaf. */
  locate(address: AddressBytes): { readonly place: Place; readonly length: number } | null
  asn(address: AddressBytes): (Network & { readonly length: number }) | null
}

type Kind = 'city' | 'asn'

/**
 * Opens every database. One that cannot be used is a problem and is left out; `geo` works with what is left, down to nothing.
 * Of several files of one kind the first that knows an address answers.
 */
export async function openGeo(sources: GeoSources): Promise<{ geo: Geo; problems: Problem[] }> {
  const city = await Promise.all(sources.city.map(file => openKind(file, 'city')))
  const asn = await Promise.all(sources.asn.map(file => openKind(file, 'asn')))
  const usable = (opened: readonly (Database | Problem)[]) => opened.filter(one => one instanceof Database)
  const problems = [...city, ...asn].flatMap(one => (one instanceof Database ? [] : [one]))
  return { geo: new Databases({ city: usable(city), asn: usable(asn) }, sources.overrides), problems }
}

async function openKind(file: string, kind: Kind): Promise<Database | Problem> {
  const verdict = await openDatabase(file)
  const reason = verdict.kind === 'bad' ? verdict.reason : whyWrongKind(verdict.database, kind)
  if (verdict.kind === 'ok' && reason === null) return verdict.database
  return { severity: 'error', file, line: 0, column: 0, message: `geo.${kind}: ${reason}` }
}

const SAMPLES = 64

/** A file may be sound and yet hold something else: asks a sample of its records. */
function whyWrongKind(database: Database, kind: Kind): string | null {
  const samples = database.sample(SAMPLES)
  if (samples.length === 0) return 'holds no networks; fetch it again'
  const found = samples.map(({ address }) => database.lookup(address)).filter(found => found !== null)
  const answers = (of: (record: unknown) => unknown) => found.some(({ record }) => of(record) !== null)
  if (answers(kind === 'city' ? record => placeOf(record, '') : networkOf)) return null
  const type = `a database of type "${database.type}"`
  if (found.length === 0) return `no record of ${samples.length} can be read; the file is damaged, fetch it again`
  if (kind === 'city') {
    const swapped = answers(networkOf) ? '; it has networks: list it under geo.asn' : ''
    return `${type} without countries or coordinates; legal: City or Country in the schema of GeoIP2, DB-IP or flat${swapped}`
  }
  const swapped = answers(record => placeOf(record, '')) ? '; it has places: list it under geo.city' : ''
  return `${type} without AS numbers; legal: ASN in the schema of GeoIP2, DB-IP or flat${swapped}`
}

class Databases implements Geo {
  readonly hash: string
  readonly overrides: readonly Override[]
  readonly #databases: Readonly<Record<Kind, readonly Database[]>>
  readonly #pool = new PlacePool()
  /** Databases whose tree leads in circles. */
  readonly #circular = new Set<Database>()

  constructor(databases: Readonly<Record<Kind, readonly Database[]>>, overrides: readonly Override[]) {
    this.#databases = databases
    this.overrides = overrides
    this.hash = hashOf(databases)
  }

  get files(): Geo['files'] {
    return this.#databases
  }

  get places(): readonly Place[] {
    return this.#pool.places
  }

  get faults(): number {
    const { city, asn } = this.#databases
    return [...city, ...asn].reduce((sum, database) => sum + database.faults, this.#circular.size)
  }

  cityRanges(maxDepth?: Depths): RangeTable {
    return this.#ranges('city', maxDepth, (record, from) => {
      const place = placeOf(record, from)
      return place === null ? 0 : this.#pool.intern(place)
    })
  }

  asnRanges(maxDepth?: Depths): RangeTable {
    return this.#ranges('asn', maxDepth, record => networkOf(record)?.asn ?? 0)
  }

  locate(address: AddressBytes): { place: Place; length: number } | null {
    for (const database of this.#databases.city) {
      const found = database.lookup(address)
      const place = found === null ? null : placeOf(found.record, database.name)
      if (found !== null && place !== null) return { place, length: found.length }
    }
    return null
  }

  asn(address: AddressBytes): (Network & { length: number }) | null {
    for (const database of this.#databases.asn) {
      const found = database.lookup(address)
      const network = found === null ? null : networkOf(found.record)
      if (found !== null && network !== null) return { ...network, length: found.length }
    }
    return null
  }

  #ranges(kind: Kind, maxDepth: Depths | undefined, read: (record: unknown, from: string) => number): RangeTable {
    const tables = this.#databases[kind].map(database => {
      const memo = new RecordMemo()
      const walk = walkRanges(
        database.tree,
        (record, address) => {
          const known = memo.get(record)
          if (known >= 0) return known
          const value = read(database.decode(record, address()), database.name)
          memo.add(record, value)
          return value
        },
        maxDepth,
      )
      if (walk.circular) this.#circular.add(database)
      return walk.ranges
    })
    return firstKnown(tables)
  }
}

function hashOf(databases: Readonly<Record<Kind, readonly Database[]>>): string {
  const name = (database: Database) => [database.type, database.byteLength, database.built]
  const identity = [databases.city.map(name), databases.asn.map(name)]
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16)
}
