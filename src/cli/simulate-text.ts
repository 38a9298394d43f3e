import type { Colours } from './io.ts'
import { type Report, type RttFigures, type RunReport, SAFE_LOAD } from './simulate-report.ts'
import { formatCount, formatFacts, formatLoad, formatTable, plural } from './table.ts'

const BARS = '▁▂▃▄▅▆▇█'
const SPARK_WIDTH = 24

/** The report as a person reads it in a terminal. `spark`: with a small course of each cluster's load. */
export function formatReport(report: Report, colours: Colours, spark: boolean): string {
  const { demand, unit, blocks, seconds, trueShare, events, runs } = report
  const facts = formatFacts([
    [
      'demand',
      `${formatLoad(demand.value, unit)} from ${plural(blocks, 'block')}, ${percent(demand.shareOfCapacity)} of all capacity`,
    ],
    ['time', `${clock(seconds)}${events.length === 0 ? ', nothing happens' : ''}`],
    ...events.map(({ at, what }, i) => [i === 0 ? 'events' : '', `${clock(at)} ${what}`] as const),
    [
      'true RTTs',
      trueShare === 1
        ? null
        : trueShare === 0
          ? "not given: the map's own estimates are taken for true"
          : `given for ${percent(trueShare)} of the demand`,
    ],
  ])
  const compared = runs.length > 1 ? `\n${colours.bold('Policies')}\n${comparison(runs)}` : ''
  return `${facts}${compared}${runs.map(run => formatRun(run, report, colours, spark)).join('')}`
}

const RTT_COLUMNS = [
  { title: 'RTT ms' },
  ...['mean', 'p50', 'p90', 'p95', 'p99'].map(title => ({ title, right: true })),
]

function formatRun(run: RunReport, { unit }: Report, colours: Colours, spark: boolean): string {
  const { rttMs, worst, secondsAbove, moved, lost, closeToOracle, alarms } = run
  const row = (title: string, f: RttFigures): string[] => [
    title,
    ...[f.mean, f.p50, f.p90, f.p95, f.p99].map(ms => ms.toFixed(1)),
  ]
  const rtts = formatTable(RTT_COLUMNS, [
    row('served', rttMs.served),
    row('oracle', rttMs.oracle),
    row('oracle within capacity', rttMs.oracleWithinCapacity),
    row('nearest', rttMs.geo),
  ])
  const facts = formatFacts([
    ['close to the oracle', `${percent(closeToOracle)} of demand, within 10 ms or 20 %`],
    [
      'highest load',
      worst === null
        ? 'none'
        : `${worst.cluster} at ${paint(worst.load, colours)} of capacity after ${clock(worst.at)}; best possible then ${percent(worst.bestPossible)}`,
    ],
    [
      'above 85 %',
      secondsAbove.safe === 0
        ? 'never'
        : `${plural(secondsAbove.safe, 'second')}, above capacity ${plural(secondsAbove.capacity, 'second')}`,
    ],
    ['moved', `${percent(moved.demand)} of demand, ${plural(moved.blocks, 'change')} of cluster`],
    ['lost', lost === 0 ? 'none' : `${(100 * lost).toFixed(2)} % of demand went to dead clusters or found none`],
  ])
  const said = alarms
    .map(({ from, to, message }) => `${clock(from)}-${clock(to)} ${colours.yellow(message)}\n`)
    .join('')
  const title = run.policy === null ? '' : `\n${colours.bold(`Policy ${run.policy}`)}\n`
  return `${title}\n${rtts}\n${facts}\n${clusterTable(run, unit, colours, spark)}${said === '' ? '' : `\nAlarms of the plan\n${said}`}`
}

function clusterTable(run: RunReport, unit: string, colours: Colours, spark: boolean): string {
  const columns = [
    { title: 'cluster' },
    { title: 'capacity', right: true },
    { title: 'mean', right: true },
    { title: 'peak', right: true },
    { title: 'at', right: true },
    { title: 'end', right: true },
    { title: 'level', right: true },
    ...(spark ? [{ title: 'load, 0 to capacity' }] : []),
  ]
  const rows = run.clusters.map(({ id, capacity, mean, peak, peakAt, last, level, series }) => [
    id,
    formatLoad(capacity, unit),
    percent(mean),
    paint(peak, colours),
    clock(peakAt),
    percent(last),
    level === 0 ? '-' : String(level),
    ...(spark ? [sparkline(series)] : []),
  ])
  return formatTable(columns, rows)
}

const COMPARED = ['policy', 'mean', 'p50', 'p95', 'close', 'highest load', 'at', 'above 85 %', 'moved', 'lost']

function comparison(runs: readonly RunReport[]): string {
  return formatTable(
    COMPARED.map((title, i) => ({ title, right: i > 0 && title !== 'at' })),
    runs.map(({ policy, rttMs: { served }, closeToOracle, worst, secondsAbove, moved, lost }) => [
      policy ?? 'as configured',
      ...[served.mean, served.p50, served.p95].map(ms => ms.toFixed(1)),
      percent(closeToOracle),
      worst === null ? '-' : percent(worst.load),
      worst === null ? '-' : worst.cluster,
      `${formatCount(secondsAbove.safe)} s`,
      percent(moved.demand),
      `${(100 * lost).toFixed(2)} %`,
    ]),
  )
}

/** Highest load of each column; a full bar is capacity or more. */
function sparkline(series: readonly number[]): string {
  const width = Math.min(SPARK_WIDTH, series.length)
  return Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * series.length) / width)
    const to = Math.max(from + 1, Math.floor(((i + 1) * series.length) / width))
    const load = Math.max(...series.slice(from, to))
    return load <= 0 ? ' ' : BARS[Math.min(BARS.length - 1, Math.floor(load * BARS.length))]
  }).join('')
}

function paint(load: number, colours: Colours): string {
  const text = percent(load)
  return load > 1 ? colours.red(text) : load > SAFE_LOAD ? colours.yellow(text) : text
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** `2:05`, `1:02:05`. */
export function clock(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}
