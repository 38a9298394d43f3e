import { Ede, EdnsFlag, OptionCode } from './constants.ts'
import type { Query } from './query.ts'
import { RrType } from './rdata/type.ts'
import { putWord, type Reply } from './reply.ts'

/** Root owner, TYPE, CLASS, TTL, RDLENGTH. */
const OPT_OCTETS = 11
const OPTION_OCTETS = 4

/** RFC 8467 section 4.1: responses are padded to a multiple of so many octets. */
const PADDING_BLOCK_OCTETS = 468

/** What stands in the OPT record of every reply that may have it: facts of the server. */
export interface OptFacts {
  /** UDP payload that we take, octets. */
  readonly payload: number
  /** The server's identity (RFC 5001), at most 128 octets. */
  readonly nsid: Uint8Array
  /** How long an idle connection is kept, in units of 100 ms, 0..65535 (RFC 7828 section 3.1). */
  readonly keepalive: number
}

/** What the OPT record of one reply says. One object per worker, written anew for every reply. */
export interface OptSays {
  /** SCOPE PREFIX-LENGTH of the ECS option, 0..128. */
  scope: number
  /** The server cookie, 16 octets (RFC 9018); goes out where the query has a client cookie. */
  readonly serverCookie: Uint8Array
  /** INFO-CODE of an Extended DNS Error; `Ede.None` = no such option. */
  ede: number
  /** EXTRA-TEXT of it, UTF-8; may be empty. */
  edeText: Uint8Array
}

const CLIENT_COOKIE_OCTETS = 8
export const SERVER_COOKIE_OCTETS = 16

/** Octets that the OPT record of a reply to `query` needs, EDE not counted (it goes first when room is short); 0 without EDNS. */
export function optOctets(query: Query, facts: OptFacts): number {
  if (!query.edns) return 0
  return (
    OPT_OCTETS +
    (query.nsid ? OPTION_OCTETS + facts.nsid.length : 0) +
    (query.ecsAt > 0 ? OPTION_OCTETS + query.ecsLength : 0) +
    (query.cookieAt > 0 ? OPTION_OCTETS + CLIENT_COOKIE_OCTETS + SERVER_COOKIE_OCTETS : 0) +
    (query.keepalive ? OPTION_OCTETS + 2 : 0) +
    (query.padding ? OPTION_OCTETS : 0)
  )
}

/**
 * Appends the OPT record (RFC 6891 section 6.1.2): our payload size, version 0, DO as it came (RFC 3225 section 3), every other flag 0
 * (RFC 6891 section 6.1.4), and of the options only those that the query asks for, and EDE. Nothing without EDNS in the query (section 7).
 * `size` is the limit of the whole message, of which this must be the last record: the padding counts from its end.
 */
export function writeOpt(
  reply: Reply,
  size: number,
  query: Query,
  message: Uint8Array,
  facts: OptFacts,
  rcode: number,
  says: OptSays,
): void {
  if (!query.edns) return
  const { out } = reply
  const opt = reply.at
  out[opt] = 0
  putWord(out, opt + 1, RrType.OPT)
  putWord(out, opt + 3, facts.payload)
  putWord(out, opt + 5, (rcode >>> 4) << 8)
  putWord(out, opt + 7, query.dnssecOk ? EdnsFlag.DO : 0)
  let at = opt + OPT_OCTETS
  if (query.nsid) at = writeOption(out, at, OptionCode.NSID, facts.nsid)
  if (query.ecsAt > 0) at = writeEcs(out, at, query, message, says.scope)
  if (query.cookieAt > 0) at = writeCookie(out, at, query, message, says.serverCookie)
  if (query.keepalive) at = writeKeepalive(out, at, facts.keepalive)
  if (says.ede !== Ede.None) at = writeEde(out, at, query.padding ? size - OPTION_OCTETS : size, says)
  if (query.padding) at = writePadding(out, at, size)
  putWord(out, opt + 9, at - opt - OPT_OCTETS)
  reply.appended(at)
}

function writeOption(out: Uint8Array, start: number, code: number, data: Uint8Array): number {
  putWord(out, start, code)
  putWord(out, start + 2, data.length)
  const at = start + OPTION_OCTETS
  for (let i = 0; i < data.length; i++) out[at + i] = data[i]!
  return at + data.length
}

/** RFC 7871 section 7.2.1: FAMILY, SOURCE PREFIX-LENGTH and ADDRESS MUST match those of the query; only SCOPE is ours. */
function writeEcs(out: Uint8Array, start: number, query: Query, message: Uint8Array, scope: number): number {
  putWord(out, start, OptionCode.ECS)
  putWord(out, start + 2, query.ecsLength)
  const at = start + OPTION_OCTETS
  for (let i = 0; i < query.ecsLength; i++) out[at + i] = message[query.ecsAt + i]!
  out[at + 3] = scope
  return at + query.ecsLength
}

/** RFC 7873 section 4: the client cookie as it came, and ours. */
function writeCookie(
  out: Uint8Array,
  start: number,
  query: Query,
  message: Uint8Array,
  serverCookie: Uint8Array,
): number {
  putWord(out, start, OptionCode.COOKIE)
  putWord(out, start + 2, CLIENT_COOKIE_OCTETS + SERVER_COOKIE_OCTETS)
  let at = start + OPTION_OCTETS
  for (let i = 0; i < CLIENT_COOKIE_OCTETS; i++) out[at++] = message[query.cookieAt + i]!
  for (let i = 0; i < SERVER_COOKIE_OCTETS; i++) out[at++] = serverCookie[i]!
  return at
}

/** RFC 7828 section 3.1. */
function writeKeepalive(out: Uint8Array, start: number, timeout: number): number {
  putWord(out, start, OptionCode.KEEPALIVE)
  putWord(out, start + 2, 2)
  putWord(out, start + 4, timeout)
  return start + OPTION_OCTETS + 2
}

/** RFC 7830 section 3: octets of zero, up to the next multiple of the block, or as many as the message can have. */
function writePadding(out: Uint8Array, start: number, size: number): number {
  const at = start + OPTION_OCTETS
  const end = Math.min(Math.ceil(at / PADDING_BLOCK_OCTETS) * PADDING_BLOCK_OCTETS, size)
  putWord(out, start, OptionCode.PADDING)
  putWord(out, start + 2, end - at)
  out.fill(0, at, end)
  return end
}

/** RFC 8914 section 2: INFO-CODE(2) EXTRA-TEXT. Where there is no room the text goes first, then the option. */
function writeEde(out: Uint8Array, start: number, size: number, says: OptSays): number {
  const room = size - start - OPTION_OCTETS - 2
  if (room < 0) return start
  const text = says.edeText.length <= room ? says.edeText.length : 0
  putWord(out, start, OptionCode.EDE)
  putWord(out, start + 2, 2 + text)
  putWord(out, start + 4, says.ede)
  const at = start + OPTION_OCTETS + 2
  for (let i = 0; i < text; i++) out[at + i] = says.edeText[i]!
  return at + text
}
