import { statSync } from 'node:fs'
import type { Deployment } from '../model/deployment.ts'
import type { ContentProblem } from '../model/planner.ts'
import type { ZoneStatus } from '../model/status.ts'
import { serviceTypes } from '../plan/service-types.ts'
import { type CompiledZones, compileZones } from '../zone/compile.ts'
import { overlaysOf } from './overlays.ts'
import { loadZones } from './zone-files.ts'

export interface ZoneTablesBuilt {
  readonly compiled: CompiledZones
  readonly statuses: readonly ZoneStatus[]
  readonly problems: readonly ContentProblem[]
}

/** Parses the zones and lays the services over them. `known`: origins by file, of zones that loaded before. Problems of zone files carry their own place, those of services a configuration path. */
export function buildZoneTables(deployment: Deployment, known: ReadonlyMap<string, string>): ZoneTablesBuilt {
  const { zones, problems } = loadZones(deployment.zones, known)
  const placed = overlaysOf(
    deployment.services,
    serviceTypes(deployment),
    zones.map(zone => zone.origin),
  )
  const compiled = compileZones(
    zones,
    placed.map(each => each.overlay),
  )
  const left = new Set(compiled.problems.flatMap(problem => problem.zone ?? []))
  const sources = deployment.zones.filter((_, index) => !left.has(index))
  return {
    compiled,
    statuses: compiled.zones.map((zone, i) => ({
      origin: zone.origin,
      file: sources[i]!.file,
      serial: zone.serial,
      records: zone.records,
      error: zone.broken,
    })),
    problems: [
      ...problems.map(problem => ({ path: '', problem })),
      ...compiled.problems.map(({ overlay, zone, message }) => {
        const path = overlay === undefined ? `zones[${zone}].file` : placed[overlay]!.path
        return contentError(path, message)
      }),
    ],
  }
}

export function contentError(path: string, message: string): ContentProblem {
  return { path, problem: { severity: 'error', file: '', line: 0, column: 0, message: `${path}: ${message}` } }
}

/** Says whether files have changed since they were read: paths, sizes and times. */
export function filesKey(files: readonly string[]): string {
  return files
    .map(file => {
      try {
        const { size, mtimeMs, ino } = statSync(file)
        return `${file} ${size} ${mtimeMs} ${ino}`
      } catch {
        return `${file} absent`
      }
    })
    .join('\n')
}
