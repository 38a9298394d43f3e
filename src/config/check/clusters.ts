import { TIERS } from '../../model/cluster.ts'
import { error, type Issue, warning } from '../issues.ts'
import { formatPath, type Path } from '../path.ts'
import type { ClusterDraft, ServerDraft } from './draft.ts'
import { checkHealth } from './health.ts'
import { checkLoad } from './load.ts'

/** What no single cluster can know: ids and addresses used twice, and rules between the fields of one cluster. */
export function checkClusters(clusters: readonly ClusterDraft[]): Issue[] {
  const servers = clusters.flatMap((cluster, i) =>
    cluster.servers.map((server, k) => ({ server, path: ['clusters', i, 'servers', k] as Path })),
  )
  return [
    ...usedTwice(clusters.map((cluster, i) => ({ path: ['clusters', i, 'id'], value: cluster.id }))),
    ...usedTwice(servers.map(({ server, path }) => ({ path: [...path, 'id'], value: server.id }))),
    ...usedTwice(
      servers.flatMap(({ server, path }) => [
        { path: [...path, 'ipv4'], value: server.ipv4 },
        { path: [...path, 'ipv6'], value: server.ipv6 },
      ]),
    ),
    ...servers.flatMap(({ server, path }) => checkServer(server, path)),
    ...clusters.flatMap((cluster, i) => checkCluster(cluster, ['clusters', i])),
  ]
}

function checkServer(server: ServerDraft, path: Path): Issue[] {
  return server.hasAddress ? [] : [error(path, 'has no address; ipv4, ipv6 or both')]
}

function checkCluster(cluster: ClusterDraft, path: Path): Issue[] {
  const issues: Issue[] = []
  if (cluster.id !== undefined && RESERVED.includes(cluster.id))
    issues.push(
      error([...path, 'id'], `"${cluster.id}" has a meaning of its own in \`clusters\` of a service; any other id`),
    )
  if (cluster.tier === 'embedded' && !cluster.namesNetworks)
    issues.push(
      warning(
        path,
        'is embedded but has neither asns nor serves, so it serves nobody; say which networks it stands in',
      ),
    )
  if (cluster.tier !== undefined && cluster.tier !== 'embedded' && cluster.asns.length > 0)
    issues.push(
      warning([...path, 'asns'], `has no effect on tier ${cluster.tier}; only embedded clusters serve by AS number`),
    )
  return [...issues, ...checkHealth(cluster.health, cluster.servers, [...path, 'health']), ...checkLoad(cluster, path)]
}

const RESERVED: readonly string[] = ['all', ...TIERS]

/** One error for each value that stands a second time; says where the first is. */
export function usedTwice(uses: readonly { readonly path: Path; readonly value: string | undefined }[]): Issue[] {
  const first = new Map<string, Path>()
  return uses.flatMap(({ path, value }) => {
    if (value === undefined) return []
    const earlier = first.get(value)
    if (earlier !== undefined) return [error(path, `"${value}" is used twice; first at ${formatPath(earlier)}`)]
    first.set(value, path)
    return []
  })
}
