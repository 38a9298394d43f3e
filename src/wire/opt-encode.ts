import { Ede, EdnsFlag, OptionCode } from './constants.ts'
import type { Query } from './query.ts'
import { RrType } from './rdata/type.ts'
import { putWord, type Reply } from './reply.ts'

/** Root owner, TYPE, CLASS, TTL, RDLENGTH. */
const OPT_OCTETS = 11
const OPTION_OCTETS = 4

/** What the OPT record of a reply says besides echoing the query. One object per worker, written anew for every reply. */
export interface OptSays {
  /** SCOPE PREFIX-LENGTH of the ECS option, 0..128. */
  scope: number
  /** INFO-CODE of an Extended DNS Error; `Ede.None` = no such option. */
  ede: number
  /** EXTRA-TEXT of it, UTF-8; may be empty. */
  edeText: Uint8Array
}

/** Octets that the OPT record of a reply to `query` needs, EDE not counted (it goes first when room is short); 0 without EDNS. */
export function optOctets(query: Query, nsid: Uint8Array): number {
  if (!query.edns) return 0
  return (
    OPT_OCTETS +
    (query.nsid ? OPTION_OCTETS + nsid.length : 0) +
    (query.ecsAt > 0 ? OPTION_OCTETS + query.ecsLength : 0)
  )
}

/**
 * Appends the OPT record (RFC 6891 section 6.1.2): our payload size, version 0, DO as it came (RFC 3225 section 3), every other flag 0
 * (RFC 6891 section 6.1.4), and of the options only those that we know. Nothing without EDNS in the query (section 7).
 * `size` is the limit of the whole message.
 */
export function writeOpt(
  reply: Reply,
  size: number,
  query: Query,
  message: Uint8Array,
  payload: number,
  rcode: number,
  nsid: Uint8Array,
  says: OptSays,
): void {
  if (!query.edns) return
  const { out } = reply
  const opt = reply.at
  out[opt] = 0
  putWord(out, opt + 1, RrType.OPT)
  putWord(out, opt + 3, payload)
  putWord(out, opt + 5, (rcode >>> 4) << 8)
  putWord(out, opt + 7, query.dnssecOk ? EdnsFlag.DO : 0)
  let at = opt + OPT_OCTETS
  if (query.nsid) at = writeOption(out, at, OptionCode.NSID, nsid)
  if (query.ecsAt > 0) at = writeEcs(out, at, query, message, says.scope)
  if (says.ede !== Ede.None) at = writeEde(out, at, size, says)
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
