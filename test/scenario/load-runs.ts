import type { Case, CaseOptions } from './load-cases.ts'
import { type Conditions, type Controller, type Outcome, simulate } from './load-simulator.ts'

/** One simulated run. Its conditions are TTL 30, noise 3 % and reports 10 s late where it says nothing else. */
export interface Run {
  readonly name: string
  readonly make: (options: CaseOptions) => Case
  readonly seed: number
  readonly clusters: number
  readonly conditions?: Partial<Conditions>
}

export const BLOCKS = 5000

/** A line per run that was played, for people. */
export const figures: Record<string, string | number>[] = []

/** Plays `run` for so many seconds after its event. `evenest`: the least highest load that any plan could reach, about. */
export function play(run: Run, seconds: number, controller?: Controller): Outcome & { readonly evenest: number } {
  const { world, scenario, evenest } = run.make({ seed: run.seed, clusters: run.clusters, blocks: BLOCKS, seconds })
  const conditions = { ttl: 30, noise: 0.03, lag: 10, seed: run.seed, ...run.conditions }
  const outcome = simulate(world, scenario, conditions, controller)
  figures.push({
    scenario: run.name,
    'best possible': evenest.toFixed(2),
    'max after 2 TTL + 30 s': outcome.latePeak.toFixed(2),
    'max by spill': outcome.spillPeak.toFixed(2),
    'below 0.85 after': outcome.settled === Number.POSITIVE_INFINITY ? 'never' : `${outcome.settled} s`,
    moves: outcome.moves,
    'late moves': outcome.lateMoves,
    alarms: outcome.alarms.length,
  })
  return { ...outcome, evenest }
}
