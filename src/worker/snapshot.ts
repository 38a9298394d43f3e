import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Arena } from '../base/arena.ts'
import type { TableSet } from '../model/planner.ts'
import type { TableBuffer } from './table-buffer.ts'
import type { BuiltZones, ZoneSets } from './zone-sets.ts'

/** Section of a map: name of the file that its zones are kept in. */
export const ZONES_FILE = 'zones'
const ZONES_FILE_NAME = /^zones-[0-9a-f]{8}-[0-9]+\.bin$/

/** What the zones' file is called: another content has another name, so that a map on disk always finds the zones it was made with. */
export function zonesFileOf({ checksum, byteLength }: Arena): string {
  return `zones-${checksum.toString(16).padStart(8, '0')}-${byteLength}.bin`
}

export type Restored =
  | { readonly kind: 'restored'; readonly map: Arena; readonly zones: BuiltZones }
  | { readonly kind: 'damaged'; readonly damaged: string }
  | { readonly kind: 'absent' }

/** The last good tables on disk: the map, written every few minutes, and beside it its zones, written when they have changed. */
export class Snapshot {
  /** The zones' file that is known to be whole. */
  #zonesKept: string | null = null

  /** Writes the map to `file` and its zones beside it, zones first: whenever the power fails, `file` finds zones that fit. */
  persist(file: string, map: TableBuffer, zones: TableBuffer): void {
    const folder = dirname(file)
    const name = zonesFileOf(zones.open(false))
    if (name !== this.#zonesKept) zones.persist(join(folder, name))
    this.#zonesKept = name
    map.persist(file)
    for (const other of readdirSync(folder))
      if (other !== name && ZONES_FILE_NAME.test(other)) rmSync(join(folder, other), { force: true })
  }

  /** Reads what {@link persist} wrote into `map` and the idle one of the zone sets. */
  restore(file: string, map: TableBuffer, zones: ZoneSets, zonesInUse: TableSet | null): Restored {
    const arena = map.restore(file)
    if (arena === null) return { kind: 'absent' }
    if ('damaged' in arena) return { kind: 'damaged', damaged: arena.damaged }
    const name = arena.has(ZONES_FILE) ? arena.json(ZONES_FILE) : null
    if (typeof name !== 'string' || !ZONES_FILE_NAME.test(name)) {
      return { kind: 'damaged', damaged: `${file}: written by another version` }
    }
    const path = join(dirname(file), name)
    const built = zones.restore(path, zonesInUse)
    if (built === null) return { kind: 'damaged', damaged: `${path}: cannot be read` }
    if ('damaged' in built) return { kind: 'damaged', damaged: built.damaged }
    if (zonesFileOf(zones.buffer(built.set).open(false)) !== name) {
      return { kind: 'damaged', damaged: `${path}: holds other zones than its name says` }
    }
    this.#zonesKept = name
    return { kind: 'restored', map: arena, zones: built }
  }
}
