import type { Millis } from '../base/brand.ts'
import type { Deployment } from '../model/deployment.ts'
import { HEALTH_FRESH_MS } from '../model/health.ts'
import type { HealthStatus } from '../model/health-status.ts'
import { FAMILY_V4, FAMILY_V6 } from '../model/live-table.ts'
import { openFamilies } from '../plan/health/fail-open.ts'
import type { FleetState } from './fleet-state.ts'

/** Health as `status` shows it. */
export function healthStatus(state: FleetState, { clusters, services }: Deployment, now: Millis): HealthStatus {
  const monitors = state.health.monitors(now).map(({ monitor, place, heardAt, blind, verdicts }) => {
    const ageMs = Math.max(0, now - heardAt)
    return { monitor, place, ageMs, fresh: ageMs <= HEALTH_FRESH_MS, blind, verdicts }
  })
  const failOpen = services.flatMap(service => {
    const bits = openFamilies(service, clusters, state.plan?.clusters)
    const families = ([4, 6] as const).filter(family => (bits & (family === 4 ? FAMILY_V4 : FAMILY_V6)) !== 0)
    return families.length === 0 ? [] : [{ service: service.id, families }]
  })
  const { fresh, known, lostSince } = state.plan?.monitors ?? { fresh: 0, known: 0, lostSince: null }
  return { monitors, quorum: { fresh, known, lostSince }, failOpen }
}
