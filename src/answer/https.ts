import type { Family } from '../base/ip.ts'
import { copyOctets, newOctets } from '../base/octets.ts'
import { FAMILY_V4, FAMILY_V6, type LiveHalf } from '../model/live-table.ts'
import { MOST_ANSWERS } from '../route/client.ts'
import { give } from '../route/route.ts'
import { MAX_BINDING_OCTETS } from '../zone/layout.ts'
import type { AnswerTables, Exchange } from './exchange.ts'

/** SvcParamKeys of the hints (RFC 9460 section 7.3). */
const HINT = { 4: 4, 6: 6 } as const
/** SvcParamKey and length before each value. */
const PARAM_OCTETS = 4

/** The RDATA that {@link writeHttps} has made. One per thread, written anew by every reply. */
export const httpsRdata = newOctets(MAX_BINDING_OCTETS + 2 * PARAM_OCTETS + MOST_ANSWERS * (4 + 16))

/**
 * Makes the RDATA of the one HTTPS record that a service's name has, in ServiceMode (RFC 9460 section 2.2), from the last decision; returns
 * its octets, 0 = the decision has no address to give.
 *
 *   SvcPriority 1 | TargetName . | alpn | no-default-alpn | port |      ipv4hint | ipv6hint
 *   the binding: from the configuration, the same for everyone          addresses of the decision
 *
 * Keys ascend, as section 2.2 demands. The hints are what the same client gets to A and to AAAA, in the same order, since a client may use either
 * (section 7.3); of a family that the chosen cluster has no address of there is none, and the client goes by the address record alone.
 */
export function writeHttps(x: Exchange, { zones, routes }: AnswerTables, live: LiveHalf): number {
  const { lookup, routing } = x
  const { node, routed } = lookup
  const from = zones.bindingOffset(node)
  const length = zones.bindingLength(node)
  for (let i = 0; i < length; i++) httpsRdata[i] = zones.bytes[from + i]!
  const families = routes.families(routed)
  let at = length
  if ((families & FAMILY_V4) !== 0) {
    give(routes, live, routed, 4, routing)
    at = writeHint(x, 4, at)
  }
  if ((families & FAMILY_V6) !== 0) {
    give(routes, live, routed, 6, routing)
    at = writeHint(x, 6, at)
  }
  return at === length ? 0 : at
}

/** Appends the addresses that stand in `x.routing` as a hint at `at`; returns where it ends. */
function writeHint({ routing }: Exchange, family: Family, at: number): number {
  if (routing.count === 0) return at
  const { view } = httpsRdata
  const octets = routing.count * (family === 4 ? 4 : 16)
  view.setUint16(at, HINT[family])
  view.setUint16(at + 2, octets)
  copyOctets(routing.addresses.view, 0, view, at + PARAM_OCTETS, octets)
  return at + PARAM_OCTETS + octets
}
