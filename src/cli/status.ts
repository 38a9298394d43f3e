import type { ClusterStatus, SnapshotStatus, Status } from '../model/status.ts'
import { ApiClient } from './api-client.ts'
import { configOption, jsonOption, readConfig } from './config-option.ts'
import { formatDrains, formatFleet } from './fleet-table.ts'
import type { Colours, Io } from './io.ts'
import type { Program, Shell } from './shell.ts'
import { describeHealth, formatDown, healthCell, serversCell } from './status-health.ts'
import { formatAge, formatCount, formatFacts, formatLoad, formatTable, plural, printable } from './table.ts'

const EXAMPLE = `
Examples:
  kingcdn status
  kingcdn status --json | jq .snapshot

Exit code 1 while the server has alarms or serves nothing.
`

export function addStatus(program: Program, shell: Shell): void {
  program
    .command('status')
    .description('the running server at a glance')
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(options => shell.run(() => status(options, shell.io)))
}

async function status({ config, json }: { config: string; json?: true }, io: Io): Promise<number> {
  const now = (await new ApiClient((await readConfig(config)).access, io.env).get('/v1/status')) as Status
  io.out(json ? `${JSON.stringify(now, null, 2)}\n` : formatStatus(now, io.colours))
  return now.phase === 'serving' && now.alarms.length === 0 ? 0 : 1
}

/** Alarms first, then the server, its zones, its clusters. */
export function formatStatus(status: Status, colours: Colours): string {
  const alarms = status.alarms.map(alarm => colours.red(`! ${printable(alarm)}\n`)).join('')
  const server = [alarms, formatServer(status), formatFleet(status, colours), formatZones(status, colours)]
  const clusters = [
    formatClusters(status.clusters, colours),
    formatDown(status, colours),
    formatDrains(status.clusters),
  ]
  return [...server, ...clusters].filter(part => part !== '').join('\n')
}

function formatServer(status: Status): string {
  const { snapshot, store, rtt, listen, now } = status
  const age = (at: number): string => formatAge(now - at)
  const measured = rtt.newestAgeMs === null ? '' : `, newest ${formatAge(rtt.newestAgeMs)} old`
  const away = store.up ? 'up' : `away, ${printable(store.reason)}`
  const workers = status.workers.map(describeWorker)
  return formatFacts([
    ['node', `${status.node}, ${status.phase}, up ${age(status.startedAt)}, version ${status.version}`],
    ['listen', `DNS ${listen.dns.join(', ')}; ${tlsText(listen)}HTTP ${listen.http ?? 'off'}; ${listen.transport}`],
    ['queries', `${formatCount(status.qps)} per second`],
    ['snapshot', describeSnapshot(snapshot, now)],
    ['refused', snapshot.refused === 0 ? null : describeRefused(snapshot)],
    ['store', `${store.label}: ${away} for ${age(store.since)}`],
    ['leader', describeLeader(status)],
    ['rtt', `${formatCount(rtt.rows)} rows of ${formatCount(rtt.prefixes)} prefixes${measured}`],
    ['demand', describeDemand(status)],
    ['health', describeHealth(status)],
    ['workers', workers.join(', ')],
  ])
}

/** What the map that is served takes demand to be. */
function describeDemand({ demand, now }: Status): string {
  const { blocks, reported, share, at } = demand
  if (at === null || share === null) return 'nothing is known: every block counts alike'
  const said = reported === 0 ? '' : ` (${formatCount(reported)} reported)`
  return `${formatCount(blocks)} blocks known${said}, ${Math.round(share * 100)} % of all queries, ${formatAge(now - at)} old`
}

/** `query-0 7 MiB`: memory of its own. */
function describeWorker({ name, restarts, memory }: Status['workers'][number]): string {
  const size = `${name} ${Math.round((memory.heapTotal + memory.external) / 2 ** 20)} MiB`
  return restarts === 0 ? size : `${size} (${restarts} restarts)`
}

function describeSnapshot(snapshot: SnapshotStatus, now: number): string {
  if (snapshot.generation === 0) return 'none yet'
  const from = snapshot.from + (snapshot.coarse ? ', coarse' : '')
  const built = `${formatAge(now - snapshot.builtAt)} old, built in ${formatCount(snapshot.buildMs)} ms`
  const { ranges, rows, places } = snapshot
  const size = `${formatCount(ranges)} ranges, ${formatCount(rows)} rows, ${formatCount(places)} places`
  return `generation ${snapshot.generation} (${from}), ${built}: ${size}`
}

function describeRefused({ refused, refusedReason }: SnapshotStatus): string {
  return `${plural(refused, 'snapshot')}, the last: ${printable(refusedReason ?? '')}`
}

function describeLeader({ leader, now }: Status): string {
  const holder = leader.self ? 'this node' : (leader.holder ?? 'nobody')
  return `${holder}, plan ${leader.planSeq}${leader.planAt === null ? '' : `, ${formatAge(now - leader.planAt)} old`}`
}

function formatZones({ zones }: Status, colours: Colours): string {
  if (zones.length === 0) return ''
  const rows = zones.map(({ origin, serial, records, error }) => [
    origin,
    serial === null ? '-' : String(serial),
    formatCount(records),
    error === null ? 'loaded' : colours.red(printable(error)),
  ])
  return formatTable(
    [{ title: 'zone' }, { title: 'serial', right: true }, { title: 'records', right: true }, { title: 'state' }],
    rows,
  )
}

const CLUSTER_COLUMNS = [
  { title: 'cluster' },
  { title: 'tier' },
  { title: 'country' },
  { title: 'servers', right: true },
  { title: 'health' },
  { title: 'drain' },
  { title: 'load', right: true },
  { title: 'planned', right: true },
  { title: 'capacity', right: true },
  { title: 'floor', right: true },
  { title: 'shed', right: true },
  { title: 'answers', right: true },
]

/** The table that `status` and `cluster list` share. */
export function formatClusters(clusters: readonly ClusterStatus[], colours: Colours): string {
  if (clusters.length === 0) return 'no clusters\n'
  const rows = clusters.map(cluster => [
    cluster.id,
    cluster.tier,
    cluster.country ?? '-',
    serversCell(cluster),
    healthCell(cluster, colours),
    cluster.drain === null ? '' : colours.yellow(`${cluster.drained} %`),
    cluster.load === null ? '-' : `${Math.round(cluster.load * 100)} %${cluster.stale ? ' (stale)' : ''}`,
    cluster.planned === null ? '-' : `${Math.round(cluster.planned * 100)} %`,
    formatLoad(cluster.capacity, cluster.unit),
    formatLevel(cluster.floor),
    formatLevel(cluster.level),
    formatCount(cluster.answers),
  ])
  return formatTable(CLUSTER_COLUMNS, rows)
}

/** Shed ranks run over 0..255, so level 256 turns every block away. */
const formatLevel = (level: number): string => (level === 0 ? '-' : `${Math.round((level / 256) * 100)} %`)

function tlsText({ tls, tlsNotAfter }: Status['listen']): string {
  if (tls.length === 0) return ''
  const until =
    tlsNotAfter === null ? 'no usable certificate' : `until ${new Date(tlsNotAfter).toISOString().slice(0, 10)}`
  return `TLS ${tls.join(', ')} (${until}); `
}
