import { MAX_NAME_OCTETS } from '../wire/name.ts'
import { NO_TEXT, type Position } from './exchange.ts'

/** CNAMEs and DNAMEs followed inside one reply; a longer chain is left to the resolver where it stands. */
export const LONGEST_CHAIN = 16

/** A name that was looked up, and the DNAME by which it led on; -1 = none. */
interface Link {
  bytes: Uint8Array
  from: number
  length: number
  rrset: number
}

/** By hop: number 0 is the question's name. One per thread, written anew by every reply. */
const links: readonly Link[] = Array.from({ length: LONGEST_CHAIN + 1 }, () => ({
  bytes: NO_TEXT,
  from: 0,
  length: 0,
  rrset: -1,
}))

/** Room for the name that a DNAME makes at a hop: names stay as long as the chain does, so every hop has its own. */
export const built: readonly Uint8Array[] = links.map(() => new Uint8Array(MAX_NAME_OCTETS + 1))

/** Enters the name in hand as that of its hop. False = it was looked up before, so the chain is a loop (RFC 1034 section 3.6.2). */
export function enter(name: Position): boolean {
  const link = links[name.hop]!
  link.bytes = name.bytes
  link.from = name.from
  link.length = name.length
  link.rrset = -1
  for (let i = 0; i < name.hop; i++) if (isSame(links[i]!, link)) return false
  return true
}

/** Notes by which DNAME the name in hand leads on; true when one before it did by the same: the RRset stands in the reply already. */
export function followedBefore(name: Position, rrset: number): boolean {
  links[name.hop]!.rrset = rrset
  for (let i = 0; i < name.hop; i++) if (links[i]!.rrset === rrset) return true
  return false
}

function isSame(a: Link, b: Link): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a.bytes[a.from + i] !== b.bytes[b.from + i]) return false
  return true
}
