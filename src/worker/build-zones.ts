import { readFileSync, statSync } from 'node:fs'
import { buildZonesInThread } from './build-zones-in-thread.ts'
import type { BuildZones, ZoneJob, ZoneVerdict } from './zone-job.ts'
import { buildZoneTables } from './zone-tables.ts'

/** Zone files of at most so many octets together are read at once: a thread costs some 60 ms, their garbage a few megabytes. */
const SMALL_OCTETS = 1 << 20

/** Builds zone tables: large ones `inThread`, small ones here. Nobody knows how large one is that reads other files or makes records. */
export async function buildZones(
  job: ZoneJob,
  buffer: SharedArrayBuffer,
  inThread: BuildZones = buildZonesInThread,
): Promise<ZoneVerdict> {
  return octetsOf(job) > SMALL_OCTETS || job.zones.some(({ file }) => grows(file))
    ? inThread(job, buffer)
    : buildZoneTables(job, buffer)
}

function octetsOf({ zones }: ZoneJob): number {
  return zones.reduce((sum, { file }) => sum + sizeOf(file), 0)
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch {
    // Who reads it will say so.
    return 0
  }
}

function grows(file: string): boolean {
  try {
    return /^\$(INCLUDE|GENERATE)\s/im.test(readFileSync(file, 'latin1'))
  } catch {
    return false
  }
}
