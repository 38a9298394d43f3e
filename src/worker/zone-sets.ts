import type { Arena } from '../base/arena.ts'
import type { ContentProblem, TableSet } from '../model/planner.ts'
import { areUnchanged } from './file-stamps.ts'
import { TableBuffer } from './table-buffer.ts'
import { type BuildZones, hasErrors, type ZoneJob, type ZoneReport } from './zone-job.ts'
import { ZONE_REPORT } from './zone-tables.ts'

/** Zone tables in one of the two buffers, with what is to be said of them. */
export interface BuiltZones {
  readonly set: TableSet
  readonly report: ZoneReport
}

export type ZonesRead =
  | ({ readonly kind: 'read' } & BuiltZones)
  | { readonly kind: 'refused'; readonly problems: readonly ContentProblem[] }

/**
 * The zones' tables, in two buffers of their own: a new map does not copy them, only a change of zones or of services' names writes the idle
 * one. The second exists from the first such change on.
 *
 *   zones 0  [ zones ] <---+-- map 0  [ generation 41 ]
 *   zones 1  (none yet)    +-- map 1  [ generation 42 ] <- workers
 */
export class ZoneSets {
  readonly #buffers: [TableBuffer, TableBuffer] = [new TableBuffer(), new TableBuffer()]
  readonly #reports: [ZoneReport | null, ZoneReport | null] = [null, null]
  readonly #build: BuildZones

  constructor(build: BuildZones) {
    this.#build = build
  }

  buffer(set: TableSet): TableBuffer {
    return this.#buffers[set]
  }

  /** False once the set was written over. */
  holds({ set, report }: BuiltZones): boolean {
    return this.#reports[set] === report
  }

  /**
   * Tables of the job's zones as their files are now: those that stand here already, else made anew. The set `inUse` is not touched, and stays
   * when the new tables would lose a zone that it has.
   */
  async read(job: ZoneJob, inUse: TableSet | null): Promise<ZonesRead> {
    const standing = this.#standing(job.identity, inUse ?? 0)
    if (standing === null) return this.#makeBeside(job, inUse)
    const { problems } = standing.report
    if (job.make === 'never' || (job.make === 'if-sound' && hasErrors(problems))) return { kind: 'refused', problems }
    return { kind: 'read', ...standing }
  }

  /** Reads what its buffer persisted into the idle set; a sentence when it is damaged, null when there is no such file. */
  restore(file: string, inUse: TableSet | null): BuiltZones | { readonly damaged: string } | null {
    const set = idleBeside(inUse)
    this.#reports[set] = null
    const arena = this.#buffers[set].restore(file)
    if (arena === null || 'damaged' in arena) return arena
    if (!arena.has(ZONE_REPORT)) return { damaged: `${file}: written by another version` }
    return this.#hold(set, arena)
  }

  async #makeBeside(job: ZoneJob, inUse: TableSet | null): Promise<ZonesRead> {
    const made = await this.#make(job, idleBeside(inUse))
    const former = inUse === null ? null : this.#reports[inUse]
    if (made.kind === 'refused' || inUse === null || former?.identity !== job.identity) return made
    const stale = lostZones(former, made.report)
    if (stale.length === 0) return made
    this.#reports[made.set] = null
    // What was read stands in for what the tables were made of: unchanged files are not read again, and are still wrong.
    const { files, problems } = made.report
    const report = { ...former, files, problems, stale }
    this.#reports[inUse] = report
    return { kind: 'read', set: inUse, report }
  }

  async #make(job: ZoneJob, set: TableSet): Promise<ZonesRead> {
    const former = this.#reports[set]
    // While they are being written over, and when the writer dies half-way, there are no tables here.
    this.#reports[set] = null
    const verdict = await this.#build(job, this.#buffers[set].buffer)
    if (verdict.kind === 'refused') {
      this.#reports[set] = former
      return verdict
    }
    this.#buffers[set] = new TableBuffer(verdict.buffer)
    return { kind: 'read', ...this.#hold(set, this.#buffers[set].open(false)) }
  }

  #hold(set: TableSet, arena: Arena): BuiltZones {
    const report = arena.json<ZoneReport>(ZONE_REPORT)
    this.#reports[set] = report
    return { set, report }
  }

  #standing(identity: string, first: TableSet): BuiltZones | null {
    for (const set of [first, other(first)]) {
      const report = this.#reports[set]
      if (report !== null && report.identity === identity && areUnchanged(report.files)) return { set, report }
    }
    return null
  }
}

/** A sentence for each zone that loaded once and does not any more. Both reports are of the same zones. */
function lostZones(former: ZoneReport, made: ZoneReport): string[] {
  const loaded = new Set(former.statuses.filter(zone => zone.error === null).map(zone => zone.file))
  return made.statuses
    .filter(zone => zone.error !== null && loaded.has(zone.file))
    .map(zone => `zone ${zone.origin} does not load, all zones stay as they were: ${zone.error}`)
}

export function other(set: TableSet): TableSet {
  return set === 0 ? 1 : 0
}

function idleBeside(inUse: TableSet | null): TableSet {
  return inUse === null ? 0 : other(inUse)
}
