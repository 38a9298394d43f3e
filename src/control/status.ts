import type { CounterReading } from '../model/counters.ts'
import type { Deployment } from '../model/deployment.ts'
import type { EstimateStats } from '../model/estimates.ts'
import type { RttSummary } from '../model/planner.ts'
import type { ClusterStatus, Status, WorkerStatus } from '../model/status.ts'
import { summaryOf } from '../plan/health/summary.ts'
import type { Controller } from './controller.ts'
import { fleetAlarms, fleetMembers } from './fleet-view.ts'
import { healthStatus } from './health-view.ts'
import type { Publisher } from './publisher.ts'
import { silentServers } from './silent-servers.ts'
import type { StableNumbers } from './stable-numbers.ts'

export interface StatusParts {
  readonly node: string
  readonly version: string
  readonly startedAt: number
  readonly listen: Status['listen']
  readonly store: Pick<Status['store'], 'kind' | 'label' | 'skipped'>
  readonly controller: Controller
  readonly publisher: Publisher
  readonly stable: StableNumbers
  readonly workers: () => readonly WorkerStatus[]
  readonly qps: () => number
  readonly planned: () => Status['planned']
  readonly edges: () => Status['edges']
  readonly checks: () => Status['checks']
  readonly logs: () => Status['logs']
  readonly http: () => Status['http']
  readonly phase: () => Status['phase']
  /** Alarms of start-up that stay until mended: a configuration that was refused, say. */
  readonly standingAlarms: () => readonly string[]
}

/** One look at everything, for people, the console page and the metrics. */
export function composeStatus(parts: StatusParts, now: number): Status {
  const { controller, publisher, stable } = parts
  const workers = parts.workers()
  const answers = answersByPair(workers, stable)
  const plan = controller.state.plan
  const fleet = fleetMembers(controller.state.nodes(controller.now()), parts.node, now)
  const served = publisher.served
  const zones = served?.stats.zones ?? []
  return {
    node: parts.node,
    version: parts.version,
    startedAt: parts.startedAt,
    now,
    phase: parts.phase(),
    listen: parts.listen,
    snapshot: snapshotStatus(publisher),
    store: { ...parts.store, ...controller.storeView, lagMs: controller.storeLagMs },
    leader: {
      self: controller.leader.isLeader,
      holder: controller.leader.isLeader
        ? parts.node
        : (fleet.find(({ leader, state, node }) => leader && state === 'up' && node !== parts.node)?.node ?? null),
      planSeq: plan?.seq ?? 0,
      planAt: plan?.at ?? null,
    },
    allocatedAt: plan?.allocation?.at ?? null,
    rtt: { ...rttStatus(controller.rtt, now), unknownCluster: controller.unknownClusters.rows },
    demand: controller.demand.follower.summary,
    edges: parts.edges(),
    health: healthStatus(controller.state, controller.deployment, controller.now()),
    checks: parts.checks(),
    logs: parts.logs(),
    http: parts.http(),
    zones,
    clusters: controller.deployment.clusters.map(cluster => clusterStatus(cluster, controller, answers, now)),
    services: controller.deployment.services.map(({ id, cdnName, policy }) => ({ id, cdnName, policy })),
    workers,
    fleet,
    qps: parts.qps(),
    answers,
    planned: parts.planned(),
    alarms: [
      ...parts.standingAlarms(),
      ...zones.filter(zone => zone.error !== null).map(zone => `zone ${zone.origin} is not served: ${zone.error}`),
      ...(controller.storeView.up ? [] : [`store is away: ${controller.storeView.reason}`]),
      ...(plan?.alarms ?? []),
      ...silentServers(controller.deployment, controller.state, controller.now()),
      ...controller.demand.follower.alarms,
      ...(served?.stats.alarms ?? []),
      ...fleetAlarms(fleet, parts.node, served?.stats ?? null, now),
      ...(publisher.lastRefusal === null ? [] : [`last rebuild was refused: ${publisher.lastRefusal}`]),
    ],
  }
}

function snapshotStatus(publisher: Publisher): Status['snapshot'] {
  const served = publisher.served
  const stats = served?.stats
  return {
    generation: stats?.generation ?? 0,
    builtAt: stats?.builtAt ?? 0,
    buildMs: stats?.buildMs ?? 0,
    bytes: stats?.bytes ?? 0,
    from: served?.from ?? 'none',
    epoch: served?.live.epoch ?? 0,
    ranges: stats?.ranges ?? 0,
    rows: stats?.rows ?? 0,
    places: stats?.places ?? 0,
    coarse: stats?.coarse ?? false,
    estimates: stats?.estimates ?? NO_ESTIMATES,
    evidence: stats?.evidence ?? null,
    configHash: stats?.configHash ?? '',
    geoHash: stats?.geoHash ?? '',
    refused: publisher.refusals,
    refusedReason: publisher.lastRefusal,
  }
}

const NO_ESTIMATES: EstimateStats = { cells: 0, clusters: 0, distrusted: 0, anycast: 0, misplaced: [] }

function rttStatus(rtt: RttSummary, now: number): Omit<Status['rtt'], 'unknownCluster'> {
  const age = (at: number | null) => (at === null ? null : Math.max(0, now - at))
  return { rows: rtt.rows, prefixes: rtt.prefixes, newestAgeMs: age(rtt.newest), oldestAgeMs: age(rtt.oldest) }
}

function clusterStatus(
  cluster: Deployment['clusters'][number],
  controller: Controller,
  answers: Status['answers'],
  now: number,
): ClusterStatus {
  const planned = controller.state.plan?.clusters[cluster.id]
  const load = controller.state.loadOf(cluster.id)
  const checked = summaryOf(cluster, planned)
  const allocation = controller.state.plan?.allocation
  return {
    id: cluster.id,
    tier: cluster.tier,
    country: cluster.location.country ?? null,
    location: { lat: cluster.location.lat, lon: cluster.location.lon },
    servers: cluster.servers.length,
    health: checked?.families.every(({ health }) => health === 'unknown') ? 'unknown' : (planned?.health ?? 'up'),
    checked,
    drain: controller.state.intentOf(cluster.id, controller.now()),
    drained: planned?.drainPercent ?? 0,
    level: planned?.level ?? 0,
    floor: allocation?.floors[cluster.id] ?? 0,
    planned: allocation?.planned[cluster.id] ?? null,
    unit: cluster.capacity.unit,
    capacity: cluster.capacity.value,
    target: cluster.target,
    load: load === undefined ? (planned?.load ?? null) : load.value / cluster.capacity.value,
    loadAgeMs: load === undefined ? null : Math.max(0, now - load.at),
    stale: planned?.stale ?? false,
    answers: answers.pairs.filter(pair => pair.cluster === cluster.id).reduce((sum, pair) => sum + pair.count, 0),
    services: controller.deployment.services
      .filter(service => service.clusters.includes(cluster.id))
      .map(service => service.id),
  }
}

function answersByPair(workers: readonly WorkerStatus[], stable: StableNumbers): Status['answers'] {
  const counters = workers.flatMap(worker => worker.counters ?? [])
  const pairs = counters.flatMap(reading => reading.pairs)
  const targets = counters.flatMap(reading => reading.targets)
  return {
    pairs: summed(
      pairs.map(({ service, cluster, count }) => [stable.serviceId(service), stable.clusterId(cluster), count]),
    ).map(([service, cluster, count]) => ({ service, cluster, count })),
    other: counters.reduce((sum, { pairsOther }) => sum + pairsOther, 0),
    targets: summed(
      targets.map(({ service, target, count }) => [stable.serviceId(service), stable.targetName(target), count]),
    ).map(([service, target, count]) => ({ service, target, count })),
    targetsOther: counters.reduce((sum, { targetsOther }) => sum + targetsOther, 0),
    zones: zoneCounts(counters, stable),
    zonesOther: counters.reduce((sum, { zonesOther }) => sum + zonesOther, 0),
  }
}

function zoneCounts(counters: readonly CounterReading[], stable: StableNumbers): Status['answers']['zones'] {
  const sums = new Map<number, number>()
  for (const { zones } of counters) for (const { zone, count } of zones) sums.set(zone, (sums.get(zone) ?? 0) + count)
  return [...sums].map(([zone, count]) => ({ zone: stable.zoneOrigin(zone), count }))
}

type NamedCount = readonly [service: string, name: string, count: number]

/** One count for each pair of names. */
function summed(counts: readonly NamedCount[]): NamedCount[] {
  const sums = new Map<string, NamedCount>()
  for (const [service, name, count] of counts) {
    const key = `${service} ${name}`
    sums.set(key, [service, name, (sums.get(key)?.[2] ?? 0) + count])
  }
  return [...sums.values()]
}
