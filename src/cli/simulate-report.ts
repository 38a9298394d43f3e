import type { Cluster } from '../model/cluster.ts'
import type { Scenario, ScenarioEvent } from '../model/scenario.ts'
import type { Policy } from '../model/service.ts'
import type { RttHistogram } from '../simulate/histogram.ts'
import { type Outcome, SAMPLE_EVERY } from '../simulate/outcome.ts'

/** A distribution of round trips, ms. */
export interface RttFigures {
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
}

export interface ClusterReport {
  readonly id: string
  readonly capacity: number
  readonly target: number
  /** Shares of capacity. */
  readonly mean: number
  readonly peak: number
  /** Seconds since the start. */
  readonly peakAt: number
  readonly last: number
  readonly level: number
  /** Mean load in each interval. */
  readonly series: readonly number[]
}

/** What one run showed, rounded to what it is worth: what `--json` prints, and what text and page are made of. */
export interface RunReport {
  /** null: each service's own. */
  readonly policy: Policy | null
  readonly rttMs: {
    readonly served: RttFigures
    readonly oracle: RttFigures
    readonly oracleWithinCapacity: RttFigures
    readonly geo: RttFigures
  }
  /** Share of demand within max(10 ms, 20 %) of the oracle. */
  readonly closeToOracle: number
  readonly lost: number
  /** Sum of the shares of demand that changed cluster, and how many blocks did. */
  readonly moved: { readonly demand: number; readonly blocks: number; readonly series: readonly number[] }
  readonly worst: {
    readonly cluster: string
    readonly at: number
    readonly load: number
    readonly bestPossible: number
  } | null
  /** Seconds in which some living cluster was above 85 % and above all of its capacity. */
  readonly secondsAbove: { readonly safe: number; readonly capacity: number }
  readonly clusters: readonly ClusterReport[]
  readonly alarms: readonly { readonly from: number; readonly to: number; readonly message: string }[]
}

export interface Report {
  readonly config: string
  readonly unit: string
  readonly blocks: number
  /** Demand at the start, and its share of all capacity. */
  readonly demand: { readonly value: number; readonly shareOfCapacity: number }
  /** Share of demand whose true RTTs were given; the map's estimates stand in for the others. */
  readonly trueShare: number
  readonly seconds: number
  readonly intervalSeconds: number
  readonly events: readonly { readonly at: number; readonly what: string }[]
  readonly runs: readonly RunReport[]
}

export const SAFE_LOAD = 0.85

export function runReport(policy: Policy | null, outcome: Outcome, clusters: readonly Cluster[]): RunReport {
  const { roundTrips, worst } = outcome
  return {
    policy,
    rttMs: {
      served: figures(roundTrips.served),
      oracle: figures(roundTrips.oracle),
      oracleWithinCapacity: figures(roundTrips.oracleWithin),
      geo: figures(roundTrips.geo),
    },
    closeToOracle: round(roundTrips.close, 4),
    lost: round(outcome.lost, 6),
    moved: {
      demand: round(sum(outcome.moved), 4),
      blocks: outcome.movedParts.reduce((all, moves) => all + moves, 0),
      series: [...outcome.moved].map(share => round(share, 5)),
    },
    worst:
      worst === null
        ? null
        : {
            cluster: outcome.clusters[worst.cluster]!,
            at: worst.second,
            load: round(worst.load, 4),
            bestPossible: round(outcome.worstBestPossible, 4),
          },
    secondsAbove: { safe: secondsAbove(outcome, SAFE_LOAD), capacity: secondsAbove(outcome, 1) },
    clusters: clusters.map((cluster, c) => clusterReport(outcome, cluster, c)),
    alarms: outcome.alarms,
  }
}

function clusterReport(outcome: Outcome, { id, capacity, target }: Cluster, c: number): ClusterReport {
  const { seconds, loads, levels } = outcome
  const n = outcome.clusters.length
  const series = new Array<number>(Math.ceil(seconds / SAMPLE_EVERY)).fill(0)
  let [peak, peakAt, all] = [0, 0, 0]
  for (let t = 0; t < seconds; t++) {
    const load = loads[t * n + c]!
    const at = Math.floor(t / SAMPLE_EVERY)
    series[at]! += load / Math.min(SAMPLE_EVERY, seconds - at * SAMPLE_EVERY)
    all += load
    if (load > peak) [peak, peakAt] = [load, t]
  }
  return {
    id,
    capacity: capacity.value,
    target,
    mean: round(all / seconds, 4),
    peak: round(peak, 4),
    peakAt,
    last: round(loads[(seconds - 1) * n + c]!, 4),
    level: levels[id] ?? 0,
    series: series.map(load => round(load, 4)),
  }
}

function secondsAbove({ loads, clusters, seconds }: Outcome, limit: number): number {
  const n = clusters.length
  let count = 0
  for (let t = 0; t < seconds; t++) if (loads.subarray(t * n, t * n + n).some(load => load > limit)) count++
  return count
}

function figures(of: RttHistogram): RttFigures {
  const tenth = (ms: number): number => round(ms, 1)
  return {
    mean: tenth(of.mean),
    p50: tenth(of.quantile(0.5)),
    p90: tenth(of.quantile(0.9)),
    p95: tenth(of.quantile(0.95)),
    p99: tenth(of.quantile(0.99)),
  }
}

/** The events as a person would say them. */
export function eventsOf({ events }: Scenario): { at: number; what: string }[] {
  return events.map(event => ({ at: event.at, what: describe(event) }))
}

function describe(event: ScenarioEvent): string {
  switch (event.kind) {
    case 'fail':
      return `${event.clusters.join(', ')} down`
    case 'restore':
      return `${event.clusters.join(', ')} restored`
    case 'drain':
      return `${event.clusters.join(', ')} drained to ${event.percent} %`
    case 'silent':
      return `${event.clusters.join(', ')} silent${event.reports === 'both' ? '' : ` (${event.reports})`}`
    case 'frozen':
      return `${event.clusters.join(', ')} reports the same load`
    case 'demand':
      return `demand${whoOf(event.who)} x ${event.factor}${event.over > 0 ? ` within ${event.over} s` : ''}`
    case 'swing':
      return `demand${whoOf(event.who)} swings by ${Math.round(event.amplitude * 100)} %`
  }
}

function whoOf({ prefixes, countries, services, firstAt }: Extract<ScenarioEvent, { kind: 'demand' }>['who']): string {
  const parts = [
    countries === undefined ? '' : ` of ${countries.join(', ')}`,
    prefixes === undefined ? '' : ` of ${prefixes.length} ${prefixes.length === 1 ? 'prefix' : 'prefixes'}`,
    services === undefined ? '' : ` for ${services.join(', ')}`,
    firstAt === undefined ? '' : ` of blocks first at ${firstAt.join(', ')}`,
  ]
  return parts.join('')
}

const sum = (values: Float64Array): number => values.reduce((all, value) => all + value, 0)

/** JSON has no NaN: what nobody asked for is 0. */
function round(value: number, digits: number): number {
  return Number.isFinite(value) ? Number(value.toFixed(digits)) : 0
}
