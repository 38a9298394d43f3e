import { copyOctets, viewOf } from '../base/octets.ts'
import { NameCompressor } from './compressor.ts'
import { Flag, HEADER_OCTETS } from './constants.ts'
import { wholeNameLength } from './name.ts'
import type { Query } from './query.ts'
import { RrType } from './rdata/type.ts'

/** Sections after the question, in message order (RFC 1035 section 4.1). */
export const Section = { Answer: 0, Authority: 1, Additional: 2 } as const
export type Section = (typeof Section)[keyof typeof Section]

/** Octets of a record between its owner and its RDATA: TYPE CLASS TTL RDLENGTH. */
const FIXED_OCTETS = 10

/**
 * Writes one reply into a buffer, front to back. One object per worker.
 *
 *   begin -> ( section -> owner -> record* )* -> opt -> finish
 *
 * An RRset is written whole or not at all: {@link record} says false when it does not fit, {@link undo} then takes the RRset back.
 */
export class Reply {
  out: Uint8Array = new Uint8Array(HEADER_OCTETS)
  /** Of the same octets. */
  view: DataView = viewOf(this.out)
  /** Where the next octet goes. */
  at = 0
  /** Records end before this offset; the OPT record has its room behind it. */
  limit = 0
  readonly #names = new NameCompressor()
  readonly #counts = new Uint16Array(3)
  #section: Section = Section.Answer
  #query: Query | null = null
  /** Class of the question, and so of every record. */
  #class = 0
  /** The question's name is remembered only once a name is to be written that could point at it. */
  #questionRemembered = false

  /** The owner of the records that follow: an offset in the message where its name stands, or 0 and the name itself. */
  #ownerAt = 0
  #ownerBytes: Uint8Array = new Uint8Array(1)
  #ownerFrom = 0

  /** Where the sections begin. */
  #sectionsAt = 0
  #whole = true

  /** State at the start of the RRset, for {@link undo}. */
  #undoAt = 0
  #undoNames = 0
  #undoCount = 0

  /**
   * Begins the reply to `query`: header left open, question octets echoed as they came (so that the case of its
   * letters survives). The reply will not be longer than `size`; `reserve` octets of it are kept for the OPT record.
   */
  begin(out: Uint8Array, size: number, reserve: number, query: Query): void {
    if (this.out !== out) {
      this.out = out
      this.view = viewOf(out)
    }
    this.limit = size - reserve
    this.#names.reset()
    this.#counts[0] = 0
    this.#counts[1] = 0
    this.#counts[2] = 0
    this.#query = query
    this.#class = query.qclass
    this.#questionRemembered = false
    this.#whole = true
    const end = query.nameLength === 0 ? HEADER_OCTETS : HEADER_OCTETS + query.nameLength + 4
    copyOctets(query.view, HEADER_OCTETS, this.view, HEADER_OCTETS, end - HEADER_OCTETS)
    this.#sectionsAt = end
    this.at = end
  }

  /** Begins an RRset in a section. Sections must be filled in their order. */
  section(section: Section): void {
    this.#section = section
    this.#undoAt = this.at
    this.#undoNames = this.#names.mark
    this.#undoCount = this.#counts[section]!
  }

  /** The RRset's owner is the question's name. */
  ownerIsQuestion(): void {
    this.#ownerAt = HEADER_OCTETS
  }

  /** The RRset's owner is `name[at..]`, whole and lower case; it must stay as it is until the RRset is written. */
  owner(name: Uint8Array, at: number): void {
    this.#ownerAt = 0
    this.#ownerBytes = name
    this.#ownerFrom = at
  }

  /**
   * Appends a record of the RRset. `rdata[from..from+length)` is in wire form with whole names; those in the RDATA of the types that
   * RFC 3597 section 4 allows it for are compressed. False = no room: {@link undo} is to follow.
   */
  record(type: number, ttl: number, rdata: Uint8Array, from: number, length: number): boolean {
    const fixed = this.#writeOwner()
    if (fixed < 0 || fixed + FIXED_OCTETS > this.limit) return false
    const { view } = this
    view.setUint16(fixed, type)
    view.setUint16(fixed + 2, this.#class)
    view.setInt32(fixed + 4, ttl)
    const start = fixed + FIXED_OCTETS
    const end = this.#writeRdata(type, start, rdata, from, length)
    if (end < 0) return false
    view.setUint16(fixed + 8, end - start)
    this.at = end
    this.#counts[this.#section]!++
    return true
  }

  /**
   * Appends `count` records owned by the question's name at once, whose RDATA of `octets` each stand one behind the other from the start of
   * `rdata` and have no names in them. False = no room for all: {@link undo} is to follow.
   */
  records(type: number, ttl: number, rdata: DataView, octets: number, count: number): boolean {
    const { view } = this
    let { at } = this
    if (at + count * (2 + FIXED_OCTETS + octets) > this.limit) return false
    for (let i = 0; i < count; i++) {
      view.setUint16(at, 0xc000 | HEADER_OCTETS)
      view.setUint16(at + 2, type)
      view.setUint16(at + 4, this.#class)
      view.setInt32(at + 6, ttl)
      view.setUint16(at + 10, octets)
      copyOctets(rdata, i * octets, view, at + 12, octets)
      at += 12 + octets
    }
    this.at = at
    this.#counts[this.#section]! += count
    return true
  }

  /** Takes back everything since {@link section}. */
  undo(): void {
    this.#whole = false
    this.at = this.#undoAt
    this.#names.forget(this.#undoNames)
    if (this.#undoNames === 0) this.#questionRemembered = false
    this.#counts[this.#section] = this.#undoCount
  }

  /** True while nothing had to be left out. */
  get whole(): boolean {
    return this.#whole
  }

  /** Octets of the sections behind the question, so far. */
  get sectionOctets(): number {
    return this.at - this.#sectionsAt
  }

  /** Copies these octets to `to[at..]`. With {@link counts} they are all that {@link pasteSections} needs. */
  copySections(to: DataView, at: number): void {
    copyOctets(this.view, this.#sectionsAt, to, at, this.sectionOctets)
  }

  /** Records in the sections so far, at most 1023 each, as one number. */
  get counts(): number {
    return (this.#counts[0]! << 20) | (this.#counts[1]! << 10) | this.#counts[2]!
  }

  /**
   * Fills the sections, of which there are none yet, with those copied from a whole reply to the same question in whatever case. False = no
   * room, and nothing was written.
   */
  pasteSections(from: DataView, at: number, octets: number, counts: number): boolean {
    const end = this.at + octets
    if (end > this.limit) return false
    copyOctets(from, at, this.view, this.at, octets)
    this.at = end
    this.#counts[0] = counts >>> 20
    this.#counts[1] = (counts >>> 10) & 1023
    this.#counts[2] = counts & 1023
    return true
  }

  /** Counts a record of the additional section that the caller has written itself, up to `at`: OPT. */
  appended(at: number): void {
    this.at = at
    this.#counts[Section.Additional]!++
  }

  /** Number of records in a section so far. */
  count(section: Section): number {
    return this.#counts[section]!
  }

  /** Writes the header and returns the reply's length. `bits` are those of `Flag` that this reply sets; `rcode` may have 12 bits. */
  finish(query: Query, bits: number, rcode: number): number {
    const { view } = this
    view.setUint16(0, query.id)
    // RFC 1035 section 4.1.1 and RFC 4035 section 3.1.6: opcode, RD and CD come back; Z and AD never do.
    view.setUint16(2, Flag.QR | (query.flags & (Flag.OPCODE | Flag.RD | Flag.CD)) | bits | (rcode & Flag.RCODE))
    view.setUint16(4, query.nameLength === 0 ? 0 : 1)
    view.setUint16(6, this.#counts[Section.Answer]!)
    view.setUint16(8, this.#counts[Section.Authority]!)
    view.setUint16(10, this.#counts[Section.Additional]!)
    return this.at
  }

  /** Position behind the owner; -1 = no room. The first record of an RRset may spell the name out, the others point at it. */
  #writeOwner(): number {
    if (this.#ownerAt === 0) {
      const end = this.#writeName(this.at, this.#ownerBytes, this.#ownerFrom)
      if (end === this.at + 2) {
        const { out, at } = this
        this.#ownerAt = ((out[at]! & 0x3f) << 8) | out[at + 1]!
      } else if (end > this.at + 2 && this.at < 0x4000) this.#ownerAt = this.at
      return end
    }
    if (this.at + 2 > this.limit) return -1
    this.view.setUint16(this.at, 0xc000 | this.#ownerAt)
    return this.at + 2
  }

  #writeName(position: number, name: Uint8Array, at: number): number {
    if (!this.#questionRemembered && this.#query !== null) {
      this.#questionRemembered = true
      if (this.#query.nameLength > 0) this.#names.remember(this.#query.name, 0, HEADER_OCTETS)
    }
    return this.#names.write(this.out, position, this.limit, name, at)
  }

  #writeRdata(type: number, position: number, rdata: Uint8Array, from: number, length: number): number {
    switch (type) {
      case RrType.NS:
      case RrType.CNAME:
      case RrType.PTR:
        return this.#writeName(position, rdata, from)
      case RrType.MX: {
        const name = this.#copy(position, rdata, from, 2)
        return name < 0 ? -1 : this.#writeName(name, rdata, from + 2)
      }
      case RrType.SOA: {
        const rname = this.#writeName(position, rdata, from)
        const numbers = rname < 0 ? -1 : this.#writeName(rname, rdata, from + wholeNameLength(rdata, from))
        return numbers < 0 ? -1 : this.#copy(numbers, rdata, from + length - 20, 20)
      }
      default:
        return this.#copy(position, rdata, from, length)
    }
  }

  #copy(position: number, source: Uint8Array, from: number, length: number): number {
    if (position + length > this.limit) return -1
    // `set` costs an object and a call; below some 64 octets the loop is faster.
    if (length > 64) this.out.set(source.subarray(from, from + length), position)
    else for (let i = 0; i < length; i++) this.out[position + i] = source[from + i]!
    return position + length
  }
}
