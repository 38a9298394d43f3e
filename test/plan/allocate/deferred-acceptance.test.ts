import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cellsOf } from '../../../src/plan/levels/cells.ts'
import { openLists } from '../../../src/plan/levels/lists.ts'
import { Placement } from '../../../src/plan/levels/placement.ts'
import { EXACT, raiseLevels } from '../../../src/plan/levels/raise.ts'
import { type Block, type Instance, idOf, instances, loadsOf, rowsOf, seatOf } from './market.ts'
import { seeded } from './random.ts'

const RUNS = { seed: 20_261_121, numRuns: 400 }

/** The cutoffs that the program comes to, beginning at `from`. */
function cutoffsOf({ blocks, targets }: Instance, from = targets.map(() => 0)): number[] {
  const rows = rowsOf(blocks)
  const cells = cellsOf(
    rows,
    targets.map((_, c) => idOf(c)),
  )
  // A cell without rows asks for nothing.
  const asked = Float64Array.from(cells.weight, (weight, k) => (cells.ofRow.includes(k) ? weight : 0))
  const lists = openLists(rows, cells, new Float64Array(targets.length))
  const placement = new Placement(lists, asked, Uint16Array.from(from))
  raiseLevels(placement, Float64Array.from(targets), new Float64Array(targets.length).fill(1), EXACT)
  return [...placement.levels]
}

/**
 * Deferred acceptance as it is told: some cluster that holds too much turns away the blocks of the lowest rank that it holds and that have somewhere else
 * to go; they ask their next slot; again, in whatever order `random` says.
 */
function byTheBook({ blocks, targets }: Instance, random: () => number): number[] {
  const seats = blocks.map(() => 0)
  const cutoffs = targets.map(() => 0)
  for (;;) {
    // A block that asks a cluster which has turned its rank away is turned away as well.
    blocks.forEach((b, i) => {
      while (seats[i]! < b.slots.length - 1 && b.ranks[seats[i]!]! < cutoffs[b.slots[seats[i]!]!]!) seats[i]!++
    })
    const held = (c: number) => blocks.map((b, i) => ({ b, i })).filter(({ b, i }) => b.slots[seats[i]!] === c)
    const full = targets
      .map((target, c) => ({ c, target, movable: held(c).filter(({ b, i }) => seats[i]! < b.slots.length - 1) }))
      .filter(({ c, target, movable }) => movable.length > 0 && weigh(held(c).map(({ b }) => b)) > target)
    if (full.length === 0) return cutoffs
    const { c, movable } = full[Math.floor(random() * full.length)]!
    cutoffs[c] = Math.min(...movable.map(({ b, i }) => b.ranks[seats[i]!]!)) + 1
  }
}

const weigh = (blocks: readonly Block[]): number => blocks.reduce((sum, { weight }) => sum + weight, 0)

describe('deferred acceptance', () => {
  test('comes to what the book comes to, in whatever order clusters turn blocks away', () => {
    fc.assert(
      fc.property(instances, fc.integer(), (instance, seed) => {
        expect(cutoffsOf(instance)).toEqual(byTheBook(instance, seeded(seed)))
      }),
      RUNS,
    )
  })

  test('is stable: no cluster that a block would rather have has room for it, or keeps one of a lower rank', () => {
    fc.assert(
      fc.property(instances, instance => {
        const { blocks, targets } = instance
        const cutoffs = cutoffsOf(instance)
        const loads = loadsOf(blocks, cutoffs)
        for (const block of blocks) {
          for (let k = 0; k < seatOf(block, cutoffs); k++) {
            const c = block.slots[k]!
            const rank = block.ranks[k]!
            // Blocks of one rank are taken or turned away together: those who want to come and stand no lower.
            const coming = blocks.filter(b => wants(b, c, cutoffs) && b.ranks[b.slots.indexOf(c)]! >= rank)
            expect(loads[c]! + weigh(coming)).toBeGreaterThan(targets[c]!)
            const kept = blocks.filter(
              b => b.slots[seatOf(b, cutoffs)] === c && seatOf(b, cutoffs) < b.slots.length - 1,
            )
            for (const b of kept) expect(b.ranks[b.slots.indexOf(c)]!).toBeGreaterThan(rank)
          }
        }
      }),
      RUNS,
    )
  })

  test('a cluster above its target holds nobody who could go elsewhere', () => {
    fc.assert(
      fc.property(instances, instance => {
        const cutoffs = cutoffsOf(instance)
        const loads = loadsOf(instance.blocks, cutoffs)
        for (const block of instance.blocks) {
          const seat = seatOf(block, cutoffs)
          if (seat < block.slots.length - 1)
            expect(loads[block.slots[seat]!]!).toBeLessThanOrEqual(instance.targets[block.slots[seat]!]!)
        }
      }),
      RUNS,
    )
  })

  test('where everybody can go to a cluster with room for all, nobody is above target', () => {
    fc.assert(
      fc.property(instances, ({ blocks, targets }) => {
        const core = targets.length
        const all = blocks.map(b => {
          const own = b.slots.slice(0, 3)
          return {
            slots: [...own, core],
            ranks: [...b.ranks.slice(0, own.length).map(r => Math.min(r, 254)), 255],
            weight: b.weight,
          }
        })
        const instance = { blocks: all, targets: [...targets, weigh(blocks) + 0.37] }
        loadsOf(all, cutoffsOf(instance)).forEach((load, c) => {
          expect(load).toBeLessThanOrEqual(instance.targets[c]!)
        })
      }),
      RUNS,
    )
  })

  test('of two outcomes, the one from lower floors is better for every block', () => {
    fc.assert(
      fc.property(
        instances,
        fc.array(fc.integer({ min: 0, max: 256 }), { minLength: 6, maxLength: 6 }),
        (instance, floors) => {
          const from = instance.targets.map((_, c) => floors[c]!)
          const fromFloors = cutoffsOf(instance, from)
          cutoffsOf(instance).forEach((cutoff, c) => {
            expect(cutoff).toBeLessThanOrEqual(fromFloors[c]!)
            expect(fromFloors[c]!).toBeGreaterThanOrEqual(from[c]!)
          })
        },
      ),
      RUNS,
    )
  })
})

/** It is seated after `c`, or would be there but for the cutoff. */
function wants(b: Block, c: number, cutoffs: readonly number[]): boolean {
  const k = b.slots.indexOf(c)
  return k >= 0 && k < seatOf(b, cutoffs)
}
