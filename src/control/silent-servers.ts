import { type Millis, millis } from '../base/brand.ts'
import type { Deployment } from '../model/deployment.ts'
import { REPORT_AGE_MS } from '../plan/levels/tuning.ts'
import type { FleetState } from './fleet-state.ts'

/** Servers that one sentence names. */
const NAMED = 4

/** One sentence for each cluster some of whose servers report their load and some do not. */
export function silentServers(deployment: Deployment, state: FleetState, now: Millis): readonly string[] {
  return deployment.clusters.flatMap(({ id }) => {
    const silent = [...state.silentServers(id, millis(now - REPORT_AGE_MS))]
    if (silent.length === 0) return []
    const names = silent.slice(0, NAMED).map(([server, at]) => describe(server, at, now))
    const others = silent.length > NAMED ? ` and ${silent.length - NAMED} more` : ''
    return [`load of ${id} is not known in whole: ${names.join(', ')}${others}`]
  })
}

function describe(server: string, at: Millis | null, now: Millis): string {
  if (at === null) return `${server} never reported, and counts like its siblings`
  return `${server} reported ${Math.round((now - at) / 1000)} s ago, and counts as it was then`
}
