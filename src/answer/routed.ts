import { AT, countPair, countReason } from '../model/counters.ts'
import { SOURCE_ECS_NOT_ROUTABLE } from '../route/client.ts'
import { route } from '../route/route.ts'
import { Ede, Rcode } from '../wire/constants.ts'
import { RrType } from '../wire/rdata/type.ts'
import { Section } from '../wire/reply.ts'
import { type AnswerTables, type Exchange, fail } from './exchange.ts'

const NO_CLUSTER = new TextEncoder().encode('no usable server cluster')

/**
 * The name belongs to a service: `route` chooses, and the reply carries the addresses and the ECS scope for which the choice holds
 * (RFC 7871 section 7.2.1), be it an answer or the service's wish to fail.
 */
export function answerRouted(x: Exchange, tables: AnswerTables, counters: Float64Array): void {
  const { routing, reply, lookup } = x
  const family = x.query.qtype === RrType.AAAA ? 6 : 4
  readClient(x)
  route(tables.routes, tables.live.current(), lookup.routed, family, x.client, routing)
  x.says.scope = scopeToSend(x)
  count(x, tables, counters)
  if (routing.count === 0) {
    fail(x, Rcode.SERVFAIL, Ede.Other, NO_CLUSTER)
    return
  }
  reply.section(Section.Answer)
  // The name is the question's: no chain leads to a service.
  if (reply.records(x.query.qtype, routing.ttl, routing.addresses.view, family === 4 ? 4 : 16, routing.count)) return
  reply.undo()
  x.truncated = true
}

/**
 * SCOPE PREFIX-LENGTH in bits of the option's own FAMILY. IPv4-mapped addresses lie in ::/3, whose other addresses locate nobody: the scope of
 * those stops short of ::ffff:0:0/96, since scopes MUST NOT overlap (RFC 7871 section 7.2.1).
 */
function scopeToSend({ query, routing }: Exchange): number {
  const { ecsFamily, ecsMapped, ecsHi, ecsLo } = query
  if (ecsFamily === 0) return 0
  if (ecsFamily === 4) return ecsMapped ? 96 + routing.scope : routing.scope
  if (ecsHi !== 0) return Math.max(routing.scope, Math.clz32(ecsHi) + 1)
  return ecsLo !== 0 ? Math.max(routing.scope, Math.clz32(ecsLo) + 33) : 96
}

function readClient(x: Exchange): void {
  const { client, query, peer } = x
  client.ecsFamily = query.ecsFamily
  client.ecsHi = query.ecsHi
  client.ecsLo = query.ecsLo
  client.family = peer.family
  client.hi = peer.hi
  client.lo = peer.lo
}

function count(x: Exchange, tables: AnswerTables, counters: Float64Array): void {
  const { cluster, reason, source } = x.routing
  countReason(counters, reason)
  if (source === SOURCE_ECS_NOT_ROUTABLE) counters[AT.ecsUnroutable]!++
  if (cluster < 0) return
  const { routes } = tables
  countPair(counters, routes.stableService(x.lookup.routed), routes.stableCluster(cluster))
}
