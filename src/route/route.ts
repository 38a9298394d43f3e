import { mix32 } from '../base/hash.ts'
import type { Family } from '../base/ip.ts'
import { FAMILY_V4, FAMILY_V6, type LiveHalf } from '../model/live-table.ts'
import {
  balance,
  CHOSEN,
  CHOSEN_LATELY,
  CHOSEN_NOBODY,
  CHOSEN_SECOND,
  CHOSEN_STATIC,
  soundFamilies,
} from './balance/balance.ts'
import type { Block, MeasuredTable } from './block.ts'
import { admit } from './candidates/admit.ts'
import type { Client, Routing } from './client.ts'
import { locate, type Spot } from './locate/locate.ts'
import { pick } from './pick/pick.ts'
import type { MapGroup } from './race.ts'
import type { Field } from './score/field.ts'
import { newRanked, type PolicyRule, type Ranked, rank, ruleFor } from './score/rank.ts'
import { newScoreSheet, type ScoreSheet, scoreBlock } from './score/score.ts'
import { bestSlots, newSlots, type Slots } from './score/slots.ts'
import { share } from './share/share.ts'
import type { Sites } from './sites.ts'
import { type BalanceTables, NO_SERVER, type PickTables, type RouteTables } from './tables.ts'

/*
 *   per block, when the map is compiled                      per answer
 *   ------------------------------------------------         --------------------------------
 *   (what is known) -> candidates -> score -> row    ...     locate the row -> balance -> pick
 */

/** What the work per block writes into, one for all blocks. */
export interface Workbench {
  readonly sites: Sites
  readonly measured: MeasuredTable
  readonly sheet: ScoreSheet
  readonly field: Field
  readonly ranked: Ranked
  readonly slots: Slots
}

export function newWorkbench(sites: Sites, measured: MeasuredTable): Workbench {
  const clusters = sites.clusters.length
  const sheet = newScoreSheet(clusters)
  const field = { clusters: new Int32Array(clusters), count: 0, sheet, sites }
  return { sites, measured, sheet, field, ranked: newRanked(clusters), slots: newSlots() }
}

/** Scores all clusters for the block: the same for every map. */
export function scoreAll(bench: Workbench, block: Block): void {
  scoreBlock(block, bench.sites, bench.measured, bench.sheet)
}

/** The candidates of a map group for the block, and the rule that will rank them. After {@link scoreAll}. */
export function admitAll(bench: Workbench, block: Block, group: MapGroup): PolicyRule {
  bench.field.count = admit(group.eligible, block, bench.sites, bench.field.clusters)
  return ruleFor(group.policy, bench.field)
}

/** Ranks the candidates and keeps the best four in `bench.slots`. After {@link admitAll}; `bucket` matters to hashed rules only. */
export function rankAll(bench: Workbench, fixed: readonly number[], group: MapGroup, rule: PolicyRule, bucket: number) {
  rank(rule, bench.field, group.terms, mix32(bucket), bench.ranked)
  bestSlots(fixed, bench.ranked, bench.field, bench.slots)
}

const spot: Spot = { row: 0, hash: 0, scope: 0 }

/**
 * Which servers this client gets, written into `out`. Synchronous, allocates nothing. `service` is its number in the configuration, `family` that
 * of the asked record type (A: 4, AAAA: 6). `out.count` is 0 only where the service wants SERVFAIL or nothing may serve.
 */
export function route(
  tables: RouteTables,
  live: LiveHalf,
  service: number,
  family: Family,
  client: Client,
  out: Routing,
): void {
  decide(tables, live, service, family === 4 ? FAMILY_V4 : FAMILY_V6, client, out)
  give(tables, live, service, family, out)
}

/**
 * One decision for a reply that has addresses of both families in it (`bits`: FAMILY_*): {@link give} then writes those of each. The chosen
 * cluster need not have both. Where it has one it is the very cluster that {@link route} chooses for that family: each rule of `balance` that
 * passes over a cluster for want of either family, or for any other reason, passes over it for want of the one.
 */
export function decide(
  tables: RouteTables,
  live: LiveHalf,
  service: number,
  bits: number,
  client: Client,
  out: Routing,
): void {
  const map = tables.map(service)
  locate(tables, map, client, spot, out)
  // candidates and score were done for the whole block: the row holds their result
  const open = live.open[service]! | 0
  out.choice = balance(tables, map.fallback, tables.wishes[service]!, live, spot.row, bits, open, spot.hash, out)
  out.row = spot.row
  out.ttl = tables.serviceTtl(service)
}

/** Writes the addresses of `family` that the last {@link decide} is about; none where it chose nobody, or a cluster without that family. */
export function give(tables: RouteTables, live: LiveHalf, service: number, family: Family, out: Routing): void {
  const bit = family === 4 ? FAMILY_V4 : FAMILY_V6
  out.count = 0
  if (out.choice === CHOSEN_NOBODY) return
  if (out.choice === CHOSEN_STATIC) {
    if (tables.wishes[service]!.staticFamily === bit) giveStatic(tables, service, family, out)
    return
  }
  const open = live.open[service]! | 0
  if (givenFamilies(tables, live, out.choice, out.cluster, bit, open, spot.hash) === 0) return
  const order = tables.order(service)
  const offset = order * tables.serverCount
  const group = tables.orderGroup(order)
  const serving = live.serving[order * tables.clusterCount + out.cluster]! | 0
  const answers = tables.answers(service)
  pickServers(tables, live, offset, group, serving, answers, bit, open, spot.hash, out)
}

/** Of the families in `bit` those of which the chosen cluster's addresses go into the reply. */
export function givenFamilies(
  tables: BalanceTables,
  live: LiveHalf,
  choice: number,
  cluster: number,
  bit: number,
  open: number,
  blockHash: number,
): number {
  const own = tables.clusterFamilies[cluster]! & bit
  if (choice === CHOSEN) return soundFamilies(tables, live, cluster, bit, open, blockHash)
  return choice === CHOSEN_SECOND ? (live.families[cluster]! & bit) | (own & open) : own
}

/** Writes addresses of the chosen cluster: by health, unless the service fails open or nothing is usable. */
export function pickServers(
  tables: PickTables,
  live: LiveHalf,
  offset: number,
  group: number,
  serving: number,
  answers: number,
  bit: number,
  open: number,
  blockHash: number,
  out: Routing,
): void {
  const { serverFamilies } = tables
  const usable = (open & bit) !== 0 ? serverFamilies : out.choice === CHOSEN_LATELY ? live.lately : live.servers
  pick(tables, usable, live.ramp, offset, group, serving, answers, bit, blockHash, out)
  // A cluster chosen in spite of its health, or a live table at odds with itself: an answer is never empty.
  if (out.count === 0) pick(tables, serverFamilies, live.ramp, offset, group, serving, answers, bit, blockHash, out)
}

/**
 * Which target of the service the client's CNAME leads to: its position in the service's list. `out.scope` and `out.source` are those of the row
 * that decided; the rest of `out` stays. Synchronous, allocates nothing. Only for a service that has targets.
 */
export function routeTarget(
  tables: RouteTables,
  live: LiveHalf,
  service: number,
  client: Client,
  out: Routing,
): number {
  locate(tables.targets, tables.targets.map(service), client, spot, out)
  return share(tables, live, service, spot.row)
}

function giveStatic(tables: RouteTables, service: number, family: Family, out: Routing): void {
  for (let i = 0; i < (family === 4 ? 4 : 16); i++) out.addresses[i] = tables.staticAddress[service * 16 + i]!
  out.servers[0] = NO_SERVER
  out.count = 1
}
