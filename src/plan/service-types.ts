import type { Family } from '../base/ip.ts'
import { parseAddress } from '../base/ip.ts'
import type { Cluster } from '../model/cluster.ts'
import type { Deployment } from '../model/deployment.ts'
import type { Service } from '../model/service.ts'
import { staticVerdict } from '../route/candidates/admit.ts'
import { type Sites, sitesOf } from '../route/sites.ts'

const RECORD_TYPE: Readonly<Record<Family, number>> = { 4: 1, 6: 28 }

const HTTPS_TYPE = 65

/** Record types (1 = A, 28 = AAAA, 65 = HTTPS) that each service answers: from the configuration alone, whoever asks and whatever is healthy. */
export function serviceTypes(deployment: Deployment): number[][] {
  const sites = sitesOf(deployment.clusters)
  return deployment.services.map(service => {
    const addresses = familiesOf(service, sites).map(family => RECORD_TYPE[family])
    return service.https === undefined || addresses.length === 0 ? addresses : [...addresses, HTTPS_TYPE]
  })
}

/**
 * Families of which the service has an address that anyone may get. Clusters that serve only blocks of their own count where there is nothing
 * else: an AAAA that exists inside one ISP alone would leave everyone outside with a type that cannot be answered well.
 */
export function familiesOf(service: Service, sites: Sites): Family[] {
  const eligible = sites.clusters
    .map((_, c) => c)
    .filter(c => service.clusters.includes(sites.clusters[c]!.id) && staticVerdict(service, sites, c) === 'eligible')
  const open = eligible.filter(c => sites.restricted[c] === 0)
  const counted = open.length > 0 ? open : eligible
  const clusters = counted.length > 0 ? counted.map(c => sites.clusters[c]!) : lastClusters(service, sites)
  const families = ([4, 6] as const).filter(family => clusters.some(cluster => hasFamily(cluster, family)))
  return families.length > 0 ? families : staticFamily(service)
}

function hasFamily(cluster: Cluster, family: Family): boolean {
  return cluster.servers.some(server => (family === 4 ? server.ipv4 : server.ipv6) !== undefined)
}

/** The backup, unless the hard constraint forbids it. */
function lastClusters(service: Service, sites: Sites): Cluster[] {
  const { whenAllDown } = service
  return whenAllDown.kind === 'backup'
    ? sites.clusters.filter(
        ({ id }, c) => id === whenAllDown.cluster && staticVerdict(service, sites, c) !== 'excluded',
      )
    : []
}

function staticFamily({ whenAllDown }: Service): Family[] {
  const address = whenAllDown.kind === 'static' ? parseAddress(whenAllDown.address) : null
  return address === null ? [] : [address.length === 4 ? 4 : 6]
}
