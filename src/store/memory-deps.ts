import type { Clock } from '../base/clock.ts'

/** About 1 GB of heap, and as much again in the planner; more than this is a case for Redis. */
export const MAX_ROWS = 2_000_000

/** What the embedded store is made from. */
export interface MemoryDeps {
  readonly stateDir: string
  readonly clock: Clock
  readonly log: (level: 'info' | 'warn', message: string) => void
  /** Measurements held at most. */
  readonly maxRows?: number
}
