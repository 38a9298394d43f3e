import { LEVEL_ALL } from '../model/live-table.ts'
import type { ClusterStatus, Status } from '../model/status.ts'
import { counter, type Definition, gauge, type Sample, states } from './definition.ts'

/** What each cluster carries and is allowed to carry. Bounded by the clusters of the configuration. */
export const CLUSTERS: readonly Definition[] = [
  gauge('cluster_info', ['cluster', 'tier', 'country', 'unit'], 'Always 1; the labels describe the cluster.', status =>
    status.clusters.map(({ id, tier, country, unit }) => ({
      labels: { cluster: id, tier, country: country ?? '', unit },
      value: 1,
    })),
  ),
  gauge(
    'cluster_state',
    ['cluster', 'state'],
    '1 for the health of the cluster (up, degraded, down, unknown), 0 for the others.',
    status =>
      status.clusters.flatMap(({ id, health }) =>
        states('state', ['up', 'degraded', 'down', 'unknown'], health, { cluster: id }),
      ),
  ),
  perCluster('cluster_servers', 'Servers configured in the cluster.', cluster => cluster.servers),
  perCluster(
    'cluster_load_ratio',
    'Last reported load as a share of capacity; absent before the first report.',
    cluster => cluster.load,
  ),
  perCluster('cluster_load_age_seconds', 'Age of the last load report; absent before the first.', cluster =>
    cluster.loadAgeMs === null ? null : cluster.loadAgeMs / 1000,
  ),
  perCluster('cluster_load_stale', '1 when the last load report is too old to act on.', cluster =>
    Number(cluster.stale),
  ),
  perCluster('cluster_target_ratio', 'Soft limit of the load as a share of capacity.', cluster => cluster.target),
  gauge(
    'cluster_capacity',
    ['cluster', 'unit'],
    'Hard limit of the load, in the unit of the label (bps, rps, conns).',
    status => status.clusters.map(({ id, unit, capacity }) => ({ labels: { cluster: id, unit }, value: capacity })),
  ),
  perCluster(
    'cluster_drain_ratio',
    'Share of its client blocks that the operator turns away from the cluster now; 0 = not drained.',
    cluster => cluster.drained / 100,
  ),
  perCluster(
    'cluster_drain_target_ratio',
    'Share that the operator wants to be turned away: where a gradual drain is going.',
    cluster => (cluster.drain?.percent ?? 0) / 100,
  ),
  perCluster(
    'cluster_drain_end_time_seconds',
    'Unix time at which the drain of the cluster begins to end by itself; absent without one.',
    cluster => (cluster.drain?.until === undefined ? null : cluster.drain.until / 1000),
  ),
  perCluster(
    'cluster_shed_ratio',
    'Share of its shed ranks that the load control turns away from the cluster; 0 = sheds nothing.',
    cluster => cluster.level / LEVEL_ALL,
  ),
  perCluster(
    'cluster_floor_ratio',
    'The part of it that the allocation asks for: until the next one no less is turned away.',
    cluster => cluster.floor / LEVEL_ALL,
  ),
  perCluster(
    'cluster_planned_ratio',
    'Load that the allocation settles at the cluster, as a share of capacity; absent before the first.',
    cluster => cluster.planned,
  ),
  counter('cluster_answers_total', ['cluster'], 'Routed answers that named the cluster.', status =>
    status.clusters.map(({ id, answers }) => ({ labels: { cluster: id }, value: answers })),
  ),
]

function perCluster(name: string, help: string, read: (cluster: ClusterStatus) => number | null): Definition {
  return gauge(name, ['cluster'], help, function* (status: Status): Iterable<Sample> {
    for (const cluster of status.clusters) {
      const value = read(cluster)
      if (value !== null) yield { labels: { cluster: cluster.id }, value }
    }
  })
}
