import type { Deployment } from '../model/deployment.ts'
import { staticVerdict } from '../route/candidates/admit.ts'
import { sitesOf } from '../route/sites.ts'

/** What one cluster is to hold. */
export interface Fill {
  readonly cluster: string
  /** Content classes to push; null: it pulls. */
  readonly classes: readonly string[] | null
  /** Services that send it clients, by id. */
  readonly services: readonly string[]
}

/** The manifest for whatever copies content to the clusters, in the order of the configuration. */
export function fillOf({ clusters, services }: Deployment): Fill[] {
  const sites = sitesOf(clusters)
  return clusters.map(({ id, content }, c) => {
    const served = services.filter(
      service => service.clusters.includes(id) && staticVerdict(service, sites, c) === 'eligible',
    )
    return { cluster: id, classes: content ?? null, services: served.map(service => service.id) }
  })
}
