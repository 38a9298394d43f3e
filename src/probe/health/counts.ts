import type { Family } from '../../base/ip.ts'
import type { Cluster } from '../../model/cluster.ts'
import type { HealthFigures } from '../../model/health.ts'
import type { CheckCounts } from '../../model/health-status.ts'

const FAMILIES: readonly Family[] = [4, 6]

/** The figures of single servers added up by cluster and family; nothing of those that are not checked. */
export function countsByCluster(figures: readonly HealthFigures[], clusters: readonly Cluster[]): CheckCounts[] {
  const clusterOf = new Map(clusters.flatMap(({ id, servers }) => servers.map(server => [server.id, id] as const)))
  const byCluster = new Map<string, HealthFigures[]>(clusters.map(({ id }) => [id, []]))
  for (const each of figures) byCluster.get(clusterOf.get(each.server) ?? '')?.push(each)
  return [...byCluster].flatMap(([cluster, all]) => {
    return FAMILIES.flatMap(family => {
      const own = all.filter(each => each.family === family)
      return own.length === 0 ? [] : [{ cluster, family, ...added(own) }]
    })
  })
}

function added(figures: readonly HealthFigures[]): Omit<CheckCounts, 'cluster' | 'family'> {
  const sum = (read: (each: HealthFigures) => number): number => figures.reduce((all, each) => all + read(each), 0)
  const failures = figures[0]!.failures.map((_, cause) => sum(each => each.failures[cause]!))
  const latencies = figures.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]))
  return {
    ok: sum(({ checks }) => checks) - failures.reduce((all, count) => all + count, 0),
    failures,
    unjudged: sum(({ unjudged }) => unjudged),
    latencyMs: latencies.length === 0 ? null : latencies.reduce((all, ms) => all + ms, 0) / latencies.length,
  }
}
