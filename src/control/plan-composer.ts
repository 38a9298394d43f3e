import type { Millis } from '../base/brand.ts'
import { own } from '../base/own.ts'
import type { Deployment } from '../model/deployment.ts'
import type { Allocation, ClusterPlan } from '../model/fleet-plan.ts'
import type { ClusterLoadInput, LevelsVerdict } from '../model/planner.ts'
import { RAISE_ABOVE_TARGET } from '../plan/allocate/tuning.ts'
import { room } from '../plan/health/room.ts'
import type { FleetState } from './fleet-state.ts'
import type { Judgement } from './health-judge.ts'

/** What the level planner needs to know of each cluster now. */
export function levelInputs(deployment: Deployment, state: FleetState, now: Millis): ClusterLoadInput[] {
  // Demand that moves between clusters must be counted in one unit. Where capacities are given in several, shares of capacity stand in.
  const oneUnit = new Set(deployment.clusters.map(cluster => cluster.capacity.unit)).size <= 1
  return deployment.clusters.map(cluster => {
    const scale = oneUnit ? 1 : 1 / cluster.capacity.value
    const load = state.loadOf(cluster.id)
    const drainPercent = state.drainOf(cluster.id, now)
    const before = own(state.plan?.clusters, cluster.id)
    const serving = before?.serving
    const { share, turnedAway } = room(cluster, before)
    const usable = drainPercent < 100 && share > 0
    return {
      id: cluster.id,
      capacity: cluster.capacity.value * scale * (usable ? share : 1),
      target: cluster.target,
      usable,
      drainPercent: Math.max(drainPercent, turnedAway),
      ...(load === undefined ? {} : { load: { value: load.value * scale, at: load.at } }),
      ...(serving === undefined ? {} : { serving }),
    }
  })
}

/** A cluster planned this much (share of capacity) above its target is named. */
const ABOVE_TARGET = RAISE_ABOVE_TARGET + 0.005

/** What the load plan has to say to people: of the levels, and of clusters that the allocation had to plan above their target. */
export function planAlarms(
  deployment: Deployment,
  levels: LevelsVerdict | null,
  allocation: Allocation | null,
): readonly string[] {
  const planned = (id: string): number => own(allocation?.planned, id) ?? 0
  const full = deployment.clusters.filter(({ id, target }) => planned(id) > target + ABOVE_TARGET).map(({ id }) => id)
  if (full.length === 0) return levels?.alarms ?? []
  const most = Math.max(...full.map(planned))
  const sentence = `more demand than room in reach: ${full.join(', ')} planned above target, up to ${most.toFixed(2)} of capacity`
  return [...(levels?.alarms ?? []), sentence]
}

const NOT_CHECKED = { health: 'up' } as const

/** Puts the plan's per-cluster part together from intents, verdicts, loads and the levels that were planned last. */
export function composeClusters(
  deployment: Deployment,
  state: FleetState,
  levels: LevelsVerdict | null,
  now: Millis,
  judgement: Judgement,
): Record<string, ClusterPlan> {
  const stale = new Set(levels?.stale)
  return Object.fromEntries(
    deployment.clusters.map(cluster => {
      const load = state.loadOf(cluster.id)
      const drain = state.intentOf(cluster.id, now)
      const before = own(state.plan?.clusters, cluster.id)
      const serving = own(levels?.serving, cluster.id) ?? before?.serving
      const entry: ClusterPlan = {
        ...(own(judgement.clusters, cluster.id) ?? NOT_CHECKED),
        drainPercent: state.drainOf(cluster.id, now),
        ...(drain === null ? {} : { drain }),
        level: own(levels?.levels, cluster.id) ?? before?.level ?? 0,
        stale: stale.has(cluster.id),
        ...(load === undefined ? {} : { load: load.value / cluster.capacity.value }),
        ...(serving === undefined ? {} : { serving }),
      }
      return [cluster.id, entry]
    }),
  )
}
