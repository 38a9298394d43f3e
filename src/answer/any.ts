import { RrType } from '../wire/rdata/type.ts'
import { Section } from '../wire/reply.ts'
import type { ZoneTables } from '../zone/tables.ts'
import { type Exchange, Transport } from './exchange.ts'
import { answerWith, ownedByName } from './rrset.ts'

/** RFC 8482 section 4.2: CPU "RFC8482", empty OS. */
const HINFO = new Uint8Array([7, ...new TextEncoder().encode('RFC8482'), 0])
const HINFO_TTL_SECONDS = 3600

/**
 * RFC 8482: over UDP, where ANY serves amplification, one RRset stands for all of them (section 4.1; a CNAME where there is one); over
 * TCP every RRset of the name. A name that has nothing but a service gets the synthesised HINFO (section 4.2).
 */
export function answerAny(x: Exchange, zones: ZoneTables): void {
  const { node } = x.lookup
  const first = zones.nodeFirstRrset(node)
  const count = zones.nodeRrsetCount(node)
  if (count === 0) answerHinfo(x)
  else if (x.transport === Transport.Udp) {
    const cname = zones.rrsetAt(node, RrType.CNAME)
    answerWith(x, zones, cname < 0 ? first : cname)
  } else for (let i = first; i < first + count; i++) if (!answerWith(x, zones, i)) return
}

function answerHinfo(x: Exchange): void {
  x.reply.section(Section.Answer)
  ownedByName(x)
  if (x.reply.record(RrType.HINFO, HINFO_TTL_SECONDS, HINFO, 0, HINFO.length)) return
  x.reply.undo()
  x.truncated = true
}
