import { formatName, type Name } from '../wire/name.ts'
import { RrType, typeName } from '../wire/rdata/type.ts'
import { MAX_BINDING_OCTETS, MAX_ROUTED_TYPE, NodeFlag } from './layout.ts'
import type { Overlay } from './overlay.ts'
import type { Place, TableBuilder } from './table-builder.ts'

/** Static data that would contradict a service at the same owner. */
const AGAINST_ROUTED: readonly number[] = [RrType.CNAME, RrType.A, RrType.AAAA, RrType.HTTPS]

/** Lays a service's name over the zones; returns why it cannot be, or null when it was done. */
export function applyOverlay(builder: TableBuilder, overlay: Overlay): string | null {
  const { owner } = overlay
  const place = builder.placeOf(owner)
  if (place === null) return `${formatName(owner)} lies in no configured zone; add the zone that holds it`
  if (place.apex < 0) return null
  const fault = conflict(builder, overlay, place)
  if (fault !== null) return fault
  const node = builder.plant(place, owner)
  lay(builder, overlay, node)
  return null
}

const NOTHING = new Uint8Array(0)

function lay(builder: TableBuilder, overlay: Overlay, node: number): void {
  switch (overlay.kind) {
    case 'alias':
      builder.addRrset(node, RrType.CNAME, overlay.ttl, [overlay.target])
      break
    case 'routed':
      builder.addRoute(node, overlay.id, overlay.types, overlay.binding ?? NOTHING)
      break
    case 'shared':
      // A CNAME at a routed owner is one of several: see `Outcome.Shared`.
      builder.addRrset(node, RrType.CNAME, overlay.ttl, overlay.targets)
      builder.addRoute(node, overlay.id, [], NOTHING)
  }
}

function conflict(builder: TableBuilder, overlay: Overlay, place: Place): string | null {
  const name = formatName(overlay.owner)
  const zone = builder.zones[place.zone]!.origin
  // Online signing does not exist yet: an unsigned answer from a signed zone is bogus to every validating resolver.
  if (builder.rrsetAt(place.apex, RrType.DNSKEY) >= 0)
    return `${name} lies in zone ${zone}, which carries DNSKEY; names of services cannot be signed yet`
  if (overlay.kind === 'shared' && overlay.owner.length === place.originOctets)
    return `${name} is the apex of its zone, where no CNAME may stand (RFC 1912 section 2.4), so targets cannot share it; legal: a service without targets, of which an apex gets the addresses`
  const { nodes, exact } = builder.path(place, overlay.owner)
  const own = exact ? nodes.at(-1)! : -1
  for (const node of nodes) {
    const flags = builder.flagsOf(node)
    if ((flags & NodeFlag.Cut) !== 0)
      return `${name} lies at or below a zone cut of ${zone}, so ${zone} does not answer it`
    if ((flags & NodeFlag.Dname) !== 0 && node !== own)
      return `${name} lies below a DNAME of ${zone}, so it cannot be asked for`
  }
  if (own < 0) return routedTypesFault(overlay)
  if (builder.isRouted(own) || builder.isAlias(own))
    return `${name} belongs to a service already; a name has one service`
  return dataConflict(builder, overlay, own, name) ?? routedTypesFault(overlay)
}

function dataConflict(builder: TableBuilder, overlay: Overlay, node: number, name: string): string | null {
  const types = builder.typesAt(node)
  // RFC 2181 section 10.1: an alias suffers nothing beside it.
  const clash = types.find(type => overlay.kind !== 'routed' || AGAINST_ROUTED.includes(type))
  if (clash === undefined) return null
  const own = overlay.kind === 'routed' ? 'the addresses' : 'the CNAME'
  return `${name} has a static ${typeName(clash)} record in its zone; remove it, ${own} of the name come from the service`
}

/** Why a name that a service leads to is none, where the zones that are served here can tell; else null. All overlays are laid already. */
export function missingTarget(builder: TableBuilder, name: Name): string | null {
  const place = builder.placeOf(name)
  if (place === null || place.apex < 0) return null
  const { nodes, exact } = builder.path(place, name)
  const encloser = nodes.at(-1)!
  const elsewhere = nodes.some(node => (builder.flagsOf(node) & (NodeFlag.Cut | NodeFlag.Dname)) !== 0)
  if (elsewhere || (exact ? builder.hasData(encloser) : builder.hasWildcard(encloser))) return null
  return `${formatName(name)} does not exist in zone ${builder.zones[place.zone]!.origin}, which is served here`
}

function routedTypesFault(overlay: Overlay): string | null {
  if (overlay.kind !== 'routed') return null
  if ((overlay.binding?.length ?? 0) > MAX_BINDING_OCTETS)
    return `its HTTPS record is longer than ${MAX_BINDING_OCTETS} octets without its addresses; fewer or shorter protocol ids`
  const bad = overlay.types.find(type => type < 1 || type > MAX_ROUTED_TYPE)
  return bad === undefined ? null : `a service cannot answer ${typeName(bad)}; legal are types 1 to ${MAX_ROUTED_TYPE}`
}
