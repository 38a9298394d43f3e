import { HEADER_OCTETS } from './constants.ts'
import { MAX_LABEL_OCTETS, MAX_NAME_OCTETS } from './name.ts'
import type { Query } from './query.ts'

/**
 * Reads the question, which stands behind the header, into `query`. Offset past it; -1 when it is broken.
 *
 *   question = QNAME QTYPE(2) QCLASS(2)                     RFC 1035 section 4.1.2
 *
 * A compression pointer could only lead into the header, so none is legal here.
 */
export function readQuestion(message: Uint8Array, length: number, query: Query): number {
  const at = nameEnd(message, length)
  if (at < 0 || at + 4 > length) return -1
  readName(at, query)
  query.qtype = word(message, at)
  query.qclass = word(message, at + 2)
  return at + 4
}

function nameEnd(message: Uint8Array, length: number): number {
  for (let at = HEADER_OCTETS; at < length && at < HEADER_OCTETS + MAX_NAME_OCTETS; ) {
    const label = message[at]!
    if (label === 0) return at + 1
    if (label > MAX_LABEL_OCTETS) return -1
    at += label + 1
  }
  return -1
}

/**
 * The name in lower case (RFC 4343) and its hash, four octets at a step. Lengths of labels are
 * below `A`, so they need no care; TYPE and CLASS stand behind the name, so four octets can always be read.
 *
 * The hash is no keyed one: who tries can find names that share a set of the answer cache whatever the seed is. All that gains is that these
 * names are looked up; the cache compares whole names.
 */
function readName(end: number, query: Query): void {
  const { view, nameView } = query
  const octets = end - HEADER_OCTETS
  let hash = query.hashSeed
  for (let i = 0; i < octets; i += 4) {
    let four = view.getInt32(HEADER_OCTETS + i, true)
    if (octets - i < 4) four &= 0xffffff >>> (8 * (3 - (octets - i)))
    four |= capitals(four) >>> 2
    nameView.setInt32(i, four, true)
    hash = Math.imul(hash ^ four, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  query.nameLength = octets
  query.nameHash = hash
}

/** The top bit of each of the four octets that is an ASCII capital; a quarter of it is the bit that makes a letter small. */
function capitals(four: number): number {
  const low = four & 0x7f7f7f7f
  return (low + 0x3f3f3f3f) & ~(low + 0x25252525) & ~four & 0x80808080
}

function word(message: Uint8Array, at: number): number {
  return (message[at]! << 8) | message[at + 1]!
}
