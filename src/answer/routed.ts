import { AT, countPair, countReason } from '../model/counters.ts'
import { FAMILY_V4, FAMILY_V6 } from '../model/live-table.ts'
import { SOURCE_ECS, SOURCE_ECS_NOT_ROUTABLE } from '../route/client.ts'
import { decide, give } from '../route/route.ts'
import { Ede, Rcode } from '../wire/constants.ts'
import { RrType } from '../wire/rdata/type.ts'
import { Section } from '../wire/reply.ts'
import { readClient, scopeToSend } from './client.ts'
import { type AnswerTables, type Exchange, fail } from './exchange.ts'
import { httpsRdata, writeHttps } from './https.ts'

const NO_CLUSTER = new TextEncoder().encode('no usable server cluster')

/**
 * The name belongs to a service: `route` chooses, and the reply carries the addresses and the ECS scope for which the choice holds
 * (RFC 7871 section 7.2.1), be it an answer or the service's wish to fail. One decision makes the whole reply, also of an HTTPS record.
 */
export function answerRouted(x: Exchange, tables: AnswerTables, counters: Float64Array): void {
  const { routing, reply, lookup, query } = x
  const live = tables.live.current()
  readClient(x)
  decide(tables.routes, live, lookup.routed, familiesAsked(x, tables), x.client, routing)
  x.says.scope = scopeToSend(x)
  count(x, tables, counters)
  reply.section(Section.Answer)
  // The name is the question's: no chain leads to a service.
  if (query.qtype === RrType.HTTPS) {
    const octets = writeHttps(x, tables, live)
    if (octets === 0) failForWant(x)
    else if (!reply.records(RrType.HTTPS, routing.ttl, httpsRdata.view, octets, 1)) truncate(x)
    return
  }
  const family = query.qtype === RrType.AAAA ? 6 : 4
  give(tables.routes, live, lookup.routed, family, routing)
  if (routing.count === 0) failForWant(x)
  else if (!reply.records(query.qtype, routing.ttl, routing.addresses.view, family === 4 ? 4 : 16, routing.count))
    truncate(x)
}

/** FAMILY_* bits of the addresses that the reply will have: of an HTTPS record all that are types of the name. */
function familiesAsked({ query, lookup }: Exchange, { routes }: AnswerTables): number {
  if (query.qtype === RrType.HTTPS) return routes.families(lookup.routed)
  return query.qtype === RrType.AAAA ? FAMILY_V6 : FAMILY_V4
}

function failForWant(x: Exchange): void {
  fail(x, Rcode.SERVFAIL, Ede.Other, NO_CLUSTER)
}

function truncate(x: Exchange): void {
  x.reply.undo()
  x.truncated = true
}

function count(x: Exchange, tables: AnswerTables, counters: Float64Array): void {
  const { cluster, reason, source } = x.routing
  countReason(counters, reason)
  if (source === SOURCE_ECS_NOT_ROUTABLE) counters[AT.ecsUnroutable]!++
  countClient(x)
  // Whoever the client is: how far the resolver is says how far its own block is.
  x.resolvers?.count(x.peer)
  if (cluster < 0) return
  const { routes } = tables
  countPair(counters, routes.stableService(x.lookup.routed), routes.stableCluster(cluster))
}

/**
 * By the leaf that was looked up in the map: what a resolver asks once for a wider block goes where that leaf goes. Words are made signed: a number
 * above 2^31 is boxed on its way.
 */
function countClient({ client, demand, routing }: Exchange): void {
  if (demand === null) return
  if (routing.source === SOURCE_ECS) demand.count(client.ecsFamily === 6 ? 6 : 4, client.ecsHi | 0, client.ecsLo | 0)
  else demand.count(client.family, client.hi | 0, client.lo | 0)
}
