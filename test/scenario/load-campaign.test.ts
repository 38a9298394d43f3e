import { afterAll, expect, test } from 'vitest'
import { bigBlock, diurnal, flashCrowd, frozenReport, largestDies, regionHot, totalDemand, wideCrowd } from './cases.ts'
import { figures, play, type Run } from './runs.ts'

/**
 * Every scenario over all TTLs, noises, known and unknown demand and several worlds: half an hour of computing with LONG=1, else its first world
 * alone. For the figures; the bound only tells a plan from a cascade, since some of these worlds have no good plan (best possible above
 * 0.95: no bound at all).
 */
const SHAPES: readonly (readonly [string, Run['make']])[] = [
  ['crowd 1.3', o => flashCrowd(o, 1.3)],
  ['crowd 1.6', o => flashCrowd(o, 1.6)],
  ['crowd 2.0', o => flashCrowd(o, 2)],
  ['wide crowd 1.3', o => wideCrowd(o, 1.3)],
  ['wide crowd 2.0', o => wideCrowd(o, 2)],
  ['region hot', o => regionHot(o, 1.9)],
  ['largest dies .50', o => largestDies(o, 0.5)],
  ['largest dies .60', o => largestDies(o, 0.6)],
  ['largest dies .70', o => largestDies(o, 0.7)],
  ['day and night', o => diurnal(o, 0.35)],
  ['frozen report', o => frozenReport(o, 1.6)],
  ['big block', o => bigBlock(o, 1.4)],
  ['total 0.75', o => totalDemand(o, 0.75)],
  ['total 0.85', o => totalDemand(o, 0.85)],
  ['total 0.95', o => totalDemand(o, 0.95)],
]

const GRID: readonly Run[] = SHAPES.flatMap(([name, make]) =>
  [30, 20, 60].flatMap(ttl =>
    [0.03, 0.1].flatMap(noise =>
      [true, false].flatMap(demandKnown =>
        [11, 12, 13, 14].map(seed => ({
          name: `${name}, TTL ${ttl}, noise ${noise}, demand ${demandKnown ? 'known' : 'unknown'}, seed ${seed}`,
          make,
          seed,
          clusters: [24, 36, 48, 60][seed % 4]!,
          ttl,
          noise,
          demandKnown,
        })),
      ),
    ),
  ),
)

afterAll(() => console.table(figures))

test.each(process.env.LONG === '1' ? GRID : GRID.slice(0, 1))('$name', { timeout: 300_000 }, run => {
  const seen = play(run, 900)
  if (seen.evenest <= 0.95) expect(seen.latePeak).toBeLessThanOrEqual(Math.max(0.85, seen.evenest) + 0.6)
})
