import { Ede, Rcode } from '../wire/constants.ts'
import { RrType } from '../wire/rdata/type.ts'
import { lookup } from '../zone/lookup.ts'
import { Outcome } from '../zone/outcome.ts'
import type { ZoneTables } from '../zone/tables.ts'
import { addAdditional } from './additional.ts'
import { answerAny } from './any.ts'
import { enter, LONGEST_CHAIN } from './chain.ts'
import { substitute } from './dname.ts'
import { type AnswerTables, type Exchange, fail } from './exchange.ts'
import { deny } from './negative.ts'
import { refer } from './referral.ts'
import { answerRouted } from './routed.ts'
import { answerWith } from './rrset.ts'
import { answerShared } from './shared.ts'

const ZONE_DID_NOT_LOAD = new TextEncoder().encode('zone did not load')

/** RFC 1034 section 4.3.2 from step 2 on: fills the sections of the reply with what our zones say of the question. */
export function resolve(x: Exchange, tables: AnswerTables, counters: Float64Array): void {
  const { name, query } = x
  name.bytes = query.name
  name.from = 0
  name.length = query.nameLength
  for (name.hop = 0; name.hop <= LONGEST_CHAIN && enter(name); name.hop++) {
    lookup(tables.zones, name.bytes, name.from, name.length, query.qtype, x.lookup)
    if (name.hop > 0 && chainStops(x)) return
    if (!proceed(x, tables, counters)) return
  }
}

/**
 * A chain of CNAMEs stops before a name that is not ours, that a zone cannot speak of, or that a service answers: there the data depend
 * on the client, and a reply with one ECS option has one scope (RFC 7871 section 7.2.1). The resolver asks for that name by itself.
 */
function chainStops(x: Exchange): boolean {
  const { outcome, routed } = x.lookup
  return routed >= 0 || outcome === Outcome.NotOurs || outcome === Outcome.Broken
}

/** Acts on one lookup; true when a CNAME or DNAME has moved `x.name` and the search starts again. */
function proceed(x: Exchange, tables: AnswerTables, counters: Float64Array): boolean {
  const { zones } = tables
  const { outcome } = x.lookup
  if (x.name.hop === 0) {
    x.zone = x.lookup.zone
    x.authoritative = outcome !== Outcome.Delegation
  }
  switch (outcome) {
    case Outcome.FollowCname:
      return followCname(x, zones)
    case Outcome.FollowDname:
      return followDname(x, zones)
    case Outcome.Hit:
      answerHit(x, zones)
      break
    case Outcome.Routed:
      answerRouted(x, tables, counters)
      break
    case Outcome.Shared:
      answerShared(x, tables, counters)
      break
    case Outcome.NoData:
      deny(x, zones)
      break
    case Outcome.NxDomain:
      // RFC 6604 section 3: the RCODE is that of the last name of the chain.
      x.rcode = Rcode.NXDOMAIN
      deny(x, zones)
      break
    case Outcome.Delegation:
      refer(x, zones)
      break
    case Outcome.Any:
      answerAny(x, zones)
      break
    case Outcome.NotOurs:
      fail(x, Rcode.REFUSED, Ede.NotAuthoritative)
      break
    case Outcome.Broken:
      fail(x, Rcode.SERVFAIL, Ede.InvalidData, ZONE_DID_NOT_LOAD)
      break
  }
  return false
}

/** The RRset asked for. Of RRSIGs there is a set for each type they cover, with its TTL (RFC 4034 section 3): a query for them gets all. */
function answerHit(x: Exchange, zones: ZoneTables): void {
  const { node, rrset } = x.lookup
  if (!answerWith(x, zones, rrset)) return
  if (x.query.qtype !== RrType.RRSIG) {
    addAdditional(x, zones, rrset)
    return
  }
  const end = zones.nodeFirstRrset(node) + zones.nodeRrsetCount(node)
  for (let next = rrset + 1; next < end && zones.rrsetType(next) === RrType.RRSIG; next++)
    if (!answerWith(x, zones, next)) return
}

/** RFC 1034 section 4.3.2 step 3a. */
function followCname(x: Exchange, zones: ZoneTables): boolean {
  const { name, lookup } = x
  const { rrset } = lookup
  if (!answerWith(x, zones, rrset)) return false
  name.bytes = zones.bytes
  name.from = zones.rdataOffset(rrset, 0)
  name.length = zones.rdataLength(rrset, 0)
  return true
}

/** RFC 6672 section 3.2 step 3c. A query for CNAME or ANY has its answer in the CNAME that the DNAME makes. */
function followDname(x: Exchange, zones: ZoneTables): boolean {
  const { qtype } = x.query
  return substitute(x, zones) && qtype !== RrType.CNAME && qtype !== RrType.ANY
}
