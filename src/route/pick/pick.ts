import { signedMixPair } from '../../base/hash.ts'
import { FAMILY_V4 } from '../../model/live-table.ts'
import { MOST_ANSWERS, type Routing } from '../client.ts'
import type { PickTables } from '../tables.ts'

/** Draws before the servers are walked through one by one: enough that a walk is rare with three quarters of the servers out. */
const MOST_DRAWS = 24

/**
 * Writes the addresses of up to `answers` servers of `out.cluster` that have `bit` in `usable`, the block's first choice in front.
 *
 * The block draws servers one after the other from the cluster's weighted order; a draw depends on the block and the full list only, and
 * unusable servers are drawn over. So a dead server's blocks spread over all others and no other block moves. `order` is the offset of the
 * service's order group.
 */
export function pick(
  tables: PickTables,
  usable: Uint8Array,
  order: number,
  answers: number,
  bit: number,
  blockHash: number,
  out: Routing,
): void {
  const first = order + tables.clusterServers[out.cluster]!
  const count = tables.clusterServers[out.cluster + 1]! - tables.clusterServers[out.cluster]!
  const wanted = Math.min(answers, count, MOST_ANSWERS)
  out.count = 0
  let position = 0
  for (let draw = 0; draw < MOST_DRAWS && out.count < wanted; draw++) {
    position = drawn(tables.orderShares, first, count, signedMixPair(blockHash, draw))
    add(tables, tables.orderServers[first + position]!, usable, bit, out)
  }
  for (let step = 1; step <= count && out.count < wanted; step++) {
    add(tables, tables.orderServers[first + ((position + step) % count)]!, usable, bit, out)
  }
}

/** Position 0..count-1 that the hash (32 bits, signed or not) falls on, in proportion to the weights. */
function drawn(shares: Float64Array, first: number, count: number, hash: number): number {
  const target = ((hash >>> 0) / 2 ** 32) * shares[first + count - 1]!
  let low = 0
  let high = count - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (shares[first + middle]! > target) high = middle
    else low = middle + 1
  }
  return low
}

function add(tables: PickTables, server: number, usable: Uint8Array, bit: number, out: Routing): void {
  if ((usable[server]! & bit) === 0) return
  for (let i = 0; i < out.count; i++) if (out.servers[i] === server) return
  const size = bit === FAMILY_V4 ? 4 : 16
  const from = bit === FAMILY_V4 ? tables.address4 : tables.address6
  for (let i = 0; i < size; i++) out.addresses[out.count * size + i] = from[server * size + i]!
  out.servers[out.count++] = server
}
