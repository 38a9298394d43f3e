import fc from 'fast-check'
import { millis } from '../../../src/base/brand.ts'
import type { ClusterLoadInput, LevelsInput } from '../../../src/model/planner.ts'
import type { DemandRows } from '../../../src/plan/demand.ts'
import { planLevels } from '../../../src/plan/levels/plan-levels.ts'
import { NO_CLUSTER, SLOTS } from '../../../src/route/tables.ts'

export const NOW = 1_700_000_000_000

/** A block that can be read without knowing how rows are packed. */
export interface Block {
  /** Clusters, best first. */
  readonly slots: readonly number[]
  /** One per slot; the last is 255: there it cannot be turned away. */
  readonly ranks: readonly number[]
  readonly weight: number
  /** Score of the first choice, ms; nothing: nobody knows. */
  readonly score?: number
}

export interface Instance {
  readonly blocks: readonly Block[]
  /** Load that each cluster is meant to carry. */
  readonly targets: readonly number[]
}

/** Small markets in which many blocks share a rank, most clusters want less than is asked of them, and lists differ in length. */
export const instances: fc.Arbitrary<Instance> = fc.integer({ min: 2, max: 6 }).chain(n =>
  fc.record({
    blocks: fc.array(block(n), { minLength: 1, maxLength: 40 }),
    // No sum of whole weights ever equals such a target.
    targets: fc.array(
      fc.integer({ min: 1, max: 120 }).map(load => load + 0.37),
      { minLength: n, maxLength: n },
    ),
  }),
)

function block(clusters: number): fc.Arbitrary<Block> {
  const ids = Array.from({ length: clusters }, (_, c) => c)
  return fc
    .record({
      slots: fc.shuffledSubarray(ids, { minLength: 1, maxLength: Math.min(SLOTS, clusters) }),
      ranks: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: SLOTS, maxLength: SLOTS }),
      weight: fc.integer({ min: 1, max: 20 }),
    })
    .map(({ slots, ranks, weight }) => ({
      slots,
      ranks: slots.map((_, k) => (k === slots.length - 1 ? 255 : ranks[k]! * 30)),
      weight,
    }))
}

export function rowsOf(blocks: readonly Block[]): DemandRows {
  const slots = new Uint16Array(blocks.length * SLOTS).fill(NO_CLUSTER)
  const ranks = new Uint8Array(blocks.length * SLOTS).fill(255)
  blocks.forEach((b, row) => {
    slots.set(b.slots, row * SLOTS)
    ranks.set(b.ranks, row * SLOTS)
  })
  return {
    slots,
    ranks,
    weight: Float64Array.from(blocks, b => b.weight),
    score: Float32Array.from(blocks, b => b.score ?? 0),
  }
}

/** Where the query road sends a block: the first slot whose rank is not below the cutoff, else the last. */
export function seatOf({ slots, ranks }: Block, cutoffs: readonly number[]): number {
  const k = slots.findIndex((c, i) => ranks[i]! >= cutoffs[c]!)
  return k < 0 ? slots.length - 1 : k
}

export function loadsOf(blocks: readonly Block[], cutoffs: readonly number[]): number[] {
  const loads = cutoffs.map(() => 0)
  for (const b of blocks) loads[b.slots[seatOf(b, cutoffs)]!]! += b.weight
  return loads
}

export const idOf = (c: number): string => String.fromCharCode(97 + c)

/**
 * What the leader would ask with: clusters `a`, `b`, ... of these capacities whose reports say that every block asks for its weight. The load plan
 * has run once, on these reports.
 */
export function inputOf(blocks: readonly Block[], capacities: readonly number[], floors = {}): LevelsInput {
  const home = loadsOf(
    blocks,
    capacities.map(() => 0),
  )
  const clusters: ClusterLoadInput[] = capacities.map((capacity, c) => ({
    id: idOf(c),
    capacity,
    target: 0.75,
    usable: true,
    drainPercent: 0,
    load: { value: home[c]!, at: millis(NOW) },
  }))
  const input = { clusters, ttlSeconds: 30, now: millis(NOW), state: null }
  const { state } = planLevels({ ...input, rows: rowsOf(blocks) })
  return { ...input, state: JSON.parse(JSON.stringify(state)), floors }
}
