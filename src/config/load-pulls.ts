import type { LoadUnit } from '../model/cluster.ts'
import type { LoadPull, LoadSource } from '../model/load-pull.ts'
import { namesServer, urlFor } from './kind/load.ts'
import type { ClusterEntry, ServerEntry } from './schema/cluster.ts'
import type { LoadEntry } from './schema/load.ts'

/** Every address that a load is read from: one for a whole cluster, or one for each of its servers. */
export function loadPulls(clusters: readonly ClusterEntry[]): LoadPull[] {
  return clusters.flatMap(cluster => {
    const { load, servers } = cluster
    if (load !== undefined && !namesServer(urlOf(load))) return [pull(cluster, load, urlOf(load))]
    return servers.flatMap(server => {
      const own = server.load ?? load
      return own === undefined ? [] : [pull(cluster, own, urlFor(urlOf(own), server)!, server)]
    })
  })
}

const urlOf = (load: LoadEntry): string => (load.prometheus ?? load.stubStatus)!.url

function pull(cluster: ClusterEntry, load: LoadEntry, url: string, server?: ServerEntry): LoadPull {
  const { interval, timeout } = load
  const common = { cluster: cluster.id, url, source: sourceOf(load, cluster.capacity.unit), interval, timeout }
  return server === undefined ? common : { ...common, server: server.id }
}

function sourceOf({ prometheus }: LoadEntry, unit: LoadUnit): LoadSource {
  if (prometheus === undefined) return { kind: 'stub-status', count: unit === 'conns' ? 'connections' : 'requests' }
  const { metric, labels, kind, factor } = prometheus
  return { kind: 'prometheus', metric, labels, counter: (kind ?? usualKind(metric)) === 'counter', factor }
}

const usualKind = (metric: string): 'counter' | 'gauge' => (metric.endsWith('_total') ? 'counter' : 'gauge')
