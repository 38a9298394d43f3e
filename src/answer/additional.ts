import { RrType } from '../wire/rdata/type.ts'
import { Section } from '../wire/reply.ts'
import { findGlue, findOwn } from '../zone/lookup.ts'
import type { ZoneTables } from '../zone/tables.ts'
import type { Exchange } from './exchange.ts'
import { place } from './rrset.ts'

/** RRsets in one additional section, at most. */
const MOST = 16
/** The RRsets that the reply has already: that of the answer, then those added. */
const present = new Int32Array(1 + MOST)
let count = 0

/**
 * RFC 1034 section 4.3.2 step 6: static addresses of the hosts that the RRset in the answer names. What does not fit is left out
 * without TC (RFC 2181 section 9). Addresses of a service never stand here: they would depend on the client.
 */
export function addAdditional(x: Exchange, zones: ZoneTables, rrset: number): void {
  present[0] = rrset
  count = 1
  addHosts(x, zones, rrset)
}

function addHosts(x: Exchange, zones: ZoneTables, rrset: number): void {
  const type = zones.rrsetType(rrset)
  const skip = octetsBeforeHost(type)
  if (skip < 0) return
  // RFC 9609 section 4.2: the root's answer to NS has addresses that lie below a cut. Elsewhere glue is no answer.
  const find = type === RrType.NS ? findGlue : findOwn
  for (let k = 0; k < zones.rrsetCount(rrset); k++) {
    const host = hostAt(zones, rrset, k, skip)
    if (host < 0) continue
    add(x, zones, find(zones, host, RrType.A))
    add(x, zones, find(zones, host, RrType.AAAA))
    // RFC 9460 section 4.1: the records of the target, too, and what they name in turn.
    if (isAlias(zones, rrset, k)) {
      const target = findOwn(zones, host, type)
      if (add(x, zones, target)) addHosts(x, zones, target)
    }
  }
}

/** Octets of RDATA before the host's name; -1 for types that name none. */
function octetsBeforeHost(type: number): number {
  switch (type) {
    case RrType.NS:
      return 0
    case RrType.MX:
    case RrType.AFSDB:
    case RrType.KX:
    case RrType.SVCB:
    case RrType.HTTPS:
      return 2
    case RrType.SRV:
      return 6
    default:
      return -1
  }
}

/** Offset of the host's name of record `k`; -1 where `.` says that there is none (RFC 2782, RFC 7505, RFC 9460 section 2.5.1). */
function hostAt(zones: ZoneTables, rrset: number, k: number, skip: number): number {
  const host = zones.rdataOffset(rrset, k) + skip
  if (zones.bytes[host] !== 0) return host
  // RFC 9460 section 2.5.2: in ServiceMode the target `.` is the owner itself.
  return isServiceBinding(zones.rrsetType(rrset)) && !isAlias(zones, rrset, k) ? zones.rrsetOwner(rrset) : -1
}

/** True for SVCB and HTTPS with SvcPriority 0: AliasMode (RFC 9460 section 2.4.2). */
function isAlias(zones: ZoneTables, rrset: number, k: number): boolean {
  const at = zones.rdataOffset(rrset, k)
  return isServiceBinding(zones.rrsetType(rrset)) && zones.bytes[at] === 0 && zones.bytes[at + 1] === 0
}

function isServiceBinding(type: number): boolean {
  return type === RrType.SVCB || type === RrType.HTTPS
}

/** True when the RRset is new to the reply and fitted. */
function add(x: Exchange, zones: ZoneTables, rrset: number): boolean {
  if (rrset < 0 || count > MOST) return false
  for (let i = 0; i < count; i++) if (present[i] === rrset) return false
  if (!place(x, zones, Section.Additional, rrset, zones.rrsetTtl(rrset))) return false
  present[count++] = rrset
  return true
}
