import { familyOf, high32, low32, parseAddress } from '../base/ip.ts'
import { LEAF_LENGTH, prefixOf } from '../base/prefix.ts'
import type { LiveTable } from '../model/live-table.ts'
import type { ExplainRequest, ExplainVerdict } from '../model/planner.ts'
import { explain } from '../plan/explain.ts'
import type { World } from '../plan/world.ts'
import type { Client } from '../route/client.ts'
import type { RouteTables } from '../route/tables.ts'
import { formatName, type Name, parseName } from '../wire/name.ts'
import { lookup } from '../zone/lookup.ts'
import { newLookup, Outcome } from '../zone/outcome.ts'
import type { ZoneTables } from '../zone/tables.ts'

const TYPES: Readonly<Record<string, { readonly type: number; readonly family: 4 | 6 }>> = {
  A: { type: 1, family: 4 },
  AAAA: { type: 28, family: 6 },
}
const MOST_HOPS = 16

/** The service that answers a name, after the CNAMEs in our zones; or why there is none. */
type Found = { readonly service: number; readonly name: Name } | { readonly missing: string }

/** Why a client gets the answer it gets for a name: resolves the name to its service and has the decision recomputed from the world. */
export function explainName(
  request: ExplainRequest,
  zones: ZoneTables,
  tables: RouteTables,
  world: World,
  live: LiveTable,
): ExplainVerdict {
  const wanted = TYPES[request.type.toUpperCase()]
  if (wanted === undefined) {
    return refused('bad-request', `type ${request.type} is not routed; a decision is made for A and AAAA`)
  }
  const name = parseName(request.name)
  if (name === null) return refused('bad-request', `${JSON.stringify(request.name)} is no domain name`)
  const found = findService(zones, name, wanted.type)
  if ('missing' in found) return refused('not-found', found.missing)
  const client = clientOf(request.client)
  if (client === null) return refused('bad-request', `${JSON.stringify(request.client.address)} is no IP address`)
  const trail = explain({
    world,
    tables,
    live: live.current(),
    service: found.service,
    family: wanted.family,
    client,
    address: request.client.address,
  })
  return { kind: 'trail', trail: { ...trail, name: formatName(found.name) } }
}

/** The client as a resolver would name it: its block in the ECS option, asked from the same network. null for what is no address. */
function clientOf({ address, length }: ExplainRequest['client']): Client | null {
  const bytes = parseAddress(address)
  if (bytes === null) return null
  const family = familyOf(bytes)
  const { hi, lo } = prefixOf(bytes, Math.min(length ?? LEAF_LENGTH[family], LEAF_LENGTH[family]))
  return { ecsFamily: length === 0 ? 0 : family, ecsHi: hi, ecsLo: lo, family, hi: high32(bytes), lo: low32(bytes) }
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
