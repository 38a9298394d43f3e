import { availableParallelism, cpus, loadavg, release } from 'node:os'

/** Cores, processor, kernel, Node. */
export function machine(): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `${availableParallelism()} cores (${processor}), ${process.platform} ${release()}, Node ${process.version}`
}

/** Load average of the last minute: who reads a table wants to know whether the machine was quiet. */
export const load = (): string => loadavg()[0]!.toFixed(1)

export const today = (): string => new Date().toISOString().slice(0, 10)
