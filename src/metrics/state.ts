import { DEMAND_EVIDENCE } from '../model/demand-evidence.ts'
import type { Status } from '../model/status.ts'
import { counter, type Definition, gauge, one, type Sample, states } from './definition.ts'

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000)

/** Zones shown one by one, those that are broken first; a server of 100,000 zones must not grow as many series. */
export const ZONE_LIMIT = 1000

/** The node itself: phase, snapshot, store, leadership, evidence, zones, fleet. */
export const STATE: readonly Definition[] = [
  gauge('build_info', ['version', 'nodejs'], 'Always 1; the labels say what runs.', status => [
    { labels: { version: status.version, nodejs: process.version }, value: 1 },
  ]),
  gauge('start_time_seconds', [], 'Unix time at which the nameserver started.', status =>
    one(seconds(status.startedAt)),
  ),
  gauge('phase', ['phase'], '1 for the present phase (starting, serving, draining), 0 for the others.', status =>
    states('phase', ['starting', 'serving', 'draining'], status.phase),
  ),
  gauge(
    'tls_certificate_end_time_seconds',
    [],
    'Unix time at which the TLS certificate in force expires; absent without one.',
    status => one(seconds(status.listen.tlsNotAfter)),
  ),
  gauge('alarms', [], 'Alarms standing now; `kingcdn status` shows the sentences.', status =>
    one(status.alarms.length),
  ),

  gauge('snapshot_generation', [], 'Generation of the map that is served; 0 before the first.', status =>
    one(status.snapshot.generation),
  ),
  gauge('snapshot_age_seconds', [], 'Time since the map that is served was built; absent before the first.', status =>
    one(status.snapshot.generation === 0 ? null : Math.max(0, status.now - status.snapshot.builtAt) / 1000),
  ),
  gauge('snapshot_build_seconds', [], 'Time that the planner took to build the map that is served.', status =>
    one(seconds(status.snapshot.buildMs)),
  ),
  gauge('snapshot_bytes', [], 'Size of the map and zones that are served.', status => one(status.snapshot.bytes)),
  gauge(
    'snapshot_origin',
    ['from'],
    '1 for where the map came from (none, disk, compiled), 0 for the others.',
    status => states('from', ['none', 'disk', 'compiled'], status.snapshot.from),
  ),
  gauge('snapshot_coarse', [], '1 while the map is the quick coarse one of a fresh start.', status =>
    one(status.snapshot.coarse),
  ),
  gauge('snapshot_ranges', [], 'Disjoint client address ranges in the map.', status => one(status.snapshot.ranges)),
  gauge('snapshot_rows', [], 'Distinct rows (lists of clusters) in the map.', status => one(status.snapshot.rows)),
  gauge('snapshot_places', [], 'Places of the geo data in the map; 0 without geo data.', status =>
    one(status.snapshot.places),
  ),
  counter('snapshot_refused_total', [], 'Maps that the acceptance gate refused since the start.', status =>
    one(status.snapshot.refused),
  ),
  gauge('live_epoch', [], 'Epoch of the live table (verdicts, drains, shed levels); moves with every change.', status =>
    one(status.snapshot.epoch),
  ),

  gauge('store_up', ['kind'], '1 while the shared store (redis or memory) is reachable.', status => [
    { labels: { kind: status.store.kind }, value: Number(status.store.up) },
  ]),
  gauge('store_state_seconds', [], 'Time since the store was last lost or found again.', status =>
    one(Math.max(0, status.now - status.store.since) / 1000),
  ),
  gauge(
    'store_lag_seconds',
    [],
    'Time that a change takes to arrive by the store: of the last report of this nameserver that came back, or as long as one is under way or the store away.',
    status => one(seconds(status.store.lagMs)),
  ),
  counter('store_skipped_total', [], 'Values of the shared store that made no sense and were left out.', status =>
    one(status.store.skipped),
  ),
  gauge('leader', [], '1 while this nameserver writes the plan for the fleet.', status => one(status.leader.self)),
  gauge('plan_sequence', [], 'Sequence number of the plan that is served.', status => one(status.leader.planSeq)),
  gauge('plan_age_seconds', [], 'Time since the plan that is served was written; absent before the first.', status =>
    one(status.leader.planAt === null ? null : Math.max(0, status.now - status.leader.planAt) / 1000),
  ),
  gauge('allocation_age_seconds', [], 'Time since the allocation in force was made; absent before the first.', status =>
    one(status.allocatedAt === null ? null : Math.max(0, status.now - status.allocatedAt) / 1000),
  ),

  gauge(
    'estimate_rows',
    ['kind'],
    'What RTTs of unmeasured blocks are interpolated from: measured places (half a degree each), and clusters that others measured.',
    ({ snapshot: { estimates } }) => [
      { labels: { kind: 'places' }, value: estimates.cells },
      { labels: { kind: 'clusters' }, value: estimates.clusters },
    ],
  ),
  gauge(
    'distrusted_profiles',
    ['why'],
    'Kinds of measured blocks whose place is not believed: an RTT is shorter than light would take (place), or no place suits all (anycast).',
    ({ snapshot: { estimates } }) => [
      { labels: { why: 'place' }, value: estimates.distrusted },
      { labels: { why: 'anycast' }, value: estimates.anycast },
    ],
  ),
  gauge(
    'cluster_misplaced',
    ['cluster'],
    '1 for a cluster whose location in the configuration the measurements contradict; absent for the others.',
    ({ snapshot: { estimates } }) => estimates.misplaced.map(cluster => ({ labels: { cluster }, value: 1 })),
  ),
  gauge('rtt_rows', [], 'Measurements (prefix, cluster) in the RTT table.', status => one(status.rtt.rows)),
  gauge('rtt_prefixes', [], 'Client prefixes that have at least one measurement.', status => one(status.rtt.prefixes)),
  counter(
    'rtt_unknown_cluster_rows_total',
    [],
    'Measurements that name a cluster which is not configured, and count for nothing.',
    status => one(status.rtt.unknownCluster),
  ),
  gauge('rtt_newest_age_seconds', [], 'Age of the newest measurement; absent without one.', status =>
    one(seconds(status.rtt.newestAgeMs)),
  ),
  gauge('rtt_oldest_age_seconds', [], 'Age of the oldest measurement; absent without one.', status =>
    one(seconds(status.rtt.oldestAgeMs)),
  ),

  gauge(
    'demand_blocks',
    ['source'],
    'Client blocks whose demand the map that is served knows: counted by the nameservers, or reported.',
    ({ demand }) => [
      { labels: { source: 'counted' }, value: demand.blocks - demand.reported },
      { labels: { source: 'reported' }, value: demand.reported },
    ],
  ),
  gauge(
    'demand_known_ratio',
    [],
    'Share of all queries that these blocks make; absent while nothing is known.',
    status => one(status.demand.share),
  ),
  gauge(
    'demand_evidence_ratio',
    ['evidence'],
    'Share of the demand by what the RTT of its first choice stands on; mean over the services that go by RTT, absent without one.',
    ({ snapshot: { evidence } }) =>
      evidence === null ? [] : DEMAND_EVIDENCE.map(name => ({ labels: { evidence: name }, value: evidence[name] })),
  ),
  gauge(
    'demand_age_seconds',
    [],
    'Age of the demand that the map was compiled from; absent while nothing is known.',
    status => one(status.demand.at === null ? null : Math.max(0, status.now - status.demand.at) / 1000),
  ),

  gauge('zones', ['state'], 'Configured zones that are loaded, and that are broken.', status => {
    const broken = status.zones.filter(zone => zone.error !== null).length
    return [
      { labels: { state: 'loaded' }, value: status.zones.length - broken },
      { labels: { state: 'broken' }, value: broken },
    ]
  }),
  gauge(
    'zone_loaded',
    ['zone'],
    '1 when the zone is loaded, 0 when it answers SERVFAIL (at most 1,000 zones).',
    status => shownZones(status).map(zone => ({ labels: { zone: zone.origin }, value: Number(zone.error === null) })),
  ),
  gauge(
    'zone_serial',
    ['zone'],
    'SOA serial of the zone; absent while it is not known (at most 1,000 zones).',
    status =>
      shownZones(status).flatMap((zone): Sample[] =>
        zone.serial === null ? [] : [{ labels: { zone: zone.origin }, value: zone.serial }],
      ),
  ),
  gauge('zone_records', ['zone'], 'Resource records in the zone (at most 1,000 zones).', status =>
    shownZones(status).map(zone => ({ labels: { zone: zone.origin }, value: zone.records })),
  ),

  gauge('fleet_nodes', [], 'Nameservers that are heard of, this one included.', status =>
    one(new Set([status.node, ...freshPeers(status).map(report => report.node)]).size),
  ),
  gauge('fleet_silent_nodes', [], 'Nameservers that fell silent within the last quarter of an hour.', status =>
    one(count(status.fleet, ({ state }) => state === 'silent')),
  ),
  gauge(
    'fleet_mismatched_nodes',
    ['what'],
    'Other nameservers whose configuration or geo data differs from that of this one.',
    status => [
      {
        labels: { what: 'config' },
        value: count(freshPeers(status), r => r.configHash !== status.snapshot.configHash),
      },
      { labels: { what: 'geo' }, value: count(freshPeers(status), r => r.geoHash !== status.snapshot.geoHash) },
    ],
  ),

  gauge('worker_generation', ['worker', 'role'], 'Generation of the map that the worker reads.', status =>
    status.workers.map(({ name, role, generation }) => ({ labels: { worker: name, role }, value: generation })),
  ),
  counter('worker_restarts_total', ['worker', 'role'], 'Times that the worker died and was started again.', status =>
    status.workers.map(({ name, role, restarts }) => ({ labels: { worker: name, role }, value: restarts })),
  ),
  gauge(
    'worker_memory_bytes',
    ['worker', 'role', 'kind'],
    'Memory of the worker alone: heap (of JavaScript objects, as the engine keeps it) and external. The shared tables are in none of them.',
    status =>
      status.workers.flatMap(({ name, role, memory }) => [
        { labels: { worker: name, role, kind: 'heap' }, value: memory.heapTotal },
        { labels: { worker: name, role, kind: 'external' }, value: memory.external },
      ]),
  ),
]

const count = <T>(items: readonly T[], holds: (item: T) => boolean): number => items.filter(holds).length

function freshPeers(status: Status) {
  return status.fleet.filter(({ node, state }) => node !== status.node && state === 'up')
}

function shownZones(status: Status): Status['zones'] {
  if (status.zones.length <= ZONE_LIMIT) return status.zones
  const broken = status.zones.filter(zone => zone.error !== null)
  return [...broken, ...status.zones.filter(zone => zone.error === null)].slice(0, ZONE_LIMIT)
}
