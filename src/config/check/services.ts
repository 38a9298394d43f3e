import { TIERS, type Tier } from '../../model/cluster.ts'
import { error, type Issue, warning } from '../issues.ts'
import { didYouMean } from '../nearest.ts'
import type { Path } from '../path.ts'
import { usedTwice } from './clusters.ts'
import type { ClusterDraft, ServiceDraft } from './draft.ts'
import { checkTargets } from './targets.ts'

/** Names that collide between services, and every reference from a service to clusters, content and countries. */
export function checkServices(services: readonly ServiceDraft[], clusters: readonly ClusterDraft[]): Issue[] {
  const all: AllClusters = {
    drafts: clusters,
    byId: new Map(clusters.flatMap(cluster => (cluster.id === undefined ? [] : [[cluster.id, cluster]]))),
    tiers: new Set(clusters.flatMap(({ tier }) => tier ?? [])),
  }
  const names = services.flatMap((service, i) => [
    { path: ['services', i, 'cdnName'], value: service.cdnName },
    ...service.hostnames.map((hostname, k) => ({ path: ['services', i, 'hostnames', k], value: hostname })),
  ])
  return [
    ...usedTwice(services.map((service, i) => ({ path: ['services', i, 'id'], value: service.id }))),
    ...usedTwice(names),
    ...services.flatMap((service, i) => checkService(service, all, ['services', i])),
    ...checkTargets(services),
  ]
}

/** The clusters of the file, looked up rather than searched: a large file has thousands of references to thousands of clusters. */
interface AllClusters {
  readonly drafts: readonly ClusterDraft[]
  readonly byId: ReadonlyMap<string, ClusterDraft>
  readonly tiers: ReadonlySet<Tier>
}

function checkService(service: ServiceDraft, all: AllClusters, path: Path): Issue[] {
  const selection = checkSelection(service, all, path)
  const members = membersOf(service, all)
  // What is chosen from an unreadable or wrong list is not known: nothing can be said about it yet.
  if (selection.length > 0 || members === null) return [...selection, ...checkIds(service, all, null, path)]
  if (members.length === 0) return [error([...path, 'clusters'], 'chooses no cluster; the file has none')]
  return [
    ...checkIds(service, all, members, path),
    ...checkContent(service, members, path),
    ...checkOnly(service, all, members, path),
    ...checkReach(members, path),
    ...checkPolicy(service, members, path),
  ]
}

function checkSelection(service: ServiceDraft, all: AllClusters, path: Path): Issue[] {
  if (!Array.isArray(service.clusters)) return []
  const listed = service.clusters as readonly (string | undefined)[]
  const at = [...path, 'clusters']
  const unknown = listed.flatMap((id, i) => {
    if (id === undefined) return []
    if (id === 'all') return [error([...at, i], '"all" stands alone, not in a list')]
    if (!isTier(id)) return unknownCluster(id, all.byId, [...at, i], TIERS)
    return all.tiers.has(id) ? [] : [error([...at, i], `no cluster is of tier ${id}`)]
  })
  return [...unknown, ...usedTwice(listed.map((value, i) => ({ path: [...at, i], value })))]
}

/** Every id in `weights`, `order` and `whenAllDown` names a cluster, and the first two one of the service's own (`members`; null: not known). */
function checkIds(
  service: ServiceDraft,
  all: AllClusters,
  members: readonly ClusterDraft[] | null,
  path: Path,
): Issue[] {
  const mine = members && new Set(members.map(cluster => cluster.id))
  const own = (id: string, at: Path): Issue[] => {
    const unknown = unknownCluster(id, all.byId, at)
    if (unknown.length > 0 || mine === null || mine.has(id)) return unknown
    return [error(at, `"${id}" is not among the clusters of this service`)]
  }
  const order = service.order ?? []
  const backup = service.whenAllDown?.kind === 'backup' ? service.whenAllDown.cluster : null
  return [
    ...Object.keys(service.weights).flatMap(id =>
      own(id, [...path, 'weights', id]).map(issue => ({ ...issue, atKey: true })),
    ),
    ...order.flatMap((id, i) => (id === undefined ? [] : own(id, [...path, 'order', i]))),
    ...usedTwice(order.map((value, i) => ({ path: [...path, 'order', i], value }))),
    ...(backup === null ? [] : unknownCluster(backup, all.byId, [...path, 'whenAllDown'])),
  ]
}

function checkContent({ content }: ServiceDraft, members: readonly ClusterDraft[], path: Path): Issue[] {
  if (content === undefined) return []
  const classes = new Set<string>()
  for (const cluster of members) {
    if (cluster.content === undefined) return []
    for (const held of cluster.content) if (held !== undefined) classes.add(held)
  }
  if (classes.has(content)) return []
  const held = `held: ${[...classes].sort().join(', ')}`
  return [
    error([...path, 'content'], `"${content}" is held by none of its clusters${didYouMean(content, classes)}; ${held}`),
  ]
}

function checkOnly(service: ServiceDraft, all: AllClusters, members: readonly ClusterDraft[], path: Path): Issue[] {
  if (service.countries === undefined) return []
  const at = [...path, 'only', 'countries']
  const allowed = new Set(service.countries)
  const inside = (cluster: ClusterDraft) => cluster.country !== undefined && allowed.has(cluster.country)
  const there = [...new Set(members.flatMap(cluster => cluster.country ?? []))].sort().join(', ')
  if (!allowed.has(undefined) && !members.some(inside))
    return [
      error(
        at,
        `none of its clusters stands in ${[...allowed].join(', ')}; they stand in ${there || 'no stated country'}`,
      ),
    ]
  const empty = service.countries.flatMap((country, i) =>
    country === undefined || members.some(cluster => cluster.country === country)
      ? []
      : [warning([...at, i], `"${country}": none of its clusters stands there; they stand in ${there}`)],
  )
  return [...empty, ...checkBackupCountry(service, all, inside, path)]
}

function checkBackupCountry(
  { whenAllDown }: ServiceDraft,
  all: AllClusters,
  inside: (cluster: ClusterDraft) => boolean,
  path: Path,
): Issue[] {
  const id = whenAllDown?.kind === 'backup' ? whenAllDown.cluster : null
  const backup = id === null ? undefined : all.byId.get(id)
  if (id === null || backup === undefined || inside(backup)) return []
  return [
    error(
      [...path, 'whenAllDown'],
      `"backup:${id}" stands in ${backup.country ?? 'no stated country'}, outside \`only\`, which nothing overrides`,
    ),
  ]
}

function checkReach(members: readonly ClusterDraft[], path: Path): Issue[] {
  const limited = members.every(cluster => cluster.tier === 'embedded' || cluster.serves.length > 0)
  return limited
    ? [
        warning(
          [...path, 'clusters'],
          'every one of them serves only its own networks; all other clients get `whenAllDown`',
        ),
      ]
    : []
}

function checkPolicy(service: ServiceDraft, members: readonly ClusterDraft[], path: Path): Issue[] {
  const { policy, order, weights } = service
  if (policy === undefined) return []
  const issues: Issue[] = []
  const weighted = Object.keys(weights).length > 0
  if (weighted && policy !== 'weighted')
    issues.push(warning([...path, 'weights'], `has no effect with policy ${policy}`))
  if (weighted && members.every(({ id }) => id !== undefined && weights[id] === 0))
    issues.push(error([...path, 'weights'], 'all are 0, so nothing can be chosen; at least one above 0'))
  if (order !== undefined && policy !== 'failover')
    issues.push(warning([...path, 'order'], `has no effect with policy ${policy}`))
  const named = new Set(order)
  const left = order === undefined ? [] : members.filter(({ id }) => !named.has(id)).map(({ id }) => id)
  if (policy === 'failover' && left.length > 0)
    issues.push(
      warning(
        [...path, 'order'],
        `leaves out ${left.slice(0, 5).join(', ')}${left.length > 5 ? ', ...' : ''}; they come last, in the order of the file`,
      ),
    )
  return issues
}

/** The clusters that a service may use; null when its list is not readable. */
function membersOf({ clusters }: ServiceDraft, all: AllClusters): readonly ClusterDraft[] | null {
  if (clusters === undefined) return null
  if (clusters === 'all') return all.drafts
  if (clusters.includes(undefined)) return null
  const chosen = new Set(clusters)
  return all.drafts.filter(({ id, tier }) => chosen.has(id) || chosen.has(tier))
}

export const isTier = (word: string): word is Tier => (TIERS as readonly string[]).includes(word)

/** An error when no cluster has the id; `also` are other words that are legal there. */
export function unknownCluster(
  id: string,
  known: ReadonlyMap<string, unknown> | ReadonlySet<string>,
  path: Path,
  also: readonly string[] = [],
): Issue[] {
  if (known.has(id)) return []
  const ids = [...known.keys()]
  const shown = ids.length > 12 ? `${ids.slice(0, 12).join(', ')}, ...` : ids.join(', ') || 'none'
  return [error(path, `"${id}" is not a cluster${didYouMean(id, [...ids, ...also])}; clusters: ${shown}`)]
}
