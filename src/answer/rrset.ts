import { Section } from '../wire/reply.ts'
import type { ZoneTables } from '../zone/tables.ts'
import type { Exchange } from './exchange.ts'

/**
 * Puts an RRset into the answer section under the name being looked up (which a wildcard's data take on: RFC 4592 section 3.3.1).
 * False when it does not fit: then the reply is truncated and has nothing of it.
 */
export function answerWith(x: Exchange, zones: ZoneTables, rrset: number): boolean {
  x.reply.section(Section.Answer)
  ownedByName(x)
  if (writeRecords(x, zones, rrset, zones.rrsetTtl(rrset))) return true
  x.truncated = true
  return false
}

/** Puts an RRset under its own owner into a section; false when it does not fit, then the reply has nothing of it. */
export function place(x: Exchange, zones: ZoneTables, section: Section, rrset: number, ttl: number): boolean {
  x.reply.section(section)
  x.reply.owner(zones.bytes, zones.rrsetOwner(rrset))
  return writeRecords(x, zones, rrset, ttl)
}

/** The records that follow belong to the name being looked up. */
export function ownedByName(x: Exchange): void {
  if (x.name.hop === 0) x.reply.ownerIsQuestion()
  else x.reply.owner(x.name.bytes, x.name.from)
}

function writeRecords(x: Exchange, zones: ZoneTables, rrset: number, ttl: number): boolean {
  const type = zones.rrsetType(rrset)
  const count = zones.rrsetCount(rrset)
  for (let k = 0; k < count; k++) {
    if (x.reply.record(type, ttl, zones.bytes, zones.rdataOffset(rrset, k), zones.rdataLength(rrset, k))) continue
    x.reply.undo()
    return false
  }
  return true
}
