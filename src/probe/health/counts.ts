import type { Family } from '../../base/ip.ts'
import { HEALTH_CAUSES } from '../../model/health.ts'
import { CHECK_TIME_BOUNDS, type CheckCounts } from '../../model/health-status.ts'
import type { CheckResult } from './check.ts'
import type { Target } from './targets.ts'

/** What the checks of a cluster's servers by one family found. It only grows, whichever servers come and go. */
export class CheckTally {
  #unjudged = 0
  #seconds = 0
  readonly #failures = HEALTH_CAUSES.map(() => 0)
  readonly #times = Array<number>(CHECK_TIME_BOUNDS.length + 1).fill(0)

  count(result: CheckResult): void {
    if (result.kind === 'unjudged') this.#unjudged++
    else if (result.kind === 'fail') this.#failures[HEALTH_CAUSES.indexOf(result.cause)]!++
    else {
      const seconds = result.latencyMs / 1000
      this.#times[CHECK_TIME_BOUNDS.filter(bound => bound < seconds).length]!++
      this.#seconds += seconds
    }
  }

  read(): Omit<CheckCounts, 'cluster' | 'family'> {
    const ok = this.#times.reduce((sum, count) => sum + count, 0)
    return {
      ok,
      failures: [...this.#failures],
      unjudged: this.#unjudged,
      times: [...this.#times],
      seconds: this.#seconds,
    }
  }
}

/** The tallies of all clusters that are checked. */
export class CheckTallies {
  #tallies = new Map<string, { cluster: string; family: Family; tally: CheckTally }>()

  /** That of the target's cluster and family. */
  of({ cluster, at: { family } }: Target): CheckTally {
    const key = `${cluster}/${family}`
    const held = this.#tallies.get(key)
    if (held !== undefined) return held.tally
    const tally = new CheckTally()
    this.#tallies.set(key, { cluster, family, tally })
    return tally
  }

  /** Forgets what no target is of any more. */
  keep(targets: readonly Target[]): void {
    const kept = new Set(targets.map(({ cluster, at: { family } }) => `${cluster}/${family}`))
    for (const key of this.#tallies.keys()) if (!kept.has(key)) this.#tallies.delete(key)
  }

  read(): CheckCounts[] {
    return [...this.#tallies.values()].map(({ cluster, family, tally }) => ({ cluster, family, ...tally.read() }))
  }
}
