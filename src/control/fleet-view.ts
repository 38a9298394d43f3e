import type { NodeReport } from '../model/signals.ts'
import type { FleetMember, Status } from '../model/status.ts'

/** A nameserver reports every 5 s: who missed three reports is missing. */
const SILENT_MS = 15_000

/** Every nameserver that was heard of lately, with what can be said of it at `now`. `self` is heard even while the store is away. */
export function fleetMembers(reports: readonly NodeReport[], self: string, now: number): FleetMember[] {
  return reports.map(report => ({ ...report, state: stateOf(report, self, now) }))
}

function stateOf({ node, at, stopped }: NodeReport, self: string, now: number): FleetMember['state'] {
  if (node === self) return 'up'
  if (stopped === true) return 'stopped'
  return now - at > SILENT_MS ? 'silent' : 'up'
}

/** What is wrong with the others, as seen from one that serves `snapshot` (null: nothing yet). */
export function fleetAlarms(
  fleet: readonly FleetMember[],
  self: string,
  snapshot: Pick<Status['snapshot'], 'configHash' | 'geoHash'> | null,
  now: number,
): string[] {
  const others = fleet.filter(({ node }) => node !== self)
  return [...silences(others, now), ...(snapshot === null ? [] : mismatches(others, snapshot))]
}

function silences(others: readonly FleetMember[], now: number): string[] {
  const silent = others.filter(({ state }) => state === 'silent')
  return silent.map(({ node, at }) => `${node} has not been heard of for ${Math.round((now - at) / 1000)} s`)
}

/** A fleet whose members compile from different inputs gives different answers to one client. */
function mismatches(
  others: readonly FleetMember[],
  ours: Pick<Status['snapshot'], 'configHash' | 'geoHash'>,
): string[] {
  return others.flatMap(report => {
    if (report.generation === 0 || report.state !== 'up') return []
    const differs = [
      ...(report.configHash === ours.configHash ? [] : ['configuration']),
      ...(report.geoHash === ours.geoHash ? [] : ['geo data']),
    ]
    return differs.length === 0 ? [] : [`${report.node} serves from a different ${differs.join(' and ')}`]
  })
}
