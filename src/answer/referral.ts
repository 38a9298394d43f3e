import { RrType } from '../wire/rdata/type.ts'
import { Section } from '../wire/reply.ts'
import { findGlue } from '../zone/lookup.ts'
import type { ZoneTables } from '../zone/tables.ts'
import type { Exchange } from './exchange.ts'
import { place } from './rrset.ts'

/**
 * RFC 1034 section 4.3.2 step 3b: the NS RRset of the cut in the authority section, and the addresses of its servers.
 * RFC 9471 section 3.1: all glue of servers inside the delegated zone, or TC. Addresses of other servers (sibling glue) come after it
 * and as room allows.
 */
export function refer(x: Exchange, zones: ZoneTables): void {
  const { rrset } = x.lookup
  if (!place(x, zones, Section.Authority, rrset, zones.rrsetTtl(rrset))) {
    x.truncated = true
    return
  }
  const count = zones.rrsetCount(rrset)
  const cut = zones.rrsetOwner(rrset)
  for (let k = 0; k < count; k++) {
    const server = zones.rdataOffset(rrset, k)
    if (isBelow(zones.bytes, server, cut) && !addGlue(x, zones, server)) x.truncated = true
  }
  if (x.truncated) return
  for (let k = 0; k < count; k++) {
    const server = zones.rdataOffset(rrset, k)
    if (!isBelow(zones.bytes, server, cut)) addGlue(x, zones, server)
  }
}

/** Addresses of the server named at `bytes[server]`; false when there are some that do not fit. */
function addGlue(x: Exchange, zones: ZoneTables, server: number): boolean {
  const ipv4 = findGlue(zones, server, RrType.A)
  const ipv6 = findGlue(zones, server, RrType.AAAA)
  const fits4 = ipv4 < 0 || place(x, zones, Section.Additional, ipv4, zones.rrsetTtl(ipv4))
  const fits6 = ipv6 < 0 || place(x, zones, Section.Additional, ipv6, zones.rrsetTtl(ipv6))
  return fits4 && fits6
}

/** True when the name at `bytes[name]` is the one at `bytes[ancestor]` or lies below it. Both whole, lower case. */
function isBelow(bytes: Uint8Array, name: number, ancestor: number): boolean {
  for (let at = name; ; at += bytes[at]! + 1) {
    if (isSame(bytes, at, ancestor)) return true
    if (bytes[at] === 0) return false
  }
}

function isSame(bytes: Uint8Array, a: number, b: number): boolean {
  // Length octets are compared like any other, so equal octets up to the final zero are equal names.
  for (let end = a, i = 0; ; i++) {
    if (bytes[a + i] !== bytes[b + i]) return false
    if (a + i === end) {
      if (bytes[end] === 0) return true
      end += bytes[end]! + 1
    }
  }
}
