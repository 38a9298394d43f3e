import { millis } from '../../base/brand.ts'
import type { HealthVerdict } from '../../model/health.ts'
import type { Check, CheckResult } from './check.ts'
import type { CheckTally } from './counts.ts'
import { judge, type Standing, UNKNOWN } from './judge.ts'
import type { LoopLag } from './loop-lag.ts'
import type { Turn } from './schedule.ts'
import type { Glance } from './sight.ts'
import type { Target } from './targets.ts'

/** Of a failure during which the loop was held up for more than this share of the limit nobody knows whose it was. */
const HELD_UP = 1 / 4

export interface WatchedDeps {
  readonly lag: LoopLag
  /** Unix ms. */
  readonly now: () => number
  /** ms that never go back. */
  readonly elapsed: () => number
  /** The verdict has become another, up or down, or has another cause. */
  readonly onVerdict: (verdict: HealthVerdict) => void
  /** A check said nothing, and why. */
  readonly onUnjudged: (why: string) => void
}

/** A target under watch: runs its check, takes the result into account, counts. */
export class Watched implements Turn {
  #target: Target
  #check: Check
  #tally: CheckTally
  readonly #deps: WatchedDeps
  #standing = UNKNOWN
  /** As it was before the failures in a row that the last check belongs to. */
  #beforeFailures: Standing = UNKNOWN
  #failingSince: number | null = null
  #checkedAt: number | null = null
  #passedAt: number | null = null
  /** What was known of it before the monitor went blind; null while it sees. */
  #remembered: Standing | null = null
  #underWay = false
  #retired = false

  /** `tally`: where its checks are counted. */
  constructor(target: Target, check: Check, tally: CheckTally, deps: WatchedDeps) {
    this.#target = target
    this.#check = check
    this.#tally = tally
    this.#deps = deps
  }

  get target(): Target {
    return this.#target
  }

  get intervalMs(): number {
    return this.#target.checks.interval
  }

  /** Checks otherwise from now on; the address stays, and what is known of it. */
  change(target: Target, check: Check, tally: CheckTally): void {
    this.#target = target
    this.#check = check
    this.#tally = tally
  }

  /** What a check still under way says no longer counts. */
  retire(): void {
    this.#retired = true
  }

  /** null while unknown. */
  get verdict(): HealthVerdict | null {
    const { verdict, since, cause } = this.#standing
    const { server, at } = this.#target
    return verdict === 'unknown' ? null : { server, family: at.family, up: verdict === 'up', since, cause }
  }

  glance(): Glance {
    const [checkedAt, passedAt, failingSince] = [this.#checkedAt, this.#passedAt, this.#failingSince]
    return { cluster: this.#target.cluster, checkedAt, passedAt, failingSince }
  }

  /** The monitor is blind since the failures that began at `onset`: they say nothing of the server. */
  remember(onset: number): void {
    const isOne = this.#failingSince !== null && this.#failingSince >= onset
    this.#remembered = isOne ? this.#beforeFailures : this.#standing
  }

  /** The monitor sees again: what was found meanwhile is forgotten. */
  recall(): void {
    if (this.#remembered !== null) this.#standing = this.#remembered
    this.#remembered = null
  }

  async run(): Promise<void> {
    if (this.#underWay) return
    this.#underWay = true
    const { lag } = this.#deps
    const { at, checks } = this.#target
    const { timeout } = checks
    const heldUp = lag.totalMs()
    const result = await this.#check(at, timeout).catch(
      (error: unknown): CheckResult => ({ kind: 'unjudged', why: `internal fault: ${String(error)}` }),
    )
    this.#underWay = false
    if (this.#retired) return
    const late = result.kind === 'fail' && lag.totalMs() - heldUp > timeout * HELD_UP
    this.#take(late ? { kind: 'unjudged', why: 'this process was held up' } : result)
  }

  #take(result: CheckResult): void {
    this.#tally.count(result)
    if (result.kind === 'unjudged') {
      this.#deps.onUnjudged(result.why)
      return
    }
    this.#checkedAt = this.#deps.elapsed()
    const before = this.#standing
    const fault = result.kind === 'pass' ? null : result.cause
    if (fault === null) {
      this.#failingSince = null
      this.#passedAt = this.#checkedAt
    } else if (this.#failingSince === null) {
      this.#failingSince = this.#checkedAt
      this.#beforeFailures = this.#standing
    }
    this.#standing = judge(this.#standing, fault, this.#target.checks.rules, millis(Math.floor(this.#deps.now())))
    const { verdict, cause } = this.#standing
    if (verdict !== before.verdict || cause !== before.cause) this.#deps.onVerdict(this.verdict!)
  }
}
