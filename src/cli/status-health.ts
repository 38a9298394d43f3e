import type { ClusterStatus, Status } from '../model/status.ts'
import type { Colours } from './io.ts'
import { formatAge, formatTable, plural, printable } from './table.ts'

/** Who speaks of health: `2 of 3 monitors heard; verdicts stand still: too few`; null where nothing is checked and nobody checks. */
export function describeHealth({ health, clusters }: Status): string | null {
  const { monitors, quorum, failOpen } = health
  const checked = clusters.filter(cluster => cluster.checked !== null).length
  if (checked === 0 && monitors.length === 0) return null
  const silent = monitors.filter(({ fresh }) => !fresh)
  const names = silent.map(({ monitor, ageMs }) => `${printable(monitor)} silent for ${formatAge(ageMs)}`)
  const blind = monitors.filter(monitor => monitor.fresh && monitor.blind.length > 0)
  const blindNames = blind.map(
    ({ monitor, blind: families }) => `${printable(monitor)} sees nothing by IPv${families.join(' and IPv')}`,
  )
  const heard = `${monitors.length - silent.length} of ${plural(monitors.length, 'monitor')} heard`
  const open = failOpen.map(({ service, families }) => `${service} fails open for IPv${families.join(' and IPv')}`)
  const frozen = quorum.lostSince === null ? [] : ['too few: verdicts stand still']
  return [`${plural(checked, 'cluster')} checked`, heard, ...names, ...blindNames, ...frozen, ...open].join('; ')
}

const COLUMNS = [
  { title: 'down' },
  { title: 'cluster' },
  { title: 'family' },
  { title: 'cause' },
  { title: 'by', right: true },
  { title: 'for', right: true },
]

/** The servers that are down, the latest of each cluster first; '' where none is. */
export function formatDown({ clusters, now }: Status, colours: Colours): string {
  const rows = clusters.flatMap(({ id, checked }) =>
    (checked?.down ?? []).map(({ server, family, cause, since, voices: [agreeing, speaking] }) => [
      ...[colours.red(server), id, `IPv${family}`, cause],
      ...[`${agreeing} of ${speaking}`, formatAge(now - since)],
    ]),
  )
  return rows.length === 0 ? '' : formatTable(COLUMNS, rows)
}

/** `up`, `degraded`, `up, slow start 35 %`. */
export function healthCell({ health, checked }: ClusterStatus, colours: Colours): string {
  const ramps = (checked?.families ?? []).flatMap(({ ramp }) => ramp ?? [])
  if (health === 'unknown') return colours.yellow('unknown')
  if (health !== 'up') return colours.red(health)
  return ramps.length === 0 ? colours.green('up') : colours.yellow(`up, slow start ${Math.min(...ramps)} %`)
}

/** `4`, or `3/4`: in use of how many, by the family that has fewest. */
export function serversCell({ servers, checked }: ClusterStatus): string {
  const left = Math.min(...(checked?.families ?? []).map(({ down }) => servers - down), servers)
  return left === servers ? String(servers) : `${left}/${servers}`
}
