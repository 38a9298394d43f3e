import { viewOf } from '../base/octets.ts'
import { Flag, HEADER_OCTETS, Opcode, Rcode } from './constants.ts'
import { decodeOptHead, decodeOptions } from './opt-decode.ts'
import type { Query } from './query.ts'
import { readQuestion } from './question.ts'
import { RrType } from './rdata/type.ts'

/** What becomes of a message, and what its sender will see. */
export const Verdict = {
  /** A well-formed query: it gets an answer. */
  Query: 0,
  /** It gets `query.rcode` and nothing else: no answer, no authority. */
  Reject: 1,
  /** It gets silence: an answer to a response would be a loop, and fewer than 12 octets carry no ID. */
  Ignore: 2,
  /** It asks for a server cookie and nothing else (RFC 7873 section 5.4): it gets a header and that. */
  CookieFetch: 3,
} as const
export type Verdict = (typeof Verdict)[keyof typeof Verdict]

/**
 * Takes `message[0..length)` apart into `query`; allocates nothing and never throws.
 *
 *   message  = header question record*                     RFC 1035 section 4.1
 *   header   = ID flags QDCOUNT ANCOUNT NSCOUNT ARCOUNT     section 4.1.1, six 16-bit words
 *   question = QNAME QTYPE QCLASS                           section 4.1.2
 *   record   = NAME TYPE CLASS TTL RDLENGTH RDATA           section 4.1.3
 *
 * `known`: bits of `Known`, the options that this server takes part in over this transport.
 */
export function decodeQuery(message: Uint8Array, length: number, known: number, query: Query): Verdict {
  if (length < HEADER_OCTETS || (message[2]! & 0x80) !== 0) return Verdict.Ignore
  reset(query)
  query.view = viewOf(message)
  query.id = word(message, 0)
  query.flags = word(message, 2)
  // RFC 8906 section 3.1.4: the shape of what follows an unknown opcode is unknown, so it is not read.
  if ((query.flags & Flag.OPCODE) >>> 11 !== Opcode.QUERY) return reject(query, Rcode.NOTIMP)
  // RFC 9619 section 4; without a question only a cookie can be asked for.
  const questions = word(message, 4)
  if (questions > 1) return reject(query, Rcode.FORMERR)
  const at = questions === 1 ? readQuestion(message, length, query) : HEADER_OCTETS
  if (at < 0) return reject(query, Rcode.FORMERR)
  const rcode = readRecords(message, length, at, known, query)
  if (rcode !== Rcode.NOERROR) return reject(query, rcode)
  if (questions === 1) return Verdict.Query
  return query.cookieAt > 0 ? Verdict.CookieFetch : reject(query, Rcode.FORMERR)
}

function reset(query: Query): void {
  query.rcode = 0
  query.nameLength = 0
  query.edns = false
  query.payload = 512
  query.dnssecOk = false
  query.nsid = false
  query.cookieAt = 0
  query.keepalive = false
  query.padding = false
  query.ecsAt = 0
  query.ecsFamily = 0
  query.ecsMapped = false
}

/**
 * No RFC asks for ECS, NSID or keepalive beside FORMERR and BADVERS: they do not come back. The cookie must
 * (RFC 7873 section 5.3: a client that awaits one drops a reply without), and so must padding (RFC 7830 section 4).
 */
function reject(query: Query, rcode: number): typeof Verdict.Reject {
  query.rcode = rcode
  query.nsid = false
  query.keepalive = false
  query.ecsAt = 0
  return Verdict.Reject
}

/** Walks all records for the one OPT that counts. The RCODE to reject with, or NOERROR. */
function readRecords(message: Uint8Array, length: number, start: number, known: number, query: Query): number {
  const additional = word(message, 10)
  const records = word(message, 6) + word(message, 8) + additional
  let at = start
  let opt = 0
  for (let left = records; left > 0; left--) {
    const fixed = skipName(message, length, at)
    if (fixed < 0 || fixed + 10 > length) return Rcode.FORMERR
    const end = fixed + 10 + word(message, fixed + 8)
    if (end > length) return Rcode.FORMERR
    if (word(message, fixed) === RrType.OPT) {
      // RFC 6891 section 6.1.1: at most one, in the additional section, and (6.1.2) owned by the root.
      if (opt > 0 || left > additional || fixed !== at + 1) return Rcode.FORMERR
      opt = fixed
      decodeOptHead(message, opt, query)
    }
    at = end
  }
  if (at !== length) return Rcode.FORMERR
  return opt === 0 ? Rcode.NOERROR : decodeOptions(message, opt, known, query)
}

/** Offset past an owner name, which is not read; -1 when it is broken. */
function skipName(message: Uint8Array, length: number, start: number): number {
  let at = start
  while (at < length) {
    const label = message[at]!
    if (label === 0) return at + 1
    if (label >= 0xc0) return at + 2
    if (label > 63) return -1
    at += label + 1
  }
  return -1
}

function word(message: Uint8Array, at: number): number {
  return (message[at]! << 8) | message[at + 1]!
}
