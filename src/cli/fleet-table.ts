import type { ClusterStatus, FleetMember, Status } from '../model/status.ts'
import type { Colours } from './io.ts'
import { formatAge, formatMoment, formatTable, printable } from './table.ts'

const FLEET_COLUMNS = [
  { title: 'nameserver' },
  { title: 'role' },
  { title: 'generation', right: true },
  { title: 'map age', right: true },
  { title: 'config' },
  { title: 'geo' },
  { title: 'plan' },
  { title: 'alarms', right: true },
  { title: 'heard' },
]

/** Every nameserver of the fleet; '' where there is none but this one. */
export function formatFleet({ fleet, node, now }: Status, colours: Colours): string {
  if (fleet.every(member => member.node === node)) return ''
  const self = fleet.find(member => member.node === node)
  const newest = fleet.reduce((a, b) => (isBehind(a, b) ? b : a))
  const alike = (ours: string | undefined, theirs: string): string =>
    ours === undefined || theirs === '' ? '-' : ours === theirs ? 'same' : colours.red('differs')
  const rows = fleet.map(member => [
    `${member.node}${member.node === node ? ' *' : ''}`,
    roleOf(member, colours),
    member.generation === 0 ? '-' : String(member.generation),
    member.builtAt === undefined || member.generation === 0 ? '-' : formatAge(now - member.builtAt),
    alike(self?.configHash, member.configHash),
    alike(self?.geoHash, member.geoHash),
    planOf(member, newest),
    member.alarms === undefined ? '-' : String(member.alarms),
    `${formatAge(now - member.at)} ago`,
  ])
  return formatTable(FLEET_COLUMNS, rows)
}

function roleOf({ state, leader }: FleetMember, colours: Colours): string {
  if (state === 'silent') return colours.red('silent')
  if (state === 'stopped') return 'stopped'
  return leader ? 'leader' : 'standby'
}

/** `360`, or how far it is behind the newest plan that anybody serves. */
function planOf(member: FleetMember, newest: FleetMember): string {
  if (member.planSeq === 0) return '-'
  if (!isBehind(member, newest)) return String(member.planSeq)
  const isOfEarlierLeader = (member.planToken ?? 0) < (newest.planToken ?? 0)
  return `${member.planSeq} (${isOfEarlierLeader ? 'of an earlier leader' : `${newest.planSeq - member.planSeq} behind`})`
}

function isBehind(a: FleetMember, b: FleetMember): boolean {
  const tokens = (a.planToken ?? 0) - (b.planToken ?? 0)
  return tokens < 0 || (tokens === 0 && a.planSeq < b.planSeq)
}

const DRAIN_COLUMNS = [
  { title: 'drained' },
  { title: 'now', right: true },
  { title: 'wanted', right: true },
  { title: 'since' },
  { title: 'until' },
  { title: 'by' },
  { title: 'reason' },
]

/** What operators have taken out: how far, who, when and why; '' where it is nothing. */
export function formatDrains(clusters: readonly ClusterStatus[]): string {
  const rows = clusters.flatMap(({ id, drain, drained }) => {
    if (drain === null) return []
    const until = drain.percent === 0 ? 'restored' : drain.until === undefined ? '-' : formatMoment(drain.until)
    const said = [printable(drain.by), printable(drain.reason)]
    return [[id, `${drained} %`, `${drain.percent} %`, formatMoment(drain.since), until, ...said]]
  })
  return rows.length === 0 ? '' : formatTable(DRAIN_COLUMNS, rows)
}
