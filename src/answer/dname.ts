import { Rcode } from '../wire/constants.ts'
import { MAX_NAME_OCTETS } from '../wire/name.ts'
import { RrType } from '../wire/rdata/type.ts'
import { Section } from '../wire/reply.ts'
import type { ZoneTables } from '../zone/tables.ts'
import { built, followedBefore } from './chain.ts'
import type { Exchange } from './exchange.ts'
import { ownedByName, place } from './rrset.ts'

/**
 * RFC 6672 section 3.2 step 3c: puts the DNAME (once: a chain may come by it again) and a CNAME made from it, with its TTL (section 3.1),
 * into the answer and moves `x.name` to the target. False when the search ends here: no room, or a name that would be too long (YXDOMAIN).
 */
export function substitute(x: Exchange, zones: ZoneTables): boolean {
  const { name, lookup } = x
  const { rrset, cut } = lookup
  const ttl = zones.rrsetTtl(rrset)
  if (!followedBefore(name, rrset) && !place(x, zones, Section.Answer, rrset, ttl)) {
    x.truncated = true
    return false
  }
  const target = zones.rdataOffset(rrset, 0)
  const length = cut + zones.rdataLength(rrset, 0)
  if (length > MAX_NAME_OCTETS) {
    x.rcode = Rcode.YXDOMAIN
    return false
  }
  const next = built[name.hop]!
  for (let i = 0; i < cut; i++) next[i] = name.bytes[name.from + i]!
  for (let i = cut; i < length; i++) next[i] = zones.bytes[target + i - cut]!
  x.reply.section(Section.Answer)
  ownedByName(x)
  if (!x.reply.record(RrType.CNAME, ttl, next, 0, length)) {
    x.reply.undo()
    x.truncated = true
    return false
  }
  name.bytes = next
  name.from = 0
  name.length = length
  return true
}
