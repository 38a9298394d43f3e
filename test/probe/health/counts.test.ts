import { expect, it } from 'vitest'
import type { Cluster } from '../../../src/model/cluster.ts'
import type { HealthFigures } from '../../../src/model/health.ts'
import { countsByCluster } from '../../../src/probe/health/counts.ts'

const clusterWith = (id: string, servers: readonly string[]): Cluster => ({
  ...{ id, tier: 'core', location: { lat: 0, lon: 0 }, asns: [], serves: [], biasMs: 0, target: 0.75 },
  capacity: { unit: 'bps', value: 1e9 },
  servers: servers.map(server => ({ id: server, ipv4: '192.0.2.1', weight: 1 })),
})

const figures = (server: string, family: 4 | 6, more: Partial<HealthFigures> = {}): HealthFigures => ({
  ...{ server, family, checks: 10, unjudged: 1, failures: [1, 0, 2, 0, 0, 0, 0, 0], latencyMs: 8 },
  ...more,
})

it('adds up what was checked of the servers of a cluster, each family by itself', () => {
  const clusters = [clusterWith('a', ['a1', 'a2']), clusterWith('b', ['b1']), clusterWith('c', ['c1'])]
  const all = [
    figures('a1', 4),
    figures('a2', 4, { failures: [0, 1, 0, 0, 0, 0, 0, 0], latencyMs: 12 }),
    figures('a2', 6, { checks: 0, failures: [0, 0, 0, 0, 0, 0, 0, 0], latencyMs: null }),
    figures('b1', 4, { latencyMs: null }),
    figures('gone', 4),
  ]
  expect(countsByCluster(all, clusters)).toEqual([
    { cluster: 'a', family: 4, ok: 16, failures: [1, 1, 2, 0, 0, 0, 0, 0], unjudged: 2, latencyMs: 10 },
    { cluster: 'a', family: 6, ok: 0, failures: [0, 0, 0, 0, 0, 0, 0, 0], unjudged: 1, latencyMs: null },
    { cluster: 'b', family: 4, ok: 7, failures: [1, 0, 2, 0, 0, 0, 0, 0], unjudged: 1, latencyMs: null },
  ])
})
