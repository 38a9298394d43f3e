import { encodeName, formatName, MAX_NAME_OCTETS, NAME_FAULTS, type Name } from '../wire/name.ts'
import type { Fault } from '../wire/rdata/field.ts'
import { isAbsolute } from '../wire/rdata/field-names.ts'
import { readUnsigned } from '../wire/rdata/field-numbers.ts'
import { RdataScanner, readRdata } from '../wire/rdata/presentation.ts'
import { Scanner, Token } from '../wire/rdata/scanner.ts'
import { MAX_TTL, parseTtl } from '../wire/rdata/ttl.ts'
import { isMetaType, RrType, typeName, typeNumber } from '../wire/rdata/type.ts'
import { type Place, placeOf } from './record-place.ts'
import { RecordTtl } from './record-ttl.ts'
import { ZoneBuilder } from './zone-builder.ts'

export const TTL_SYNTAX = `a time from 0 to ${MAX_TTL} seconds; legal are 3600, 1h, 1h30m`

/** A text that records are read from. */
export interface RecordSource {
  /** Index into the list of the zone's files. */
  readonly file: number
  readonly scanner: Scanner
  readonly fields: RdataScanner
  /** The owner in force, in wire form, and its octets; 0 before the first, -1 when the last one was refused. */
  readonly owner: Uint8Array
  ownerLength: number
  /** Its node; -1 while nobody asked. */
  ownerNode: number
}

/** Reads records, one after the other, into a zone. `entry-reader.ts` says where each begins. */
export class RecordReader {
  readonly ttl = new RecordTtl()
  /** Made with the first record, when the origin is known for sure. */
  zone: ZoneBuilder | null = null
  /** Completes relative names; null while none is known. */
  origin: Name | null
  source: RecordSource
  readonly #configured: Name | null
  readonly #generatedOwner = new Uint8Array(MAX_NAME_OCTETS)
  readonly #warn: (message: string) => void
  /** Seconds that the record at hand states; -1 = none. */
  #statedTtl = -1

  /** `configured`: the zone's origin, where it does not follow from the text. */
  constructor(configured: Name | null, warn: (message: string) => void) {
    this.#configured = configured
    this.#warn = warn
    this.origin = configured
    this.source = this.openSource('', 0)
  }

  openSource(text: string, file: number): RecordSource {
    const scanner = new Scanner(text)
    const fields = new RdataScanner(scanner, this.origin)
    return { file, scanner, fields, owner: new Uint8Array(MAX_NAME_OCTETS), ownerLength: 0, ownerNode: -1 }
  }

  /** Takes the current token as the owner in force. */
  owner(): Fault | null {
    const { source } = this
    const length = this.name('owner name', source.owner)
    source.ownerLength = typeof length === 'number' ? length : -1
    source.ownerNode = -1
    return typeof length === 'number' ? null : length
  }

  /** Encodes the current token as a name at the start of `out`; returns its length or what is wrong. */
  name(what: string, out: Uint8Array): number | Fault {
    const { text, from, to } = this.source.scanner
    return this.#encodeName(what, text, from, to, out)
  }

  #encodeName(what: string, text: string, from: number, to: number, out: Uint8Array): number | Fault {
    const length = encodeName(text, from, to, this.origin, out)
    if (length < 0) return `${what} "${text.slice(from, Math.min(to, from + 80))}" ${NAME_FAULTS[length]}`
    if (this.origin === null && !isAbsolute(text, from, to))
      return `${what} "${text.slice(from, to)}" is relative and no origin is known; end it with a dot or put $ORIGIN before it`
    return length
  }

  /** `[ttl] [class] type rdata`, from the token behind the owner on. */
  record(first: Token): Fault | null {
    const type = this.head(first)
    return typeof type === 'number' ? this.#data(type, this.place()) : type
  }

  /** Where the current token stands. */
  place(): Place {
    const { scanner } = this.source
    return placeOf(scanner.line, scanner.column)
  }

  /** `[ttl] [class] type`, from the token `first` on: the type's number, or what is wrong. */
  head(first: Token): number | Fault {
    const { scanner } = this.source
    this.#statedTtl = -1
    let classes = 0
    for (let token = first; ; token = scanner.next()) {
      if (token === Token.Bad) return scanner.fault
      if (token !== Token.Word) return 'a record without a type; legal is: owner [ttl] [IN] type data'
      const code = scanner.text.charCodeAt(scanner.from)
      if (code >= 0x30 && code <= 0x39 && this.#statedTtl < 0) {
        this.#statedTtl = parseTtl(scanner.text, scanner.from, scanner.to)
        if (this.#statedTtl < 0) return `TTL "${scanner.slice().slice(0, 80)}" is not ${TTL_SYNTAX}`
        continue
      }
      const type = typeNumber(scanner.slice())
      if (type !== null)
        return isMetaType(type) ? `${typeName(type)} is no type of data: it only occurs in questions` : type
      const word = scanner.slice().slice(0, 80)
      const fault = classes++ === 0 ? classFault(word) : `"${word}" is no record type`
      if (fault !== null) return fault
    }
  }

  /** One record that no file has as such: `type` and TTL are those of the last {@link head}, the data are read from a text of their own. */
  generated(type: number, place: Place, owner: string, data: string): Fault | null {
    const length = this.#encodeName('owner name', owner, 0, owner.length, this.#generatedOwner)
    if (typeof length !== 'number') return length
    const outer = this.source
    const scanner = new Scanner(data)
    const fields = new RdataScanner(scanner, this.origin)
    this.source = { file: outer.file, scanner, fields, owner: this.#generatedOwner, ownerLength: length, ownerNode: -1 }
    const fault = this.#data(type, place)
    this.source = outer
    return fields.fault ?? fault
  }

  /** The RDATA, from the type's token on, and with it the record. */
  #data(type: number, place: Place): Fault | null {
    this.zone ??= this.#begin(type)
    const { zone, source } = this
    if (zone === null) return 'no origin is known; put $ORIGIN or the SOA record first'
    const fault = this.#placeFault(zone, type)
    if (fault !== null) return fault
    const start = zone.rdata.length
    const dataFault = readRdata(type, source.fields, zone.rdata) ?? source.fields.fault
    const ttl = dataFault === null ? this.#ttlOf(type, zone) : -1
    if (ttl < 0) {
      zone.rdata.length = start
      return dataFault ?? 'no TTL: none here, no $TTL, and no record before it states one'
    }
    zone.add(source.ownerNode, type, ttl, place, source.file)
    return null
  }

  /** The zone's origin is settled by the first record. */
  #begin(type: number): ZoneBuilder | null {
    const { owner, ownerLength } = this.source
    const soaOwner = type === RrType.SOA ? (owner.slice(0, ownerLength) as Name) : null
    const origin = this.#configured ?? soaOwner ?? this.origin
    return origin === null ? null : new ZoneBuilder(origin)
  }

  /** Finds the owner's node; says what is wrong with such a record there. */
  #placeFault(zone: ZoneBuilder, type: number): Fault | null {
    const { source } = this
    if (source.ownerNode < 0) source.ownerNode = zone.node(source.owner, source.ownerLength)
    if (source.ownerNode < 0) return `${formatName(source.owner)} lies outside the zone ${formatName(zone.origin)}`
    if (type !== RrType.SOA || source.ownerNode === 0) return null
    return `SOA at ${formatName(source.owner)}; legal is only one at the zone's apex ${formatName(zone.origin)}`
  }

  #ttlOf(type: number, zone: ZoneBuilder): number {
    const ttl = this.ttl.of(this.#statedTtl)
    if (ttl >= 0 || type !== RrType.SOA) return ttl
    // Zones of the time before RFC 2308 give no $TTL: MINIMUM was the default then, and BIND still takes it.
    const minimum = Math.min(readUnsigned(zone.rdata.bytes, zone.rdata.length - 4, 4), MAX_TTL)
    this.#warn(`no TTL and no $TTL: the SOA's MINIMUM, ${minimum}, is taken`)
    return this.ttl.of(minimum)
  }
}

function classFault(word: string): Fault | null {
  if (/^(IN|CLASS1)$/i.test(word)) return null
  if (/^(CH|HS|CS|CLASS[0-9]{1,5})$/i.test(word)) return `class ${word}; legal is only IN`
  return `"${word}" is neither a TTL, a class nor a record type`
}
