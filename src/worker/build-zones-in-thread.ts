import { Worker } from 'node:worker_threads'
import type { BuildZones, ZoneVerdict } from './zone-job.ts'
import type { ZoneThreadData } from './zone-thread.ts'

/** Room for a zone of some ten million records. */
const HEAP_MB = 8192
const ENTRY = new URL('./zone-thread.js', import.meta.url)

/** Builds zone tables in a thread of their own; rejects when it dies of the zones. */
export const buildZonesInThread: BuildZones = (job, buffer) =>
  new Promise((resolve, reject) => {
    const workerData: ZoneThreadData = { job, buffer }
    const thread = new Worker(ENTRY, {
      name: 'zones',
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    let verdict: ZoneVerdict | null = null
    thread.on('message', (message: ZoneVerdict) => {
      verdict = message
    })
    thread.on('error', error => reject(new Error(`the zones could not be read: ${error.message}`)))
    // Only when the thread is gone has its memory been given back.
    thread.on('exit', code => {
      if (verdict === null) reject(new Error(`the zones could not be read: exit code ${code}`))
      else resolve(verdict)
    })
  })
