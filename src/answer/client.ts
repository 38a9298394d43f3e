import type { Exchange } from './exchange.ts'

/** Who asks, for `route`. */
export function readClient(x: Exchange): void {
  const { client, query, peer } = x
  client.ecsFamily = query.ecsFamily
  client.ecsHi = query.ecsHi
  client.ecsLo = query.ecsLo
  client.family = peer.family
  client.hi = peer.hi
  client.lo = peer.lo
}

/**
 * SCOPE PREFIX-LENGTH in bits of the option's own FAMILY. IPv4-mapped addresses lie in ::/3, whose other addresses locate nobody: the scope of
 * those stops short of ::ffff:0:0/96, since scopes MUST NOT overlap (RFC 7871 section 7.2.1).
 */
export function scopeToSend({ query, routing }: Exchange): number {
  const { ecsFamily, ecsMapped, ecsHi, ecsLo } = query
  if (ecsFamily === 0) return 0
  if (ecsFamily === 4) return ecsMapped ? 96 + routing.scope : routing.scope
  if (ecsHi !== 0) return Math.max(routing.scope, Math.clz32(ecsHi) + 1)
  return ecsLo !== 0 ? Math.max(routing.scope, Math.clz32(ecsLo) + 33) : 96
}
