import { ArenaWriter } from '../base/arena.ts'
import type { ContentProblem } from '../model/planner.ts'
import { compileZones } from '../zone/compile.ts'
import { overlaysOf, type PlacedOverlay } from './overlays.ts'
import { TableBuffer } from './table-buffer.ts'
import { loadZones } from './zone-files.ts'
import { hasErrors, type ZoneJob, type ZoneReport, type ZoneVerdict } from './zone-job.ts'

/** Section of an arena of zones that holds its {@link ZoneReport}. */
export const ZONE_REPORT = 'zone.report'

/**
 * Parses the zones and lays the services over them. Problems of zone files carry their own place, those of services a configuration path.
 * A million records leave some hundred megabytes of garbage behind: see `zone-thread.ts`.
 */
export function buildZoneTables(job: ZoneJob, buffer: SharedArrayBuffer): ZoneVerdict {
  const loaded = loadZones(job.zones, job.origins)
  const placed = overlaysOf(
    job.services,
    job.types,
    loaded.zones.map(zone => zone.origin),
  )
  const compiled = compileZones(
    loaded.zones,
    placed.map(each => each.overlay),
  )
  const problems = [
    ...loaded.problems.map(problem => ({ path: '', problem })),
    ...compiled.problems.map(({ overlay, zone, target, message }) =>
      contentError(overlay === undefined ? `zones[${zone}].file` : pathOf(placed[overlay]!, target), message),
    ),
  ]
  if (job.make === 'never' || (job.make === 'if-sound' && hasErrors(problems))) return { kind: 'refused', problems }
  const left = new Set(compiled.problems.flatMap(problem => problem.zone ?? []))
  const sources = job.zones.filter((_, index) => !left.has(index))
  const statuses = compiled.zones.map((zone, i) => ({
    origin: zone.origin,
    file: sources[i]!.file,
    serial: zone.serial,
    records: zone.records,
    error: zone.broken,
  }))
  const writer = new ArenaWriter()
  const report: ZoneReport = { identity: job.identity, files: loaded.files, statuses, problems }
  writer.addJson(ZONE_REPORT, report)
  compiled.sections(writer)
  const tables = new TableBuffer(buffer)
  tables.write(writer)
  return { kind: 'built', buffer: tables.buffer }
}

function pathOf({ path, targets }: PlacedOverlay, target: number | undefined): string {
  return target === undefined ? path : `${targets}[${target}].cname`
}

function contentError(path: string, message: string): ContentProblem {
  return { path, problem: { severity: 'error', file: '', line: 0, column: 0, message: `${path}: ${message}` } }
}
