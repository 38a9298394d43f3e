import { parentPort, workerData } from 'node:worker_threads'
import { nameThread } from './own-thread.ts'
import type { ZoneJob } from './zone-job.ts'
import { buildZoneTables } from './zone-tables.ts'

/** What {@link buildZonesInThread} starts this thread with. */
export interface ZoneThreadData {
  readonly job: ZoneJob
  readonly buffer: SharedArrayBuffer
}

// Entry of a thread that lives for one job: what was read and parsed goes with it, so that only the tables stay in memory.
nameThread('zones')
const { job, buffer } = workerData as ZoneThreadData
parentPort?.postMessage(buildZoneTables(job, buffer))
