import { writeFile } from 'node:fs/promises'
import type { Policy } from '../model/service.ts'
import { EPOCH } from '../simulate/fleet.ts'
import type { Outcome } from '../simulate/outcome.ts'
import { type Population, populate } from '../simulate/population.ts'
import { simulate } from '../simulate/simulation.ts'
import { compileTables, type Sources, type Tables } from '../simulate/tables.ts'
import { requireConfig } from './config-option.ts'
import type { Io } from './io.ts'
import { Progress } from './progress.ts'
import { INTERVAL_SECONDS, writeCsvFiles } from './simulate-files.ts'
import { formatPage } from './simulate-html.ts'
import { type InputOptions, type Inputs, readInputs } from './simulate-inputs.ts'
import { eventsOf, type Report, runReport } from './simulate-report.ts'
import { Complaints } from './simulate-table.ts'
import { clock, formatReport } from './simulate-text.ts'

export interface SimulateOptions extends InputOptions {
  readonly config: string
  readonly policy?: readonly Policy[] | undefined
  readonly csv?: string | undefined
  readonly json?: true
}

/** Reads, plays, tells. Returns the exit code: 1 when an input is wrong; then nothing was simulated and nothing is written. */
export async function runSimulation(options: SimulateOptions, io: Io): Promise<number> {
  const { config } = await requireConfig(options.config)
  const complaints = new Complaints()
  const progress = new Progress(io, 'simulating', 0)
  progress.at(0, 'reading')
  const inputs = await readInputs(config, options, complaints)
  const world = inputs === null ? null : open(inputs, complaints, progress)
  progress.end()
  if (inputs === null || world === null) {
    complaints.write(io)
    io.err('nothing was simulated\n')
    return 1
  }
  const { report, outcomes } = play(inputs, world, options, io)
  if (options.html !== undefined) await writeFile(options.html, formatPage(report, outcomes))
  const files = options.csv === undefined ? [] : await writeCsvFiles(options.csv, report, outcomes)
  if (options.json) io.out(`${JSON.stringify(report, null, 2)}\n`)
  else io.out(formatReport(report, io.colours, io.colours.isColorSupported))
  for (const note of inputs.notes) io.err(`note: ${note}\n`)
  if (options.html !== undefined) io.err(`plots written to ${options.html}\n`)
  if (files.length > 0) io.err(`${files.join(', ')} written to ${options.csv}\n`)
  return 0
}

interface Opened {
  readonly tables: Tables
  readonly population: Population
}

/** Compiles the map and finds the blocks in it; null where some of them have nobody to serve them. */
function open(
  { sources, demand, rows, truth, demandFile }: Inputs,
  complaints: Complaints,
  progress: Progress,
): Opened | null {
  progress.at(0, 'compiling the map')
  const tables = compileTables(sources, EPOCH)
  const { population, orphans } = populate(tables.world, demand, truth)
  for (const { entry, reason } of orphans) complaints.at(demandFile, rows[entry]!.line, `demand for nobody: ${reason}`)
  return complaints.any ? null : { tables, population }
}

function play(inputs: Inputs, { tables, population }: Opened, options: SimulateOptions, io: Io) {
  const { scenario, unit } = inputs
  const { clusters } = inputs.sources.deployment
  const policies: readonly (Policy | null)[] = options.policy ?? [null]
  const progress = new Progress(io, 'simulating', scenario.seconds * policies.length)
  const outcomes: Outcome[] = policies.map((policy, i) => {
    const sources = policy === null ? inputs.sources : withPolicy(inputs.sources, policy)
    return simulate({
      sources,
      tables: policy === null ? tables : compileTables(sources, EPOCH),
      population,
      scenario,
      tell: second => progress.at(i * scenario.seconds + second, `${policy ?? ''} ${clock(second)}`),
    })
  })
  progress.end()
  const value = population.demand.reduce((sum, amount) => sum + amount, 0)
  const report: Report = {
    config: options.config,
    unit,
    blocks: population.count,
    demand: { value, shareOfCapacity: value / clusters.reduce((sum, { capacity }) => sum + capacity.value, 0) },
    trueShare: population.trueShare,
    seconds: scenario.seconds,
    intervalSeconds: INTERVAL_SECONDS,
    events: eventsOf(scenario),
    runs: outcomes.map((outcome, i) => runReport(policies[i]!, outcome, clusters)),
  }
  return { report, outcomes }
}

function withPolicy(sources: Sources, policy: Policy): Sources {
  const services = sources.deployment.services.map(service => ({ ...service, policy }))
  return { ...sources, deployment: { ...sources.deployment, services } }
}
