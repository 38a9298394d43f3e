import { Section } from '../wire/reply.ts'
import type { ZoneTables } from '../zone/tables.ts'
import type { Exchange } from './exchange.ts'
import { place } from './rrset.ts'

/** RFC 2308 section 3: a negative answer carries the zone's SOA, whose TTL says how long it may be kept. Without it TC is set. */
export function deny(x: Exchange, zones: ZoneTables): void {
  const { soa, zone } = x.lookup
  if (!place(x, zones, Section.Authority, soa, zones.negativeTtl(zone))) x.truncated = true
}
