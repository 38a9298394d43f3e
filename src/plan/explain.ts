import { type Family, formatAddress } from '../base/ip.ts'
import { formatPrefix, prefixOf } from '../base/prefix.ts'
import { valueAt } from '../base/range-table.ts'
import type { Allocation } from '../model/fleet-plan.ts'
import type { LiveHalf } from '../model/live-table.ts'
import type { Trail } from '../model/trail.ts'
import type { Block } from '../route/block.ts'
import { CLIENT_SOURCES, type Client, type Routing, SOURCE_RESOLVER } from '../route/client.ts'
import type { Spot } from '../route/locate/locate.ts'
import type { RouteTables } from '../route/tables.ts'
import { candidateTrails } from './explain-candidates.ts'
import { reasonText } from './explain-reason.ts'
import { checkServed, type Decision, recompute } from './recompute.ts'
import { familiesOf } from './service-types.ts'
import type { World } from './world.ts'

export interface ExplainInput {
  /** What the tables were compiled from. */
  readonly world: World
  readonly tables: RouteTables
  readonly live: LiveHalf
  /** What of the levels was planned; without it, everything that is turned away counts as turned away for load. */
  readonly floors?: Allocation['floors']
  /** Number of the service in the configuration. */
  readonly service: number
  /** Of the asked record type: A 4, AAAA 6; an HTTPS record has addresses of both, where both are types of the name. */
  readonly family: Family | 'both'
  readonly client: Client
  /** The client's address in full, as the trail should show it; without it, its first 64 bits. */
  readonly address?: string
}

/**
 * The decision for one client, stage by stage: recomputed from the world, then compared with what the tables answer.
 * @throws Error when the two differ: then the tables do not say what their sources say, and that is a bug to be seen at once.
 */
export function explain(input: ExplainInput): Trail {
  const { world, tables, live, client } = input
  const service = world.input.deployment.services[input.service]!
  const families = input.family === 'both' ? familiesOf(service, world.sites) : [input.family]
  const decision = recompute(world, tables, live, input.service, families, client)
  const served = checkServed(decision, tables, live, input.service, client)
  const candidates = candidateTrails(world, service, live, decision, input.floors ?? {})
  return {
    name: service.cdnName,
    type: input.family === 'both' ? 'HTTPS' : input.family === 4 ? 'A' : 'AAAA',
    service: service.id,
    policy: service.policy,
    client: clientTrail(input, decision.spot, served),
    ...placeTrail(world, decision),
    ...demandTrail(world, decision),
    candidates,
    ...(served.cluster < 0 ? {} : { cluster: tables.clusterIds[served.cluster]! }),
    servers: [...new Set(decision.given.flatMap(each => each.servers))].flatMap(
      server => tables.serverIds[server] ?? [],
    ),
    answers: decision.given.flatMap(each => each.addresses),
    ttl: served.ttl,
    reason: reasonText(world, service, decision, candidates[0]?.planned === true),
    snapshot: tables.generation,
  }
}

function demandTrail(world: World, { family, hi, lo }: Decision): Pick<Trail, 'demand'> {
  const demand = world.demand.ofLeaf(family, hi, lo)
  return demand === null ? {} : { demand: Number(demand.toPrecision(3)) }
}

/** Whose block decided: from what was looked up in a map. */
export function clientTrail(
  { client, address }: Pick<ExplainInput, 'client' | 'address'>,
  spot: Spot,
  served: Pick<Routing, 'source' | 'scope'>,
): Trail['client'] {
  const own = served.source === SOURCE_RESOLVER
  const family = own ? client.family : (client.ecsFamily as Family)
  const [hi, lo] = own ? [client.hi, client.lo] : [client.ecsHi, client.ecsLo]
  const bytes = bytesOf(family, hi, lo)
  return {
    address: address ?? formatAddress(bytes),
    source: CLIENT_SOURCES[served.source],
    block: formatPrefix(prefixOf(bytes, own ? spot.scope : served.scope)),
    scope: served.scope,
  }
}

function bytesOf(family: Family, hi: number, lo: number): Uint8Array {
  const bytes = new Uint8Array(family === 4 ? 4 : 16)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, hi)
  if (family === 6) view.setUint32(4, lo)
  return bytes
}

export function placeTrail(
  world: World,
  { block, family, hi, lo }: Pick<Decision, 'family' | 'hi' | 'lo'> & { readonly block: Pick<Block, 'place'> },
): Pick<Trail, 'place'> {
  if (block.place === null) return {}
  const { lat, lon, country, from } = block.place
  const override = valueAt(world.asnOverrides, family, hi, lo)
  const asn = override > 0 ? override - 1 : valueAt(world.input.asnRanges, family, hi, lo)
  return {
    place: { ...(country === undefined ? {} : { country }), lat, lon, ...(asn === 0 ? {} : { asn }), from },
  }
}
