import type { Deployment, ZoneSource } from '../model/deployment.ts'
import type { ContentProblem } from '../model/planner.ts'
import type { Service } from '../model/service.ts'
import type { ZoneStatus } from '../model/status.ts'
import { serviceTypes } from '../plan/service-types.ts'
import type { FileStamp } from './file-stamps.ts'

/** What zone tables are built from. Plain data, crosses to the thread that builds them. */
export interface ZoneJob {
  readonly zones: readonly ZoneSource[]
  readonly services: readonly Service[]
  /** Per service the record types it answers. */
  readonly types: readonly (readonly number[])[]
  /** Zone file -> origin it had when it last loaded. */
  readonly origins: ReadonlyMap<string, string>
  /** Equal for jobs that make the same tables of the same files. */
  readonly identity: string
  /** Whether the tables are made: however the zones are, only when nothing is wrong with them, or not at all (then the problems are what is wanted). */
  readonly make: 'anyhow' | 'if-sound' | 'never'
}

/** What was read and what is to be said of it; kept beside the tables. */
export interface ZoneReport {
  readonly identity: string
  /** Every file that was opened, or tried. */
  readonly files: readonly FileStamp[]
  readonly statuses: readonly ZoneStatus[]
  readonly problems: readonly ContentProblem[]
  /** A sentence for each zone that is served as it last loaded: its file does not load any more. */
  readonly stale?: readonly string[]
}

export type ZoneVerdict =
  | { readonly kind: 'built'; readonly buffer: SharedArrayBuffer }
  | { readonly kind: 'refused'; readonly problems: readonly ContentProblem[] }

/** Builds the tables into `buffer`, or into a larger one when they do not fit. */
export type BuildZones = (job: ZoneJob, buffer: SharedArrayBuffer) => Promise<ZoneVerdict>

export function zoneJob(deployment: Deployment, origins: ReadonlyMap<string, string>, make: ZoneJob['make']): ZoneJob {
  const { zones, services } = deployment
  const types = serviceTypes(deployment)
  const names = services.map(({ cdnName, hostnames, ttl, https, targets }) => [
    ...[cdnName, hostnames, ttl.cname, https],
    targets?.map(({ cname }) => cname),
  ])
  return { zones, services, types, origins, identity: JSON.stringify([zones, names, types]), make }
}

export function hasErrors(problems: readonly ContentProblem[]): boolean {
  return problems.some(({ problem }) => problem.severity === 'error')
}
