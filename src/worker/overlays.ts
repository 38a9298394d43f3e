import type { Cluster } from '../model/cluster.ts'
import type { Service } from '../model/service.ts'
import { type Name, parseName, sameName } from '../wire/name.ts'
import type { Overlay } from '../zone/compile.ts'

const A = 1
const AAAA = 28

/** An overlay and where in the configuration its name was written. */
export interface PlacedOverlay {
  readonly overlay: Overlay
  readonly path: string
}

/**
 * What services put on top of the zones: each CDN name is routed, each content hostname is an alias of it; a content hostname at a zone apex,
 * where no CNAME may stand (RFC 1912 section 2.4), is routed itself.
 */
export function overlaysOf(
  services: readonly Service[],
  clusters: readonly Cluster[],
  apexes: readonly Name[],
): PlacedOverlay[] {
  return services.flatMap((service, id) => {
    const target = parseName(service.cdnName)
    if (target === null) return []
    const types = typesOf(service, clusters)
    const routed = (owner: Name, path: string): PlacedOverlay => ({
      overlay: { kind: 'routed', owner, id, types },
      path,
    })
    const hostnames = service.hostnames.flatMap((hostname, i) => {
      const owner = parseName(hostname)
      if (owner === null) return []
      const path = `services[${id}].hostnames[${i}]`
      if (apexes.some(apex => sameName(apex, owner))) return [routed(owner, path)]
      return [{ overlay: { kind: 'alias' as const, owner, target, ttl: service.ttl.cname }, path }]
    })
    return [routed(target, `services[${id}].cdnName`), ...hostnames]
  })
}

/** A name's type set must not depend on the client: it is what any server of the service has. */
function typesOf(service: Service, clusters: readonly Cluster[]): number[] {
  const servers = clusters.filter(cluster => service.clusters.includes(cluster.id)).flatMap(cluster => cluster.servers)
  return [
    ...(servers.some(server => server.ipv4 !== undefined) ? [A] : []),
    ...(servers.some(server => server.ipv6 !== undefined) ? [AAAA] : []),
  ]
}
