import { Worker } from 'node:worker_threads'
import type { ZoneJob, ZoneVerdict } from './zone-job.ts'
import type { ZoneThreadData } from './zone-thread.ts'

/** Room for a zone of some ten million records. */
const HEAP_MB = 8192
const ENTRY = new URL('./zone-thread.js', import.meta.url)

/** Builds zone tables in a thread of their own, which is gone when this resolves; rejects when it dies of the zones. `entry`: its script. */
export function buildZonesInThread(job: ZoneJob, buffer: SharedArrayBuffer, entry = ENTRY): Promise<ZoneVerdict> {
  return new Promise((resolve, reject) => {
    const workerData: ZoneThreadData = { job, buffer }
    const thread = new Worker(entry, { name: 'zones', workerData, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } })
    let verdict: ZoneVerdict | null = null
    let reason = ''
    thread.on('message', (message: ZoneVerdict) => {
      verdict = message
    })
    thread.on('error', error => {
      reason = error.message
    })
    // Only when the thread is gone has its memory been given back.
    thread.on('exit', code => {
      if (verdict === null) reject(new Error(`the zones could not be read: ${reason || `exit code ${code}`}`))
      else resolve(verdict)
    })
  })
}
