import { signedMix32, signedMixPair } from '../../base/hash.ts'
import { FAMILY_V4, WARMING_SHIFT } from '../../model/live-table.ts'
import { MOST_ANSWERS, type Routing } from '../client.ts'
import type { PickTables } from '../tables.ts'

/** Keys of `out.servers`, ascending. */
const keys = new Float64Array(MOST_ANSWERS)

/**
 * Writes the addresses of up to `answers` servers of `out.cluster` that have `bit` in `usable`, the block's first choice in front.
 *
 *   order of the CDN name   | s4 | s1 | s7 | s2 | s9 | ...
 *   seats                   |<-- serving -->|                 the first `serving` of them; 0 = all
 *   s1 is not usable          s4   s9   s7    s2 is not either: the next usable in the order sits in its seat
 *
 * The block chooses among the seats by weighted rendezvous (Thaler and Ravishankar 1998): every seat gets its share of the blocks, one that is added
 * takes blocks for itself and moves no other, and so does a weight that changes. A seat is hashed by the server whose it is, so that a stand-in
 * gets the blocks of the server it stands in for and nobody else's. A server in its slow start (`ramp`, see {@link LiveHalf}) is usable for a growing
 * share of the blocks, and a block that it has taken stays. `group`: number of the order group, so that the properties of one
 * block meet different servers; `order`: its offset in the tables. Costs a hash per seat.
 */
export function pick(
  tables: PickTables,
  usable: Uint8Array,
  ramp: Uint16Array,
  order: number,
  group: number,
  serving: number,
  answers: number,
  bit: number,
  blockHash: number,
  out: Routing,
): void {
  const { orderServers, serverHash, serverWeight } = tables
  const from = tables.clusterServers[out.cluster]!
  const count = tables.clusterServers[out.cluster + 1]! - from
  const first = order + from
  const wanted = Math.min(answers, count, MOST_ANSWERS)
  const seats = serving === 0 ? count : Math.min(count, Math.max(serving, wanted))
  const hash = signedMix32(signedMixPair(blockHash, group))
  const mask = bit | (bit << WARMING_SHIFT)
  let next = seats
  out.count = 0
  for (let position = 0; position < seats; position++) {
    const owner = orderServers[first + position]!
    let server = owner
    // Most are usable and warm: no call for them.
    if ((usable[server]! & mask) !== bit && !takes(tables, usable, ramp, server, bit, hash)) {
      server = -1
      while (server < 0 && next < count) {
        const standIn = orderServers[first + next++]!
        if (takes(tables, usable, ramp, standIn, bit, hash)) server = standIn
      }
      if (server < 0) continue
    }
    const uniform = ((signedMix32(hash ^ serverHash[owner]!) >>> 0) + 0.5) / 2 ** 32
    // -ln(u) is at least 1 - u: most servers are out of the race without the logarithm.
    if (out.count === wanted && 1 - uniform >= keys[wanted - 1]! * serverWeight[server]!) continue
    enter(out, wanted, server, -Math.log(uniform) / serverWeight[server]!)
  }
  for (let i = 0; i < out.count; i++) writeAddress(tables, bit, out, i)
}

/** It is usable, and not in a slow start that turns this block away. */
function takes(
  tables: PickTables,
  usable: Uint8Array,
  ramp: Uint16Array,
  server: number,
  bit: number,
  hash: number,
): boolean {
  if ((usable[server]! & bit) === 0) return false
  if ((usable[server]! & (bit << WARMING_SHIFT)) === 0) return true
  const away = bit === FAMILY_V4 ? ramp[server]! & 0xff : ramp[server]! >>> 8
  return (signedMixPair(hash, tables.serverHash[server]! | 0) & 0xff) >= away
}

/** Puts the server in its place among the best; the earlier one of equals stays in front. */
function enter(out: Routing, wanted: number, server: number, key: number): void {
  let at = out.count
  while (at > 0 && keys[at - 1]! > key) at--
  if (at === wanted) return
  if (out.count < wanted) out.count++
  for (let i = out.count - 1; i > at; i--) {
    keys[i] = keys[i - 1]!
    out.servers[i] = out.servers[i - 1]!
  }
  keys[at] = key
  out.servers[at] = server
}

function writeAddress(tables: PickTables, bit: number, out: Routing, i: number): void {
  const size = bit === FAMILY_V4 ? 4 : 16
  const source = bit === FAMILY_V4 ? tables.address4 : tables.address6
  const from = out.servers[i]! * size
  for (let octet = 0; octet < size; octet++) out.addresses[i * size + octet] = source[from + octet]!
}
