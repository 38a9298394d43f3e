import { type Family, familyOf, high32, low32, parseAddress } from '../base/ip.ts'
import { LEAF_LENGTH, prefixOf } from '../base/prefix.ts'
import type { Allocation } from '../model/fleet-plan.ts'
import type { LiveTable } from '../model/live-table.ts'
import type { ExplainRequest, ExplainVerdict } from '../model/planner.ts'
import type { Trail } from '../model/trail.ts'
import { explain } from '../plan/explain.ts'
import { explainTarget, type SharedDecision } from '../plan/explain-target.ts'
import { serviceTypes } from '../plan/service-types.ts'
import type { World } from '../plan/world.ts'
import type { Client } from '../route/client.ts'
import type { RouteTables } from '../route/tables.ts'
import { formatName, type Name, parseName } from '../wire/name.ts'
import { lookup } from '../zone/lookup.ts'
import { newLookup, Outcome } from '../zone/outcome.ts'
import type { ZoneTables } from '../zone/tables.ts'

const TYPES: Readonly<Record<string, { readonly type: number; readonly family: Family | 'both' }>> = {
  A: { type: 1, family: 4 },
  AAAA: { type: 28, family: 6 },
  HTTPS: { type: 65, family: 'both' },
}
const MOST_HOPS = 16

/** Where a name leads, through the CNAMEs in our zones: to a service that answers it, past what we answer, or nowhere. */
type Found =
  | { readonly kind: 'routed'; readonly service: number; readonly name: Name; readonly by: SharedDecision | null }
  /** `owner`: the service whose name it is, which has no such type; -1 = none of ours. */
  | { readonly kind: 'elsewhere'; readonly service: number; readonly owner: number; readonly by: SharedDecision }
  | { readonly kind: 'missing'; readonly owner: number; readonly name: Name }

/** Why a client gets the answer it gets for a name: resolves the name to its service and has the decision recomputed from the world. */
export function explainName(
  request: ExplainRequest,
  zones: ZoneTables,
  tables: RouteTables,
  world: World,
  table: LiveTable,
  floors: Allocation['floors'] = {},
): ExplainVerdict {
  const type = request.type.toUpperCase()
  const wanted = TYPES[type]
  if (wanted === undefined)
    return refused('bad-request', `type ${request.type} is not routed; a decision is made for A, AAAA and HTTPS`)
  const name = parseName(request.name)
  if (name === null) return refused('bad-request', `${JSON.stringify(request.name)} is no domain name`)
  const client = clientOf(request.client)
  if (client === null) return refused('bad-request', `${JSON.stringify(request.client.address)} is no IP address`)
  const input = { world, tables, live: table.current(), client, address: request.client.address }
  const found = follow(zones, name, wanted.type, (service, owner) =>
    explainTarget({ ...input, service }, formatName(owner)),
  )
  switch (found.kind) {
    case 'missing':
      return refused('not-found', missing(world, type, name, found))
    case 'elsewhere':
      return { kind: 'trail', trail: elsewhere(world, tables, type, found) }
    case 'routed': {
      const trail = explain({ ...input, floors, service: found.service, family: wanted.family })
      const shared = found.by === null ? {} : { shared: found.by.shared }
      return { kind: 'trail', trail: { ...shared, ...trail, name: formatName(found.name) } }
    }
  }
}

function missing(
  world: World,
  type: string,
  asked: Name,
  { owner, name }: Extract<Found, { kind: 'missing' }>,
): string {
  if (owner >= 0) return lacking(world, type, formatName(name), owner)
  return `${formatName(asked)} leads to no service; explain knows content hostnames and CDN names`
}

/** The name is one of ours, of other types. */
function lacking({ input }: World, type: string, name: string, service: number): string {
  const types = serviceTypes(input.deployment)[service]!
  const has = Object.keys(TYPES).filter(known => types.includes(TYPES[known]!.type))
  return `${name} has no ${type}; service ${input.deployment.services[service]!.id} answers ${has.join(', ') || 'nothing'}`
}

/** The client goes to another CDN, and how that chooses is not known here; or to a name of ours that does not have what it asks for. */
function elsewhere(
  world: World,
  tables: RouteTables,
  type: string,
  { service, owner, by }: Extract<Found, { kind: 'elsewhere' }>,
): Trail {
  const { id, policy } = world.input.deployment.services[service]!
  const { shared, place } = by
  const what = { name: shared.target, type, service: id, policy, client: shared.client, ...place }
  const reason =
    owner >= 0
      ? lacking(world, type, shared.target, owner)
      : `${shared.target} is no name of a service here: another CDN answers it`
  return {
    shared,
    ...what,
    candidates: [],
    servers: [],
    answers: [],
    ttl: shared.ttl,
    reason,
    snapshot: tables.generation,
  }
}

/** The client as a resolver would name it: its block in the ECS option, asked from the same network. null for what is no address. */
function clientOf({ address, length }: ExplainRequest['client']): Client | null {
  const bytes = parseAddress(address)
  if (bytes === null) return null
  const family = familyOf(bytes)
  const { hi, lo } = prefixOf(bytes, Math.min(length ?? LEAF_LENGTH[family], LEAF_LENGTH[family]))
  return { ecsFamily: length === 0 ? 0 : family, ecsHi: hi, ecsLo: lo, family, hi: high32(bytes), lo: low32(bytes) }
}

/**
 * Follows CNAMEs as the answer path does, but across the step into a name of a service, which the resolver would ask for next. `choose` says
 * where a shared name leads.
 */
function follow(
  zones: ZoneTables,
  asked: Name,
  type: number,
  choose: (service: number, owner: Name) => SharedDecision,
): Found {
  const result = newLookup()
  let name = asked
  let by: SharedDecision | null = null
  let service = -1
  for (let hop = 0; hop <= MOST_HOPS; hop++) {
    lookup(zones, name, 0, name.length, type, result)
    if (result.outcome === Outcome.Routed) return { kind: 'routed', service: result.routed, name, by }
    if (result.outcome === Outcome.Shared) {
      service = result.routed
      by = choose(service, name)
      name = parseName(by.shared.target)!
    } else if (result.outcome === Outcome.FollowCname) {
      const at = zones.rdataOffset(result.rrset, 0)
      name = zones.bytes.slice(at, at + zones.rdataLength(result.rrset, 0)) as Name
    } else break
  }
  const owner = result.outcome === Outcome.NoData ? result.routed : -1
  return by === null ? { kind: 'missing', owner, name } : { kind: 'elsewhere', service, owner, by }
}

function refused(code: 'not-found' | 'bad-request' | 'unavailable', message: string): ExplainVerdict {
  return { kind: 'refused', code, message }
}
