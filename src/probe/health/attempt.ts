import { performance } from 'node:perf_hooks'
import type { Family } from '../../base/ip.ts'
import type { HealthCause } from '../../model/health.ts'
import type { CheckResult } from './check.ts'
import { faultOf } from './faults.ts'

/** A check under way: whatever is said first is the result, what is said later has no effect. */
export interface Attempt {
  pass(): void
  fail(cause: HealthCause): void
  /** What the system says of a socket, in its own codes. */
  error(error: NodeJS.ErrnoException): void
}

/** Runs `begin` against the clock. It returns what closes all that it has opened, which is called once, when there is a result. */
export function attempt(
  family: Family,
  limitMs: number,
  begin: (attempt: Attempt) => () => void,
): Promise<CheckResult> {
  return new Promise(resolve => {
    const startedAt = performance.now()
    let close: (() => void) | null = null
    const end = (result: CheckResult): void => {
      if (close === null) return
      const closing = close
      close = null
      clearTimeout(timer)
      closing()
      resolve(result)
    }
    const outcome: Attempt = {
      pass: () => end({ kind: 'pass', latencyMs: performance.now() - startedAt }),
      fail: cause => end({ kind: 'fail', cause }),
      error: error => end(faultOf(error, family)),
    }
    // A reply may wait in the socket while this process was busy elsewhere: one more turn of the loop takes it.
    const timer = setTimeout(() => setImmediate(() => outcome.fail('timeout')), limitMs)
    close = begin(outcome)
  })
}
