import type { Service } from '../model/service.ts'
import { type Name, parseName, sameName } from '../wire/name.ts'
import type { Overlay } from '../zone/overlay.ts'

/** An overlay and where in the configuration its name was written. */
export interface PlacedOverlay {
  readonly overlay: Overlay
  readonly path: string
}

/**
 * What services put on top of the zones: each CDN name is routed, each content hostname is an alias of it; a content hostname at a zone apex,
 * where no CNAME may stand (RFC 1912 section 2.4), is routed itself. `types`: per service the record types it answers.
 */
export function overlaysOf(
  services: readonly Service[],
  types: readonly (readonly number[])[],
  apexes: readonly Name[],
): PlacedOverlay[] {
  return services.flatMap((service, id) => {
    const target = parseName(service.cdnName)
    if (target === null) return []
    const routed = (owner: Name, path: string): PlacedOverlay => ({
      overlay: { kind: 'routed', owner, id, types: types[id]! },
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
