import { EdnsFlag, OptionCode, PLAIN_UDP_OCTETS, Rcode } from './constants.ts'
import { decodeEcs } from './ecs.ts'
import type { Query } from './query.ts'

/** Octets of TYPE, CLASS, TTL and RDLENGTH. */
const FIXED_OCTETS = 10

/**
 * Reads the OPT record whose TYPE field stands at `opt`; its RDATA is known to lie inside the message. Returns the RCODE to reject
 * with, or NOERROR.
 *
 *   TYPE(2)=41  CLASS(2)=payload size  TTL(4)=ext. RCODE(1) VERSION(1) flags(2)  RDLENGTH(2)  option*    RFC 6891 section 6.1.2
 *   option = CODE(2) LENGTH(2) DATA                                                                      section 6.1.2
 */
export function decodeOpt(message: Uint8Array, opt: number, ecs: boolean, query: Query): number {
  query.edns = true
  // RFC 6891 section 6.2.3: values below 512 are treated as 512.
  query.payload = Math.max(PLAIN_UDP_OCTETS, word(message, opt + 2))
  query.dnssecOk = (word(message, opt + 6) & EdnsFlag.DO) !== 0
  // Section 6.1.3. The options of another version may mean anything: they are not read.
  if (message[opt + 5] !== 0) return Rcode.BADVERS
  const end = opt + FIXED_OCTETS + word(message, opt + 8)
  let cookies = 0
  let at = opt + FIXED_OCTETS
  while (at < end) {
    if (at + 4 > end) return Rcode.FORMERR
    const code = word(message, at)
    const length = word(message, at + 2)
    at += 4
    if (at + length > end) return Rcode.FORMERR
    if (code === OptionCode.ECS && ecs) {
      if (query.ecsAt > 0 || !decodeEcs(message, at, length, query)) return Rcode.FORMERR
    } else if (code === OptionCode.NSID) query.nsid = true
    // RFC 7873 section 5.2.1 and 5.2.2; of several cookies only the first counts.
    else if (code === OptionCode.COOKIE && cookies++ === 0 && !isCookieLength(length)) return Rcode.FORMERR
    at += length
  }
  return Rcode.NOERROR
}

function isCookieLength(length: number): boolean {
  return length === 8 || (length >= 16 && length <= 40)
}

function word(message: Uint8Array, at: number): number {
  return (message[at]! << 8) | message[at + 1]!
}
