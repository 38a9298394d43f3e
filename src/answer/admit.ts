import { Class, Ede, Rcode } from '../wire/constants.ts'
import { RrType } from '../wire/rdata/type.ts'
import { type Exchange, fail, Transport } from './exchange.ts'

/** Decides whether the question is one that we can answer; otherwise the exchange has failed and says how. */
export function admit(x: Exchange): boolean {
  const { qtype, qclass } = x.query
  if (qclass !== Class.IN && qclass !== Class.CH) {
    fail(x, Rcode.REFUSED, Ede.NotAuthoritative)
    return false
  }
  // Ordinary types first: every meta type but OPT lies above 127 (RFC 6895 section 3.1).
  if (qtype < RrType.NXNAME && qtype !== RrType.OPT) return true
  switch (qtype) {
    case RrType.OPT:
    case RrType.TKEY:
    case RrType.TSIG:
    // RFC 9824 section 3.1: an explicit query for NXNAME is FORMERR with EDE 30.
    case RrType.NXNAME:
      fail(x, Rcode.FORMERR, Ede.InvalidQueryType)
      return false
    case RrType.AXFR:
      // RFC 5936 section 4.2: not defined over UDP.
      if (x.transport === Transport.Udp) fail(x, Rcode.FORMERR, Ede.InvalidQueryType)
      else fail(x, Rcode.REFUSED, Ede.Prohibited)
      return false
    case RrType.IXFR:
      fail(x, Rcode.REFUSED, Ede.Prohibited)
      return false
    default:
      return true
  }
}
