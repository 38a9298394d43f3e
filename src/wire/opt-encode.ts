import { copyOctets } from '../base/octets.ts'
import { Ede, EdnsFlag, OptionCode } from './constants.ts'
import type { Query } from './query.ts'
import { RrType } from './rdata/type.ts'
import type { Reply } from './reply.ts'

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
  readonly serverCookie: DataView
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
  facts: OptFacts,
  rcode: number,
  says: OptSays,
): void {
  if (!query.edns) return
  const { view } = reply
  const opt = reply.at
  view.setUint8(opt, 0)
  view.setUint16(opt + 1, RrType.OPT)
  view.setUint16(opt + 3, facts.payload)
  view.setUint16(opt + 5, (rcode >>> 4) << 8)
  view.setUint16(opt + 7, query.dnssecOk ? EdnsFlag.DO : 0)
  let at = opt + OPT_OCTETS
  if (query.nsid) at = writeNsid(view, at, facts.nsid)
  if (query.ecsAt > 0) at = writeEcs(view, at, query, says.scope)
  if (query.cookieAt > 0) at = writeCookie(view, at, query, says.serverCookie)
  if (query.keepalive) at = writeKeepalive(view, at, facts.keepalive)
  if (says.ede !== Ede.None) at = writeEde(view, at, query.padding ? size - OPTION_OCTETS : size, says)
  if (query.padding) at = writePadding(reply, at, size)
  view.setUint16(opt + 9, at - opt - OPT_OCTETS)
  reply.appended(at)
}

/** RFC 5001 section 2.3. */
function writeNsid(view: DataView, start: number, nsid: Uint8Array): number {
  const at = writeHead(view, start, OptionCode.NSID, nsid.length)
  for (let i = 0; i < nsid.length; i++) view.setUint8(at + i, nsid[i]!)
  return at + nsid.length
}

/** RFC 7871 section 7.2.1: FAMILY, SOURCE PREFIX-LENGTH and ADDRESS MUST match those of the query; only SCOPE is ours. */
function writeEcs(view: DataView, start: number, query: Query, scope: number): number {
  const at = writeHead(view, start, OptionCode.ECS, query.ecsLength)
  copyOctets(query.view, query.ecsAt, view, at, query.ecsLength)
  view.setUint8(at + 3, scope)
  return at + query.ecsLength
}

/** RFC 7873 section 4: the client cookie as it came, and ours. */
function writeCookie(view: DataView, start: number, query: Query, serverCookie: DataView): number {
  const at = writeHead(view, start, OptionCode.COOKIE, CLIENT_COOKIE_OCTETS + SERVER_COOKIE_OCTETS)
  copyOctets(query.view, query.cookieAt, view, at, CLIENT_COOKIE_OCTETS)
  copyOctets(serverCookie, 0, view, at + CLIENT_COOKIE_OCTETS, SERVER_COOKIE_OCTETS)
  return at + CLIENT_COOKIE_OCTETS + SERVER_COOKIE_OCTETS
}

/** RFC 7828 section 3.1. */
function writeKeepalive(view: DataView, start: number, timeout: number): number {
  const at = writeHead(view, start, OptionCode.KEEPALIVE, 2)
  view.setUint16(at, timeout)
  return at + 2
}

/** RFC 7830 section 3: octets of zero, up to the next multiple of the block, or as many as the message can have. */
function writePadding({ out, view }: Reply, start: number, size: number): number {
  const end = Math.min(Math.ceil((start + OPTION_OCTETS) / PADDING_BLOCK_OCTETS) * PADDING_BLOCK_OCTETS, size)
  const at = writeHead(view, start, OptionCode.PADDING, end - start - OPTION_OCTETS)
  out.fill(0, at, end)
  return end
}

/** RFC 8914 section 2: INFO-CODE(2) EXTRA-TEXT. Where there is no room the text goes first, then the option. */
function writeEde(view: DataView, start: number, size: number, says: OptSays): number {
  const room = size - start - OPTION_OCTETS - 2
  if (room < 0) return start
  const text = says.edeText.length <= room ? says.edeText.length : 0
  const at = writeHead(view, start, OptionCode.EDE, 2 + text) + 2
  view.setUint16(at - 2, says.ede)
  for (let i = 0; i < text; i++) view.setUint8(at + i, says.edeText[i]!)
  return at + text
}

/** OPTION-CODE(2) OPTION-LENGTH(2); returns where the data begin. */
function writeHead(view: DataView, at: number, code: number, length: number): number {
  view.setUint16(at, code)
  view.setUint16(at + 2, length)
  return at + OPTION_OCTETS
}
