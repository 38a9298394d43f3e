import { RrType } from '../wire/rdata/type.ts'
import { Section } from '../wire/reply.ts'
import { findAddress } from '../zone/lookup.ts'
import type { ZoneTables } from '../zone/tables.ts'
import type { Exchange } from './exchange.ts'
import { place } from './rrset.ts'

/** Address RRsets in one additional section, at most. */
const MOST = 16
const added = new Int32Array(MOST)

/**
 * RFC 1034 section 4.3.2 step 6: static addresses of the hosts that the RRset in the answer names. What does not fit is left out
 * without TC (RFC 2181 section 9). Addresses of a service never stand here: they would depend on the client.
 */
export function addAdditional(x: Exchange, zones: ZoneTables, rrset: number): void {
  const skip = octetsBeforeHost(zones.rrsetType(rrset))
  if (skip < 0) return
  let count = 0
  for (let k = 0; k < zones.rrsetCount(rrset); k++) {
    const host = zones.rdataOffset(rrset, k) + skip
    // RFC 9460 section 2.5.2: in ServiceMode the target `.` is the owner itself.
    const name = zones.bytes[host] === 0 && skip === 2 ? zones.rrsetOwner(rrset) : host
    count = add(x, zones, findAddress(zones, name, RrType.A), count)
    count = add(x, zones, findAddress(zones, name, RrType.AAAA), count)
  }
}

/** Octets of RDATA before the host's name; -1 for types that name none. */
function octetsBeforeHost(type: number): number {
  switch (type) {
    case RrType.NS:
      return 0
    case RrType.MX:
    case RrType.SVCB:
    case RrType.HTTPS:
      return 2
    case RrType.SRV:
      return 6
    default:
      return -1
  }
}

function add(x: Exchange, zones: ZoneTables, rrset: number, count: number): number {
  if (rrset < 0 || count === MOST) return count
  for (let i = 0; i < count; i++) if (added[i] === rrset) return count
  if (!place(x, zones, Section.Additional, rrset, zones.rrsetTtl(rrset))) return count
  added[count] = rrset
  return count + 1
}
