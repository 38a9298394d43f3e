import { expect, it } from 'vitest'
import { formatPrefix } from '../../src/base/prefix.ts'
import type { Cluster, Server } from '../../src/model/cluster.ts'
import { meshTargets } from '../../src/probe/mesh.ts'

const cluster = (id: string, servers: readonly Omit<Server, 'id' | 'weight'>[], health?: object): Cluster =>
  ({
    id,
    servers: servers.map((server, i) => ({ id: `${id}-${i}`, weight: 1, ...server })),
    health,
  }) as unknown as Cluster
const seen = (clusters: readonly Cluster[]) =>
  meshTargets(clusters, 'own').map(({ address, port, prefix }) => `${address} ${port} ${formatPrefix(prefix)}`)
const OWN = cluster('own', [{ ipv4: '9.9.9.1' }])

it('a server of each leaf of the other clusters, by TCP and ICMP, at the port that is checked', () => {
  const tokyo = cluster('tokyo', [{ ipv4: '8.8.8.1', ipv6: '2001:500::1' }, { ipv4: '8.8.8.2' }], {
    tcp: { port: 8443 },
  })
  expect(seen([OWN, tokyo])).toEqual(['8.8.8.1 8443 8.8.8.0/24', '2001:500::1 8443 2001:500::/56'])
  expect(meshTargets([OWN, tokyo], 'own').map(({ methods }) => methods)).toEqual([
    ['tcp', 'icmp'],
    ['tcp', 'icmp'],
  ])
})

it('at the usual ports where nothing is checked', () => {
  expect(seen([OWN, cluster('tokyo', [{ ipv4: '8.8.8.1' }], { http: { port: 8080 } })])).toEqual([
    '8.8.8.1 8080 8.8.8.0/24',
  ])
  expect(seen([OWN, cluster('tokyo', [{ ipv4: '8.8.8.1' }])])).toEqual([
    '8.8.8.1 443 8.8.8.0/24',
    '8.8.8.1 80 8.8.8.0/24',
  ])
})

it('none of a leaf in which several clusters stand, this one included', () => {
  const two = [cluster('a', [{ ipv4: '8.8.8.1' }]), cluster('b', [{ ipv4: '8.8.8.2' }, { ipv4: '7.7.7.7' }])]
  expect(seen([OWN, ...two, cluster('c', [{ ipv4: '9.9.9.2' }])])).toEqual([
    '7.7.7.7 443 7.7.7.0/24',
    '7.7.7.7 80 7.7.7.0/24',
  ])
})

it('four leaves of a cluster are enough', () => {
  const wide = cluster(
    'wide',
    Array.from({ length: 9 }, (_, i) => ({ ipv4: `8.8.${i}.1` })),
    { tcp: { port: 1 } },
  )
  expect(seen([OWN, wide])).toHaveLength(4)
})
