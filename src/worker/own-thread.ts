import { readdirSync, writeFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/*
 * Where cores are short, answers go first. Linux has a priority for each thread (nice(2): 10 steps are a tenth of the time when both want
 * all of it), which threads inherit from the one that starts them. Elsewhere it is the whole process's, and stays.
 *
 *   query            10 above the process's, where it may (CAP_SYS_NICE, RLIMIT_NICE)
 *   main, tcp        the process's
 *   V8's own          5 below: they collect garbage and compile for all the others
 *   planner, zones   13 below query, or below the process's where that is query's too
 */
const ABOVE = 10
const BELOW_ANSWERS = 13
/**
 * No further below: a thread with an event loop spins while one of them sweeps for it, for as long as that takes to get the core, and code
 * of query threads that has to be optimised anew waits in their queue.
 */
const HELPERS_BELOW = 5

const HIGHEST = -20
const LOWEST = 19

/** Gives the calling thread a name that `top -H` and `perf` show; at most 15 octets. Elsewhere than on Linux nothing happens. */
export function nameThread(name: string): void {
  try {
    writeFileSync('/proc/thread-self/comm', name)
  } catch {
    // Only a name.
  }
}

/** Raises the calling thread, which answers queries; false where it may not be raised. */
export function goFirst(): boolean {
  return lowered(SELF, -ABOVE)
}

/** Lowers the calling thread and those that it starts from now on: what they do can wait for answers. */
export function goLast(): void {
  // Tried, since there is no other way to know whether query threads may.
  goFirst()
  lowered(SELF, BELOW_ANSWERS)
}

/** Lowers every thread of the process but its first one; to be called while there are only V8's own. */
export function lowerHelpers(): void {
  for (const thread of threads()) if (thread !== process.pid) lowered(thread, HELPERS_BELOW)
}

const SELF = 0

/** False where the thread is gone, the system forbids it, or priorities are not each thread's own. */
function lowered(thread: number, steps: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    setPriority(thread, Math.min(LOWEST, Math.max(HIGHEST, getPriority(thread) + steps)))
    return true
  } catch {
    return false
  }
}

/** None where the system does not tell. */
function threads(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    return []
  }
}
