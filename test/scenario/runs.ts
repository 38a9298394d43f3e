import type { Controller } from '../../src/simulate/controller.ts'
import { type Outcome, peakBetween, SAMPLE_EVERY, settledAfter } from '../../src/simulate/outcome.ts'
import { simulate } from '../../src/simulate/simulation.ts'
import { type Case, type CaseOptions, EVENT } from './cases.ts'

/** One run. TTL 30, noise 3 %, known demand and 5,000 blocks where it says nothing else. */
export interface Run {
  readonly name: string
  readonly make: (options: CaseOptions) => Case
  readonly seed: number
  readonly clusters: number
  readonly ttl?: number
  readonly noise?: number
  readonly demandKnown?: boolean
  readonly blocks?: number
}

export const SAFE_LOAD = 0.85

/** What the invariants speak of. Loads are shares of capacity. */
export interface Figures {
  /** Least highest load that any plan could reach, about. */
  readonly evenest: number
  /** Highest load of any living cluster from 2 TTL + 30 s after the event on. */
  readonly latePeak: number
  /** From the event on, of clusters whose own blocks would leave them below 0.85: what spill did. */
  readonly spillPeak: number
  /** Seconds after the event until no cluster was above 0.85 any more; Infinity = never. */
  readonly settled: number
  /** Blocks that changed cluster in the second half of the time after the event. */
  readonly lateMoves: number
  readonly moves: number
  readonly finalPeak: number
  readonly outcome: Outcome
}

/** A line per run that was played, for people. */
export const figures: Record<string, string | number>[] = []

/** Plays `run` for so many seconds after its event. */
export function play(run: Run, seconds: number, controller?: Controller): Figures {
  const ttl = run.ttl ?? 30
  const { seed, clusters, noise = 0.03, demandKnown = true, blocks = 5000 } = run
  const made = run.make({ seed, clusters, blocks, seconds, ttl, noise, demandKnown })
  const { sources, tables, population } = made.world
  const outcome = simulate({
    sources,
    tables,
    population,
    scenario: made.scenario,
    ...(controller === undefined ? {} : { controller }),
  })
  const end = outcome.seconds
  const movesFrom = (second: number): number =>
    outcome.movedParts.subarray(Math.ceil(second / SAMPLE_EVERY)).reduce((sum, moves) => sum + moves, 0)
  const result: Figures = {
    evenest: made.evenest,
    latePeak: peakBetween(outcome, EVENT + 2 * ttl + 30)!.load,
    spillPeak: spillPeak(outcome),
    settled: settledAfter(outcome, EVENT, SAFE_LOAD),
    moves: movesFrom(EVENT),
    lateMoves: movesFrom(EVENT + (end - EVENT) / 2),
    finalPeak: peakBetween(outcome, end - 1)!.load,
    outcome,
  }
  figures.push({
    scenario: run.name,
    'best possible': result.evenest.toFixed(2),
    'max after 2 TTL + 30 s': result.latePeak.toFixed(2),
    'max by spill': result.spillPeak.toFixed(2),
    'below 0.85 after': result.settled === Number.POSITIVE_INFINITY ? 'never' : `${result.settled} s`,
    moves: result.moves,
    'late moves': result.lateMoves,
    alarms: outcome.alarms.length,
  })
  return result
}

function spillPeak({ clusters, loads, home, dead, seconds }: Outcome): number {
  const n = clusters.length
  let peak = 0
  for (let t = EVENT; t < seconds; t++) {
    const sample = Math.floor(t / SAMPLE_EVERY) * n
    for (let c = 0; c < n; c++)
      if (dead[t * n + c] === 0 && home[sample + c]! < SAFE_LOAD) peak = Math.max(peak, loads[t * n + c]!)
  }
  return peak
}
