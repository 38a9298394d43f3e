import type { RttHistogram } from '../simulate/histogram.ts'
import type { Outcome } from '../simulate/outcome.ts'
import { type Curve, cdfPlot, escapeHtml, loadPlot, movesPlot } from './simulate-plots.ts'
import { type ClusterReport, type Report, type RunReport, SAFE_LOAD } from './simulate-report.ts'
import { STYLE } from './simulate-style.ts'
import { clock, percent } from './simulate-text.ts'
import { formatLoad, plural } from './table.ts'

/** One page that needs nothing else: no scripts, no fonts, no network. Follows the reader's choice of light or dark. */
export function formatPage(report: Report, outcomes: readonly Outcome[]): string {
  const { runs } = report
  const body = [
    header(report),
    ...(runs.length > 1 ? [comparison(report, outcomes)] : []),
    ...runs.map((run, i) => section(run, outcomes[i]!, report)),
  ]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>kingcdn simulate: ${escapeHtml(report.config)}</title>
<style>${STYLE}</style>
<main>
${body.join('\n')}
</main>
</html>
`
}

function header({ config, demand, unit, blocks, seconds, trueShare, events }: Report): string {
  const truth =
    trueShare === 1
      ? 'true round trips are given'
      : `${trueShare === 0 ? 'true round trips are not given' : `true round trips are given for ${percent(trueShare)} of it`}; the map's estimates stand in`
  const list = events.map(({ at, what }) => `<li><time>${clock(at)}</time> ${escapeHtml(what)}</li>`).join('')
  return `<header>
<p class="over">kingcdn simulate</p>
<h1>${escapeHtml(config)}</h1>
<p>${formatLoad(demand.value, unit)} of demand from ${plural(blocks, 'block')} of clients, ${percent(demand.shareOfCapacity)} of all capacity, for ${clock(seconds)}; ${truth}.</p>
${list === '' ? '' : `<ol class="events">${list}</ol>`}
</header>`
}

const POLICY_CLASSES = ['served', 'second', 'third', 'fourth', 'fifth', 'sixth']

function comparison({ runs }: Report, outcomes: readonly Outcome[]): string {
  const curves: Curve[] = [
    ...outcomes.map(({ roundTrips }, i) =>
      curve(POLICY_CLASSES[i % POLICY_CLASSES.length]!, nameOf(runs[i]!), roundTrips.served),
    ),
    curve('oracle', 'oracle', outcomes[0]!.roundTrips.oracle),
  ]
  const rows = runs.map(
    run =>
      `<tr><th scope="row">${nameOf(run)}<td>${run.rttMs.served.mean.toFixed(1)}<td>${run.rttMs.served.p50.toFixed(1)}<td>${run.rttMs.served.p95.toFixed(1)}<td>${percent(run.closeToOracle)}<td>${worstOf(run)}<td>${percent(run.moved.demand)}<td>${(100 * run.lost).toFixed(2)} %`,
  )
  return `<section>
<h2>Policies side by side</h2>
<table><thead><tr><th scope="col">policy<th scope="col">mean ms<th scope="col">p50<th scope="col">p95<th scope="col">close to the oracle<th scope="col">highest load<th scope="col">moved<th scope="col">lost</thead><tbody>${rows.join('')}</tbody></table>
${figure('Round trips: share of demand below', cdfPlot(curves), legend(curves))}
</section>`
}

const nameOf = ({ policy }: RunReport): string => policy ?? 'as configured'

function worstOf({ worst }: RunReport): string {
  return worst === null ? 'none' : `${percent(worst.load)}, ${escapeHtml(worst.cluster)} at ${clock(worst.at)}`
}

function section(run: RunReport, outcome: Outcome, { events, intervalSeconds, seconds, unit }: Report): string {
  const { served, oracle, oracleWithin, geo } = outcome.roundTrips
  const curves = [
    curve('geo', 'nearest', geo),
    curve('within', 'oracle within capacity', oracleWithin),
    curve('oracle', 'oracle', oracle),
    curve('served', 'served', served),
  ]
  const loads = run.clusters.map((cluster, c) => loadCard(cluster, coursesOf(outcome, c), seconds, unit, events))
  const alarms = run.alarms.map(
    ({ from, to, message }) => `<li><time>${clock(from)}-${clock(to)}</time> ${escapeHtml(message)}</li>`,
  )
  return `<section>
<h2>${run.policy === null ? 'What happened' : `Policy ${run.policy}`}</h2>
${cards(run)}
<div class="pair">
${figure('Round trips: share of demand below', cdfPlot(curves), legend(curves))}
${figure(`Demand that changed cluster, per ${intervalSeconds} s`, movesPlot(run.moved.series, intervalSeconds, events, clock), '')}
</div>
<h3>Load of each cluster</h3>
<p class="legend"><span class="load">load</span><span class="target">target</span><span class="capacity">capacity</span><span class="mark">event</span></p>
<div class="grid-of-plots">${loads.join('')}</div>
${alarms.length === 0 ? '' : `<h3>Alarms of the load plan</h3><ol class="events">${alarms.join('')}</ol>`}
</section>`
}

function cards({ rttMs, closeToOracle, worst, secondsAbove, moved, lost }: RunReport): string {
  const card = (title: string, value: string, note: string, tone = ''): string =>
    `<div class="card ${tone}"><span>${title}</span><strong>${value}</strong><small>${note}</small></div>`
  const { served, oracle, oracleWithinCapacity, geo } = rttMs
  return `<div class="cards">
${card('median round trip', `${served.p50.toFixed(1)} ms`, `oracle ${oracle.p50.toFixed(1)}, within capacity ${oracleWithinCapacity.p50.toFixed(1)}, nearest ${geo.p50.toFixed(1)}`)}
${card('95th percentile', `${served.p95.toFixed(1)} ms`, `oracle ${oracle.p95.toFixed(1)}, within capacity ${oracleWithinCapacity.p95.toFixed(1)}, nearest ${geo.p95.toFixed(1)}`)}
${card('close to the oracle', percent(closeToOracle), 'of demand, within 10 ms or 20 %')}
${worst === null ? '' : card('highest load', percent(worst.load), `${escapeHtml(worst.cluster)} at ${clock(worst.at)}; best possible then ${percent(worst.bestPossible)}`, toneOf(worst.load))}
${card('above 85 %', clock(secondsAbove.safe), `above capacity ${clock(secondsAbove.capacity)}`)}
${card('moved', percent(moved.demand), `of demand, ${plural(moved.blocks, 'change')} of cluster`)}
${card('lost', `${(100 * lost).toFixed(2)} %`, 'went to dead clusters or found none', lost > 0.01 ? 'bad' : '')}
</div>`
}

const toneOf = (load: number): string => (load > 1 ? 'bad' : load > SAFE_LOAD ? 'warn' : '')

function loadCard(
  { id, capacity, target, peak, peakAt, last, level }: ClusterReport,
  loads: readonly number[],
  seconds: number,
  unit: string,
  events: Report['events'],
): string {
  const shed = level === 0 ? '' : `, sheds below rank ${level}`
  return `<figure class="small ${toneOf(peak)}"><figcaption><b>${escapeHtml(id)}</b> <span>${formatLoad(capacity, unit)}; peak ${percent(peak)} at ${clock(peakAt)}, end ${percent(last)}${shed}</span></figcaption>${loadPlot({ loads, target, seconds }, events, clock)}</figure>`
}

const MOST_POINTS = 240

/** The highest load in each of at most {@link MOST_POINTS} equal parts of the run. */
function coursesOf({ loads, clusters, seconds }: Outcome, c: number): number[] {
  const parts = Math.min(MOST_POINTS, seconds)
  return Array.from({ length: parts }, (_, i) => {
    let most = 0
    const to = Math.max(Math.floor((i * seconds) / parts) + 1, Math.floor(((i + 1) * seconds) / parts))
    for (let t = Math.floor((i * seconds) / parts); t < to; t++) most = Math.max(most, loads[t * clusters.length + c]!)
    return most
  })
}

const curve = (name: string, label: string, histogram: RttHistogram): Curve => ({
  name,
  label,
  points: histogram.cdf(),
})

function legend(curves: readonly Curve[]): string {
  return `<p class="legend">${curves.map(({ name, label }) => `<span class="${name}">${escapeHtml(label)}</span>`).join('')}</p>`
}

const figure = (title: string, plot: string, below: string): string =>
  `<figure><figcaption><b>${escapeHtml(title)}</b></figcaption>${plot}${below}</figure>`
