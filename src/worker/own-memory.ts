import { getHeapStatistics } from 'node:v8'
import { writeGauges } from '../model/gauges.ts'

const MEMORY_INTERVAL_MS = 1_000

/** Writes the memory of this thread into its gauges; some microseconds. */
export function reportMemory(gauges: Float64Array): void {
  const { used_heap_size, total_heap_size, external_memory, malloced_memory } = getHeapStatistics()
  writeGauges(gauges, {
    heapUsed: used_heap_size,
    heapTotal: total_heap_size,
    external: external_memory + malloced_memory,
  })
}

/** The same every second, for a thread with an event loop. */
export function keepReportingMemory(gauges: Float64Array): void {
  reportMemory(gauges)
  setInterval(() => reportMemory(gauges), MEMORY_INTERVAL_MS).unref()
}
