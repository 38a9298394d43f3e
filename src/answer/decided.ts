import { DECIDED_CLUSTER, DECIDED_TARGET, type Decision, NONE } from '../model/query-ring.ts'
import { Outcome } from '../zone/outcome.ts'
import type { AnswerTables, Exchange } from './exchange.ts'

/** Copies what was decided for the exchange into `out`; false where nothing was: its name is no service's. */
export function readDecision(x: Exchange, { routes, live, generation }: AnswerTables, out: Decision): boolean {
  const { lookup, routing, says } = x
  const shared = lookup.outcome === Outcome.Shared
  // Behind a CNAME of ours the chain stops before the service: nothing is decided there.
  if ((!shared && lookup.outcome !== Outcome.Routed) || x.name.hop > 0) return false
  out.kind = shared ? DECIDED_TARGET : DECIDED_CLUSTER
  out.service = routes.stableService(lookup.routed)
  out.cluster = shared || routing.cluster < 0 ? NONE : routes.stableCluster(routing.cluster)
  out.reason = routing.reason
  out.source = routing.source
  out.scope = says.scope
  out.generation = generation
  out.epoch = live.epoch
  return true
}
