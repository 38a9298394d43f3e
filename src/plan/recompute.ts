import { type Family, familyOf, formatAddress } from '../base/ip.ts'
import type { HeldChoice } from '../model/fleet-plan.ts'
import { FAMILY_V4, FAMILY_V6, type LiveHalf } from '../model/live-table.ts'
import type { Service } from '../model/service.ts'
import { balance, CHOSEN_NOBODY, CHOSEN_STATIC } from '../route/balance/balance.ts'
import { type Block, emptyBlock } from '../route/block.ts'
import {
  type Client,
  newRouting,
  type Routing,
  type RoutingSource,
  SOURCE_ECS,
  SOURCE_ECS_NOT_ROUTABLE,
  SOURCE_RESOLVER,
} from '../route/client.ts'
import { bucketOf, locate, type Spot } from '../route/locate/locate.ts'
import { orderGroup, orderGroups } from '../route/order-groups.ts'
import type { MapGroup } from '../route/race.ts'
import {
  admitAll,
  decide,
  give,
  givenFamilies,
  newWorkbench,
  pickServers,
  rankAll,
  scoreAll,
  type Workbench,
} from '../route/route.ts'
import { Rows } from '../route/rows.ts'
import type { PolicyRule } from '../route/score/rank.ts'
import { type BalanceTables, NO_SERVER, type RouteTables } from '../route/tables.ts'
import { fixedFor, flagsOf, frontOf } from './draft-rows.ts'
import { fallbackOf } from './fallback.ts'
import { answersOf, lastWish, staticAddress } from './last-wish.ts'
import { mapGroupOf } from './map-groups.ts'
import { orderColumn, serverColumns } from './server-columns.ts'
import { heldIn, profileKey } from './sticky/held.ts'
import { fillBlock, PROFILE, profileAt, type World } from './world.ts'

/** A decision with everything that led to it. */
export interface Decision {
  /** The address that decided: the ECS block's or the resolver's. */
  readonly family: Family
  readonly hi: number
  readonly lo: number
  readonly source: RoutingSource
  readonly block: Block
  readonly group: MapGroup
  readonly rule: PolicyRule
  readonly fixed: readonly number[]
  /** What holds the block at its first choice; undefined: nothing, it goes by score. */
  readonly held: HeldChoice | undefined
  /** Scores, ranking and slots of the block. */
  readonly bench: Workbench
  /** The one row that was recomputed: slots from the world, shed ranks of the map (they compare the block with all others). */
  readonly row: BalanceTables
  readonly spot: Spot
  /** Of the asked record type: an HTTPS record has addresses of all families of its name. */
  readonly families: readonly Family[]
  /** FAMILY_* bits of these. */
  readonly bit: number
  /** FAMILY_* bits by which the service fails open. */
  readonly open: number
  readonly routing: Routing
  readonly given: readonly Given[]
}

/** The addresses of one family. */
export interface Given {
  /** Indexes; NO_SERVER for a static address. */
  readonly servers: readonly number[]
  readonly addresses: readonly string[]
}

/** Decides from the world instead of from the tables. Allocates freely. */
export function recompute(
  world: World,
  tables: RouteTables,
  live: LiveHalf,
  serviceNumber: number,
  families: readonly Family[],
  client: Client,
): Decision {
  const service = world.input.deployment.services[serviceNumber]!
  const routing = newRouting()
  const spot: Spot = { row: 0, hash: 0, scope: 0 }
  locate(tables, tables.map(serviceNumber), client, spot, routing)
  const asked = deciding(world, client)
  const ranked = rankBlock(world, mapGroupOf(service, world), asked.profile, bucketOf(spot.hash))
  const row: BalanceTables = {
    rows: Rows.of(
      ranked.bench.slots.clusters,
      tables.rows.ranks(spot.row),
      flagsOf(ranked.block.special, ranked.fixed, ranked.rule),
    ),
    clusterCount: world.sites.clusters.length,
    clusterHash: world.sites.hash,
    clusterFamilies: serverColumns(world.sites.clusters).clusterFamilies,
  }
  const bit = families.reduce((bits, family) => bits | BIT[family], 0)
  const open = live.open[serviceNumber] ?? 0
  const decision = { ...asked, ...ranked, row, spot, families, bit, open, routing, given: [] }
  balanceAnew(world, service, live, decision)
  return {
    ...decision,
    given: families.map(family => {
      giveAnew(world, service, live, decision, family)
      return givenIn(routing, family)
    }),
  }
}

const BIT = { 4: FAMILY_V4, 6: FAMILY_V6 } as const

function givenIn({ servers, addresses, count }: Routing, family: Family): Given {
  const size = family === 4 ? 4 : 16
  return {
    servers: [...servers.subarray(0, count)],
    addresses: Array.from({ length: count }, (_, i) => formatAddress(addresses.slice(i * size, i * size + size))),
  }
}

/** Candidates and score, from what is known of the block. */
function rankBlock(world: World, group: MapGroup, profile: Uint32Array, bucket: number) {
  const block = emptyBlock(world.sites.clusters.length)
  const bench = newWorkbench(world.sites, world.evidence)
  fillBlock(world, profile, block)
  scoreAll(bench, block)
  const rule = admitAll(bench, block, group)
  const fixed = fixedFor(block.fixed, group)
  const profiles = heldIn(world, group)
  const front = frontOf(world, fixed, profiles, profile, rule, bench)
  rankAll(bench, front, group, rule, rule.hashed ? bucket : 0)
  const held = fixed.length === 0 && front.length > 0 ? profiles.get(profileKey(profile)) : undefined
  return { block, group, bench, rule, fixed, held }
}

/** Balance, into the decision's routing. */
function balanceAnew(
  world: World,
  service: Service,
  live: LiveHalf,
  { row, group, spot, bit, open, routing }: Decision,
): void {
  const wish = lastWish(service, world)
  routing.choice = balance(row, fallbackOf(group, world.sites), wish, live, 0, bit, open, spot.hash, routing)
  routing.row = spot.row
  routing.ttl = service.ttl.address
}

/** Pick, for one family, into the decision's routing. */
function giveAnew(
  world: World,
  service: Service,
  live: LiveHalf,
  { row, spot, open, routing }: Decision,
  family: Family,
): void {
  routing.count = 0
  if (routing.choice === CHOSEN_NOBODY) return
  if (routing.choice === CHOSEN_STATIC) {
    giveStatic(service, family, routing)
    return
  }
  const bit = BIT[family]
  if (givenFamilies(row, live, routing.choice, routing.cluster, bit, open, spot.hash) === 0) return
  const { clusters } = world.sites
  const order = orderGroup(service.cdnName)
  const servers = { ...serverColumns(clusters), orderServers: orderColumn(clusters, [order]) }
  const at = orderGroups(world.input.deployment.services).indexOf(order) * clusters.length + routing.cluster
  const serving = live.serving[at] ?? 0
  const answers = answersOf(service)
  pickServers(servers, live, 0, order, serving, answers, bit, open, spot.hash, routing)
}

function giveStatic(service: Service, family: Family, routing: Routing): void {
  const address = staticAddress(service)!
  if (familyOf(address) !== family) return
  routing.addresses.set(address)
  routing.servers[0] = NO_SERVER
  routing.count = 1
}

/** Whose address decides, and what is known there (ROUTING section 1). */
export function deciding(
  world: World,
  client: Client,
): Pick<Decision, 'family' | 'hi' | 'lo' | 'source'> & { profile: Uint32Array } {
  if (client.ecsFamily !== 0) {
    const ecs = { family: client.ecsFamily, hi: client.ecsHi, lo: client.ecsLo }
    const profile = profileAt(world, ecs.family, ecs.hi, ecs.lo)
    if (profile[PROFILE.special] === 0) return { ...ecs, profile, source: SOURCE_ECS }
  }
  const own = { family: client.family, hi: client.hi, lo: client.lo }
  const source = client.ecsFamily === 0 ? SOURCE_RESOLVER : SOURCE_ECS_NOT_ROUTABLE
  return { ...own, profile: profileAt(world, own.family, own.hi, own.lo), source }
}

/** Routes by the tables and compares. Returns what is served; throws when it is not what was recomputed. */
export function checkServed(
  decision: Decision,
  tables: RouteTables,
  live: LiveHalf,
  service: number,
  client: Client,
): Routing {
  const served = newRouting()
  const { spot, row, bit, families } = decision
  decide(tables, live, service, bit, client, served)
  const given = families.map(family => {
    give(tables, live, service, family, served)
    return givenIn(served, family)
  })
  const pairs: [string, unknown, unknown][] = [
    ['source', served.source, decision.source],
    ['slots', tables.rows.slots(spot.row).join(), row.rows.slots(0).join()],
    ['flags', tables.rows.flags(spot.row), row.rows.flags(0)],
    ['cluster', served.cluster, decision.routing.cluster],
    ['reason', served.reason, decision.routing.reason],
    ['servers', shown(given), shown(decision.given)],
    ['ttl', served.ttl, decision.routing.ttl],
  ]
  const differing = pairs.filter(([, a, b]) => a !== b).map(([what, a, b]) => `${what}: served ${a}, recomputed ${b}`)
  if (differing.length > 0)
    throw new Error(
      `the tables of generation ${tables.generation} do not answer what their sources say: ${differing.join('; ')}`,
    )
  return served
}

const shown = (given: readonly Given[]): string =>
  given.map(({ servers, addresses }) => `${servers} ${addresses}`).join(' and ')
