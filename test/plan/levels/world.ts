import { millis } from '../../../src/base/brand.ts'
import type { ClusterLoadInput } from '../../../src/model/planner.ts'
import type { DemandRows } from '../../../src/plan/demand.ts'
import { type LevelPlan, planLevels } from '../../../src/plan/levels/plan-levels.ts'
import { NO_CLUSTER, SLOTS } from '../../../src/route/tables.ts'

export const START = 1_700_000_000_000

/** Rows from lists like `[[0, 1], 10]` (clusters best first, weight); each is cut into 100 rows whose ranks run over 0..254. */
export function rowsOf(lists: readonly (readonly [clusters: readonly number[], weight: number])[]): DemandRows {
  const n = lists.length * 100
  const slots = new Uint16Array(n * SLOTS).fill(NO_CLUSTER)
  const ranks = new Uint8Array(n * SLOTS).fill(255)
  const weight = new Float64Array(n)
  lists.forEach(([clusters, total], l) => {
    for (let i = 0; i < 100; i++) {
      const row = l * 100 + i
      slots.set(clusters, row * SLOTS)
      for (let k = 0; k < clusters.length - 1; k++) ranks[row * SLOTS + k] = Math.floor(i * 2.55)
      weight[row] = total / 100
    }
  })
  return { slots, ranks, weight }
}

export interface Report {
  readonly load?: number
  readonly capacity?: number
  readonly usable?: boolean
  readonly drain?: number
  /** Seconds between the report and now. */
  readonly age?: number
}

/** A fleet `a`, `b`, ... of capacity 100 that is planned every ten seconds. */
export class Fleet {
  plan: LevelPlan | null = null
  now = START
  readonly #rows: DemandRows
  readonly #ttl: number

  constructor(rows: DemandRows, ttl = 30) {
    this.#rows = rows
    this.#ttl = ttl
  }

  run(reports: readonly Report[], seconds = 10): LevelPlan {
    this.now += seconds * 1000
    this.plan = planLevels({
      clusters: reports.map((report, c) => inputOf(report, c, this.now)),
      rows: this.#rows,
      ttlSeconds: this.#ttl,
      now: millis(this.now),
      state: this.plan === null ? null : JSON.parse(JSON.stringify(this.plan.state)),
    })
    return this.plan
  }
}

export function inputOf(report: Report, c: number, now: number): ClusterLoadInput {
  return {
    id: String.fromCharCode(97 + c),
    capacity: report.capacity ?? 100,
    target: 0.75,
    usable: report.usable ?? true,
    drainPercent: report.drain ?? 0,
    ...(report.load === undefined ? {} : { load: { value: report.load, at: millis(now - (report.age ?? 0) * 1000) } }),
  }
}

/** Demand that each cluster settles when every list's weight is its demand. */
export function settle(rows: DemandRows, plan: LevelPlan, usable: readonly boolean[]): number[] {
  const loads = usable.map(() => 0)
  for (let row = 0; row < rows.weight.length; row++) {
    const open = [0, 1, 2, 3]
      .map(k => row * SLOTS + k)
      .filter(at => rows.slots[at] !== NO_CLUSTER && usable[rows.slots[at]!])
    const at = open.find(k => rows.ranks[k]! >= plan.levels[String.fromCharCode(97 + rows.slots[k]!)]!) ?? open.at(-1)
    if (at !== undefined) loads[rows.slots[at]!]! += rows.weight[row]!
  }
  return loads
}
