import { EdnsFlag, Known, OptionCode, PLAIN_UDP_OCTETS, Rcode } from './constants.ts'
import { decodeEcs } from './ecs.ts'
import type { Query } from './query.ts'

/** Octets of TYPE, CLASS, TTL and RDLENGTH. */
const FIXED_OCTETS = 10
const CLIENT_COOKIE_OCTETS = 8

/**
 * Reads the fixed fields of the OPT record whose TYPE field stands at `opt`. From here on the reply has an OPT record too
 * (RFC 6891 section 6.1.1), whatever else is wrong with the message.
 *
 *   TYPE(2)=41  CLASS(2)=payload size  TTL(4)=ext. RCODE(1) VERSION(1) flags(2)  RDLENGTH(2)  option*    RFC 6891 section 6.1.2
 */
export function decodeOptHead(message: Uint8Array, opt: number, query: Query): void {
  query.edns = true
  // RFC 6891 section 6.2.3: values below 512 are treated as 512.
  query.payload = Math.max(PLAIN_UDP_OCTETS, word(message, opt + 2))
  query.dnssecOk = (word(message, opt + 6) & EdnsFlag.DO) !== 0
}

/**
 * Reads the options of the same record; its RDATA is known to lie inside the message. Returns the RCODE to reject with, or NOERROR.
 *
 *   option = CODE(2) LENGTH(2) DATA                                                                      section 6.1.2
 */
export function decodeOptions(message: Uint8Array, opt: number, known: number, query: Query): number {
  // Section 6.1.3. The options of another version may mean anything: they are not read.
  if (message[opt + 5] !== 0) return Rcode.BADVERS
  const end = opt + FIXED_OCTETS + word(message, opt + 8)
  let rcode: number = Rcode.NOERROR
  let at = opt + FIXED_OCTETS
  while (at < end) {
    if (at + 4 > end) return Rcode.FORMERR
    const length = word(message, at + 2)
    const next = at + 4 + length
    if (next > end) return Rcode.FORMERR
    // Those behind a broken option are read all the same: a client that awaits a cookie drops even a FORMERR without one (RFC 7873 section 5.3).
    if (!decodeOption(message, word(message, at), at + 4, length, known, query)) rcode = Rcode.FORMERR
    at = next
  }
  return rcode
}

/** Reads the option `code` whose data are `message[at..at+length)`; false when it is malformed. */
function decodeOption(
  message: Uint8Array,
  code: number,
  at: number,
  length: number,
  known: number,
  query: Query,
): boolean {
  switch (code) {
    case OptionCode.NSID:
      // RFC 5001 section 2.1: the client has nothing to say in it, and what it says is ignored.
      query.nsid = true
      return true
    case OptionCode.ECS:
      return (known & Known.ECS) === 0 || (query.ecsAt === 0 && decodeEcs(message, at, length, query))
    case OptionCode.COOKIE:
      return (known & Known.COOKIE) === 0 || decodeCookie(at, length, query)
    case OptionCode.KEEPALIVE:
      if ((known & Known.KEEPALIVE) === 0) return true
      // RFC 7828 section 3.1: a client names no TIMEOUT.
      query.keepalive = length === 0
      return query.keepalive
    case OptionCode.PADDING:
      query.padding = (known & Known.PADDING) !== 0
      return true
    default:
      return true
  }
}

/** CLIENT COOKIE(8) SERVER COOKIE(8..32)?      RFC 7873 section 4 */
function decodeCookie(at: number, length: number, query: Query): boolean {
  // Section 5.2: of several cookies only the first is considered.
  if (query.cookieAt !== 0) return true
  // Section 5.2.2.
  const lawful = length === CLIENT_COOKIE_OCTETS || (length >= 16 && length <= 40)
  query.cookieAt = lawful ? at : -1
  query.serverCookieLength = lawful ? length - CLIENT_COOKIE_OCTETS : 0
  return lawful
}

function word(message: Uint8Array, at: number): number {
  return (message[at]! << 8) | message[at + 1]!
}
