import type { Name } from '../name.ts'
import { decodeHex, encodeHex } from './encoding.ts'
import type { Fault, FieldScanner, RdataType } from './field.ts'
import { OctetWriter } from './octet-writer.ts'
import { rdataType } from './registry.ts'
import { Scanner, Token } from './scanner.ts'
import { typeName } from './type.ts'

/** RDLENGTH has 16 bits. */
export const MAX_RDATA_OCTETS = 65535

/**
 * Reads one record's RDATA from a scanner that stands before its first token and appends wire form to `out`: in the type's own form, or as
 * `\# length hex` (RFC 3597 section 5), which every type understands. null = done and the entry is at its end.
 * On a fault `out` is as it was, and the scanner stands at the token that is wrong.
 */
export function readRdata(type: number, scanner: FieldScanner, out: OctetWriter): Fault | null {
  const start = out.length
  const fault = readEither(type, scanner, out) ?? (out.length - start > MAX_RDATA_OCTETS ? tooLong(type) : null)
  if (fault !== null) out.length = start
  return fault
}

function tooLong(type: number): Fault {
  return `${typeName(type)} data is longer than ${MAX_RDATA_OCTETS} octets`
}

function readEither(type: number, scanner: FieldScanner, out: OctetWriter): Fault | null {
  const codec = rdataType(type)
  scanner.pairs = codec?.pairs === true
  const some = scanner.advance()
  if (some && !scanner.quoted && isGenericMark(scanner)) return readGeneric(type, scanner, out)
  if (codec === undefined)
    return `${typeName(type)} has no form of its own here; write its data as \\# length hex (RFC 3597)`
  return readFields(codec, some, scanner, out)
}

/** `some`: the scanner already stands at a first token. */
function readFields(codec: RdataType, some: boolean, scanner: FieldScanner, out: OctetWriter): Fault | null {
  const start = out.length
  let present = some
  for (const field of codec.fields) {
    if (!present) {
      if (field.optional === true) break
      return `${codec.name} ends before its ${field.label}; legal is ${codec.name} ${syntax(codec)}`
    }
    const fault = field.parse(scanner, out)
    if (fault !== null) return `${codec.name} ${fault}`
    present = scanner.advance()
  }
  if (present) return `${codec.name} has more than its fields; legal is ${codec.name} ${syntax(codec)}`
  return codec.check?.(out.bytes, start, out.length) ?? null
}

/** The fields of a type as one line for messages: `<preference> <exchange>`. */
export function syntax(codec: RdataType): string {
  return codec.fields
    .map(({ label, syntax = `<${label}>`, optional }) => (optional === true ? `[${syntax}...]` : syntax))
    .join(' ')
}

function isGenericMark({ text, from, to }: FieldScanner): boolean {
  return to - from === 2 && text.charCodeAt(from) === 0x5c && text.charCodeAt(from + 1) === 0x23
}

function readGeneric(type: number, scanner: FieldScanner, out: OctetWriter): Fault | null {
  const length = scanner.advance() ? scanner.number(MAX_RDATA_OCTETS) : -1
  if (length < 0) return `\\# wants the number of octets, 0 to ${MAX_RDATA_OCTETS}, then so many in hex`
  let hex = ''
  while (scanner.advance()) hex += scanner.slice()
  const octets = decodeHex(hex)
  if (octets?.length !== length)
    return `\\# ${length} wants ${2 * length} hex digits behind it, there are ${hex.length}`
  if (rdataType(type) === undefined) {
    out.octets(octets)
    return null
  }
  // Section 5: of a known type the octets must be sound. The round trip also brings names to lower case.
  const text = formatOwnForm(type, octets, 0, octets.length)
  const again = text === null ? null : parseRdata(type, text)
  if (again?.kind !== 'ok') return `\\# ${length} ${hex.slice(0, 40)} is not the wire form of ${typeName(type)} data`
  out.octets(again.rdata)
  return null
}

export type RdataVerdict =
  | { readonly kind: 'ok'; readonly rdata: Uint8Array }
  | { readonly kind: 'bad'; readonly message: string }

/** The wire form of one record's presentation text (`10 mail.example.`). Relative names are completed with `origin`. */
export function parseRdata(type: number, text: string, origin: Name | null = null): RdataVerdict {
  const out = new OctetWriter(64)
  const scanner = new Scanner(text)
  const fields = new RdataScanner(scanner, origin)
  const fault = readRdata(type, fields, out)
  const trouble = fields.fault ?? fault
  return trouble === null ? { kind: 'ok', rdata: out.slice() } : { kind: 'bad', message: trouble }
}

/** A {@link FieldScanner} over one entry of a master-file scanner. */
export class RdataScanner implements FieldScanner {
  origin: Name | null
  quoted = false
  /** What the scanner itself found wrong; stands above any fault of a field, which only saw the record end. */
  fault: Fault | null = null
  readonly #scanner: Scanner

  constructor(scanner: Scanner, origin: Name | null) {
    this.#scanner = scanner
    this.origin = origin
  }

  get pairs(): boolean {
    return this.#scanner.pairs
  }
  set pairs(pairs: boolean) {
    this.#scanner.pairs = pairs
  }
  get text(): string {
    return this.#scanner.text
  }
  get from(): number {
    return this.#scanner.from
  }
  get to(): number {
    return this.#scanner.to
  }
  get escaped(): boolean {
    return this.#scanner.escaped
  }
  slice(): string {
    return this.#scanner.slice()
  }
  number(max: number): number {
    return this.#scanner.number(max)
  }
  advance(): boolean {
    // The scanner stays where the trouble is, so that the problem is told there.
    if (this.fault !== null) return false
    let token = this.#scanner.next()
    if (token === Token.Blank) token = this.#scanner.next()
    if (token === Token.Bad) this.fault = this.#scanner.fault
    this.quoted = token === Token.Quoted
    return token === Token.Word || token === Token.Quoted
  }
}

/** Presentation text of RDATA in wire form `bytes[at..end)`; in RFC 3597 form where the type has none of its own or the octets are malformed. */
export function formatRdata(type: number, bytes: Uint8Array, at: number, end: number): string {
  return formatOwnForm(type, bytes, at, end) ?? genericForm(bytes, at, end)
}

function genericForm(bytes: Uint8Array, at: number, end: number): string {
  return `\\# ${end - at}${end > at ? ` ${encodeHex(bytes, at, end)}` : ''}`
}

function formatOwnForm(type: number, bytes: Uint8Array, at: number, end: number): string | null {
  const codec = rdataType(type)
  if (codec === undefined) return null
  const parts: string[] = []
  let next = at
  for (const field of codec.fields) {
    next = field.format(bytes, next, end, parts)
    if (next < 0) return null
  }
  return next === end && (codec.check?.(bytes, at, end) ?? null) === null ? parts.join(' ') : null
}
