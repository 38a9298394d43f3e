import { formatAddress } from '../base/ip.ts'
import { Flag, HEADER_OCTETS } from '../wire/constants.ts'
import { formatName, MAX_NAME_OCTETS } from '../wire/name.ts'
import { RrType } from '../wire/rdata/type.ts'

/** What a log says of a reply of ours. */
export interface ReplyFacts {
  /** 0..4095, with the upper bits that the OPT record carries (RFC 6891 section 6.1.3). */
  readonly rcode: number
  /** The flags that are set, as dig writes them. */
  readonly flags: readonly string[]
  /** TTL of the first record of the answer, seconds; null without one. */
  readonly ttl: number | null
  /** Addresses of the answer, those in hints of an HTTPS record included, in their order. */
  readonly addresses: readonly string[]
  /** Where the first CNAME of the answer leads; null without one. */
  readonly cname: string | null
}

const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [Flag.QR, 'qr'],
  [Flag.AA, 'aa'],
  [Flag.TC, 'tc'],
  [Flag.RD, 'rd'],
  [Flag.RA, 'ra'],
  [Flag.AD, 'ad'],
  [Flag.CD, 'cd'],
]
/** TYPE, CLASS, TTL and RDLENGTH. */
const FIXED_OCTETS = 10
/** Where SvcParams begin behind SvcPriority and the root as TargetName (RFC 9460 section 2.2); SvcParamKeys of the hints. */
const PARAMS_AT = 3
const HINT_OCTETS: Readonly<Record<number, number>> = { 4: 4, 6: 16 }

/** Reads a reply of our own making: of a broken one what stands before the break. */
export function readReply(reply: Uint8Array): ReplyFacts {
  const view = new DataView(reply.buffer, reply.byteOffset, reply.byteLength)
  const flags = view.getUint16(2)
  const addresses: string[] = []
  const facts = { rcode: flags & Flag.RCODE, ttl: null as number | null, cname: null as string | null }
  const answers = view.getUint16(6)
  const records = answers + view.getUint16(8) + view.getUint16(10)
  let at = view.getUint16(4) === 0 ? HEADER_OCTETS : nameEnd(reply, HEADER_OCTETS) + 4
  for (let i = 0; i < records; i++) {
    const fixed = nameEnd(reply, at)
    if (fixed + FIXED_OCTETS > reply.length) break
    const type = view.getUint16(fixed)
    const from = fixed + FIXED_OCTETS
    const end = from + view.getUint16(fixed + 8)
    if (end > reply.length) break
    if (type === RrType.OPT) facts.rcode |= reply[fixed + 4]! << 4
    if (i < answers) {
      facts.ttl ??= view.getUint32(fixed + 4)
      if (type === RrType.A || type === RrType.AAAA) addresses.push(formatAddress(reply.slice(from, end)))
      if (type === RrType.HTTPS) addresses.push(...hints(reply, view, from + PARAMS_AT, end))
      if (type === RrType.CNAME) facts.cname ??= nameAt(reply, from)
    }
    at = end
  }
  return { ...facts, addresses, flags: FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name) }
}

/** Offset behind the name at `at`. */
function nameEnd(reply: Uint8Array, at: number): number {
  let i = at
  while (i < reply.length && reply[i]! > 0 && reply[i]! < 0xc0) i += reply[i]! + 1
  return i + (reply[i]! >= 0xc0 ? 2 : 1)
}

/** The name at `at`, whose pointers lead backwards. */
function nameAt(reply: Uint8Array, at: number): string {
  const name = new Uint8Array(MAX_NAME_OCTETS + 1)
  let length = 0
  let i = at
  while (i < reply.length && reply[i] !== 0) {
    const label = reply[i]!
    if (label >= 0xc0) {
      const to = ((label & 0x3f) << 8) | reply[i + 1]!
      if (to >= i) break
      i = to
      continue
    }
    if (length + label + 1 > MAX_NAME_OCTETS - 1) break
    for (let k = 0; k <= label; k++) name[length++] = reply[i + k]!
    i += label + 1
  }
  return formatName(name)
}

function hints(reply: Uint8Array, view: DataView, from: number, end: number): string[] {
  const found: string[] = []
  for (let at = from; at + 4 <= end; ) {
    const octets = HINT_OCTETS[view.getUint16(at)]
    const next = at + 4 + view.getUint16(at + 2)
    if (octets !== undefined)
      for (let i = at + 4; i + octets <= Math.min(next, end); i += octets)
        found.push(formatAddress(reply.slice(i, i + octets)))
    at = next
  }
  return found
}
