import { AT, countTarget } from '../model/counters.ts'
import { SOURCE_ECS_NOT_ROUTABLE } from '../route/client.ts'
import { routeTarget } from '../route/route.ts'
import { RrType } from '../wire/rdata/type.ts'
import { Section } from '../wire/reply.ts'
import { readClient, scopeToSend } from './client.ts'
import type { AnswerTables, Exchange } from './exchange.ts'

/**
 * The name is shared among several CDNs: a CNAME to the target that is the client's, with the ECS scope of the row that decided. It goes out alone,
 * also when the target is ours: that name is tailored too, and a reply has one scope (RFC 7871 section 7.2.1).
 */
export function answerShared(x: Exchange, { routes, zones, live }: AnswerTables, counters: Float64Array): void {
  const { lookup, reply, routing } = x
  const { rrset, routed } = lookup
  readClient(x)
  const target = routeTarget(routes, live.current(), routed, x.client, routing)
  x.says.scope = scopeToSend(x)
  countTarget(counters, routes.stableService(routed), routes.targets.stable(routed, target))
  if (routing.source === SOURCE_ECS_NOT_ROUTABLE) counters[AT.ecsUnroutable]!++
  reply.section(Section.Answer)
  // The name is the question's: no chain leads to a service.
  reply.ownerIsQuestion()
  const at = zones.rdataOffset(rrset, target)
  const length = zones.rdataLength(rrset, target)
  if (reply.record(RrType.CNAME, zones.rrsetTtl(rrset), zones.bytes, at, length)) return
  reply.undo()
  x.truncated = true
}
