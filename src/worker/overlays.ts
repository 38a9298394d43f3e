import type { Service } from '../model/service.ts'
import { type Name, parseName, sameName } from '../wire/name.ts'
import { bindingRdata } from '../wire/rdata/service-binding.ts'
import type { Overlay } from '../zone/overlay.ts'

/** An overlay and where in the configuration its name was written. */
export interface PlacedOverlay {
  readonly overlay: Overlay
  readonly path: string
  /** Where its targets were written, for one that has some. */
  readonly targets?: string
}

/**
 * What services put on top of the zones: each CDN name is routed, each content hostname is an alias of it, or shared among several targets; a
 * content hostname at a zone apex, where no CNAME may stand (RFC 1912 section 2.4), is routed itself. `types`: per service the record types
 * it answers.
 */
export function overlaysOf(
  services: readonly Service[],
  types: readonly (readonly number[])[],
  apexes: readonly Name[],
): PlacedOverlay[] {
  return services.flatMap((service, id) => {
    const target = parseName(service.cdnName)
    if (target === null) return []
    const routed = routedBy(service, id, types[id]!)
    const hostnames = service.hostnames.flatMap((hostname, i): PlacedOverlay[] => {
      const owner = parseName(hostname)
      if (owner === null) return []
      const path = `services[${id}].hostnames[${i}]`
      if (service.targets !== undefined) return [sharedBy(service, id, owner, path)]
      if (apexes.some(apex => sameName(apex, owner))) return [{ overlay: routed(owner), path }]
      return [{ overlay: { kind: 'alias', owner, target, ttl: service.ttl.cname }, path }]
    })
    return [{ overlay: routed(target), path: `services[${id}].cdnName` }, ...hostnames]
  })
}

function routedBy({ https }: Service, id: number, types: readonly number[]): (owner: Name) => Overlay {
  const binding = https === undefined ? {} : { binding: bindingRdata(https) }
  return owner => ({ kind: 'routed', owner, id, types, ...binding })
}

/** Targets keep their places: the map speaks of them by number. */
function sharedBy({ targets, ttl }: Service, id: number, owner: Name, path: string): PlacedOverlay {
  const names = targets!.map(({ cname }) => parseName(cname)!)
  return {
    overlay: { kind: 'shared', owner, id, targets: names, ttl: ttl.cname },
    path,
    targets: `services[${id}].targets`,
  }
}
