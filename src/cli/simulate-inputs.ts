import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from '../config/config.ts'
import { didYouMean } from '../config/nearest.ts'
import { readText } from '../config/read-text.ts'
import { parseScenario } from '../config/scenario.ts'
import { parseRate } from '../config/units.ts'
import { openGeo } from '../geo/geo.ts'
import type { Capacity } from '../model/cluster.ts'
import type { Deployment } from '../model/deployment.ts'
import { DEFAULT_SCENARIO, type Scenario } from '../model/scenario.ts'
import { EPOCH } from '../simulate/fleet.ts'
import { countedDemand, type DemandEntry, type TrueRtt } from '../simulate/population.ts'
import type { Sources } from '../simulate/tables.ts'
import { Failure } from './failure.ts'
import { type Demand, type DemandRow, readDemand, readQueryLog } from './simulate-demand.ts'
import { readMeasured, readTruth } from './simulate-rtt.ts'
import type { Complaints } from './simulate-table.ts'

export interface InputOptions {
  readonly demand?: string | undefined
  readonly log?: string | undefined
  readonly rtt?: string | undefined
  readonly truth?: string | undefined
  readonly scenario?: string | undefined
  readonly service?: string | undefined
  readonly down?: readonly string[] | undefined
  readonly perQuery?: string | undefined
  readonly fill?: number | undefined
  readonly ttl?: number | undefined
  readonly duration?: number | undefined
  readonly seed?: number | undefined
  readonly html?: string | undefined
}

/** Everything a run needs, read and checked. */
export interface Inputs {
  readonly sources: Sources
  readonly scenario: Scenario
  readonly truth: readonly TrueRtt[]
  /** In the unit of capacities; entry `i` is row `i`. */
  readonly demand: readonly DemandEntry[]
  readonly rows: readonly DemandRow[]
  readonly demandFile: string
  readonly unit: Capacity['unit']
  readonly notes: readonly string[]
}

/** Reads all inputs. What is wrong goes to `complaints`; then there is no result. Flags that name what is not there are a wrong use: {@link Failure}. */
export async function readInputs(
  config: Config,
  options: InputOptions,
  complaints: Complaints,
): Promise<Inputs | null> {
  const { deployment } = config
  const clusters = deployment.clusters.map(({ id }) => id)
  checkFlags(deployment, options)
  const [demandFile, fromLog] = options.log === undefined ? [options.demand!, false] : [options.log, true]
  const fallback = options.service === undefined ? 0 : deployment.services.findIndex(({ id }) => id === options.service)
  const { services } = deployment
  const demand = fromLog
    ? await readQueryLog(demandFile, services, fallback, complaints)
    : await readDemand(demandFile, services, fallback, complaints)
  const measurements = options.rtt === undefined ? [] : await readMeasured(options.rtt, clusters, EPOCH, complaints)
  const truth = options.truth === undefined ? [] : await readTruth(options.truth, clusters, complaints)
  const scenario = readScenario(deployment, options, complaints)
  const units = [...new Set(deployment.clusters.map(({ capacity }) => capacity.unit))]
  const unit = units[0]!
  const scale = demand === null ? null : scaleOf(demand, deployment, unit, options, demandFile, complaints)
  const { geo, problems } = await openGeo(deployment.geo)
  complaints.add(problems)
  if (complaints.any || demand === null || scale === null || scenario === null) return null
  const rows = demand.rows.filter(({ amount }) => amount > 0)
  const entries = rows.map(({ prefix, service, amount }) => ({ prefix, service, amount: amount * scale }))
  return {
    sources: {
      deployment: scenario.ttl === null ? deployment : withTtl(deployment, scenario.ttl),
      cityRanges: geo.cityRanges(),
      places: geo.places,
      asnRanges: geo.asnRanges(),
      measurements,
      counted: scenario.demandKnown ? countedDemand(entries) : [],
    },
    scenario,
    truth,
    demand: entries,
    rows,
    demandFile,
    unit,
    notes: notesOf(demand, options, services[fallback]!.id),
  }
}

/** Everything about the flags that only the configuration can tell. */
function checkFlags({ clusters, services }: Deployment, options: InputOptions): void {
  const ids = clusters.map(({ id }) => id)
  const names = services.map(({ id }) => id)
  const units = new Set(clusters.map(({ capacity }) => capacity.unit))
  const per = options.perQuery === undefined ? null : parseRate(options.perQuery)
  const both = (options.demand === undefined) === (options.log === undefined)
  const folder = options.html === undefined ? null : dirname(options.html)
  const faults = [
    ...(clusters.length === 0 || services.length === 0
      ? ['the configuration has no clusters or no services: there is nothing to simulate']
      : []),
    ...(units.size > 1 ? [`capacities are in ${[...units].join(' and ')}; simulate needs them in one unit`] : []),
    ...(both ? ['give the demand with --demand <csv> or with --log <file>, one of them'] : []),
    ...(options.down ?? [])
      .filter(id => !ids.includes(id))
      .map(id => `--down: "${id}" is not a cluster of the configuration${didYouMean(id, ids)}`),
    ...(options.service === undefined || names.includes(options.service)
      ? []
      : [`--service: "${options.service}" is not a service of the configuration${didYouMean(options.service, names)}`]),
    ...(options.perQuery === undefined || (per !== null && units.has(per.unit))
      ? []
      : [
          `--per-query: "${options.perQuery}" is not a rate in the unit of capacities (${[...units].join(', ')}); such as 5Mbps, 2rps or 1conn`,
        ]),
    ...(folder === null || existsSync(folder) ? [] : [`--html: there is no folder ${folder}`]),
  ]
  if (faults.length > 0) throw new Failure(faults.join('\nkingcdn: '), 2)
}

/** What one unit of the file is in the unit of capacities; null and a complaint where that cannot be told. */
function scaleOf(
  { unit, rows }: Demand,
  { clusters }: Deployment,
  wanted: Capacity['unit'],
  { fill, perQuery }: InputOptions,
  file: string,
  complaints: Complaints,
): number | null {
  const total = rows.reduce((sum, { amount }) => sum + amount, 0)
  if (fill !== undefined)
    return (fill * clusters.reduce((sum, { capacity }) => sum + capacity.value, 0)) / Math.max(total, Number.MIN_VALUE)
  if (unit === wanted) return 1
  if (unit === 'qps' && perQuery !== undefined) return parseRate(perQuery)!.value
  const advice =
    unit === 'qps'
      ? `say what one query per second means in load with --per-query, or how full clusters are with --fill`
      : `give it in ${wanted}, in qps with --per-query, or say how full clusters are with --fill`
  complaints.at(file, 1, `demand is in ${unit} and capacities are in ${wanted}; ${advice}`)
  return null
}

function readScenario(deployment: Deployment, options: InputOptions, complaints: Complaints): Scenario | null {
  const { scenario: file, ttl, duration, seed, down = [] } = options
  const base = file === undefined ? DEFAULT_SCENARIO : scenarioFrom(file, deployment, complaints)
  if (base === null) return null
  const seconds = duration ?? base.seconds
  const late = base.events.filter(({ at }) => at >= seconds)
  if (late.length > 0)
    complaints.at(
      file!,
      0,
      `events at ${late.map(({ at }) => `${at}s`).join(', ')} lie after the end; --duration is ${seconds}s`,
    )
  return {
    ...base,
    seconds,
    ttl: ttl ?? base.ttl,
    seed: seed ?? base.seed,
    events: down.length === 0 ? base.events : [{ at: 0, kind: 'fail', clusters: down }, ...base.events],
  }
}

function scenarioFrom(file: string, deployment: Deployment, complaints: Complaints): Scenario | null {
  const verdict = readText(file)
  if (verdict.kind === 'unreadable') {
    complaints.at(file, verdict.line, verdict.reason)
    return null
  }
  const { scenario, problems } = parseScenario(verdict.text, file, deployment)
  complaints.add(problems)
  return scenario
}

function withTtl(deployment: Deployment, address: number): Deployment {
  const services = deployment.services.map(service => ({ ...service, ttl: { ...service.ttl, address } }))
  return { ...deployment, services }
}

function notesOf(
  demand: Demand & { readonly skipped?: number },
  { fill, service }: InputOptions,
  id: string,
): string[] {
  return [
    ...(service === undefined ? [`rows that name no service are for ${id}`] : []),
    ...(fill === undefined ? [] : [`demand scaled to ${fill} of all capacity`]),
    ...((demand.skipped ?? 0) > 0 ? [`${demand.skipped} queries were for names of no service`] : []),
  ]
}
