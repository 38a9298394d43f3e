import type { Name } from '../name.ts'
import type { OctetWriter } from './octet-writer.ts'
import type { Scanner } from './scanner.ts'

/** What is wrong with a field and what would be legal, one sentence without its final stop. */
export type Fault = string

/** One field of an RDATA: how it is read from a master file and how it is shown again. */
export interface Field {
  /** The RFC's word for it, lower case: part of messages. */
  readonly label: string
  /** How it is written, where that is more than one word. */
  readonly syntax?: string
  /** May be missing at the end of the record. */
  readonly optional?: boolean
  /** Reads the scanner's current token (and further ones, for a field that takes the rest) and appends wire form. null = done. */
  parse(scanner: FieldScanner, out: OctetWriter): Fault | null
  /** Appends presentation form to `parts`; returns the offset behind the field, or -1 when `rdata[at..end)` is malformed. */
  format(rdata: Uint8Array, at: number, end: number, parts: string[]): number
}

/** The tokens of one record's RDATA. */
export interface FieldScanner extends Pick<Scanner, 'text' | 'from' | 'to' | 'escaped' | 'slice' | 'number'> {
  /** True when the current token is a quoted string. */
  readonly quoted: boolean
  /** Completes relative names; null while no origin is known. */
  readonly origin: Name | null
  /** Of the scanner beneath. */
  pairs: boolean
  /** Goes to the next token; false at the end of the entry, and at a broken token, which the scanner's owner reports. */
  advance(): boolean
}

/** The codec of one record type: a name, a number and its fields in wire order. */
export interface RdataType {
  /** Upper-case mnemonic. */
  readonly name: string
  /** TYPE number, 1..65535. */
  readonly code: number
  readonly fields: readonly Field[]
  /** Its presentation has `key="value"` in it: {@link Scanner.pairs}. */
  readonly pairs?: true
  /** A rule that spans fields; sees the finished wire form `rdata[at..end)`. */
  readonly check?: (rdata: Uint8Array, at: number, end: number) => Fault | null
}

/** Shows the token in a message: cut when long. */
export function shown(scanner: FieldScanner): string {
  const text = scanner.slice()
  return `"${text.length > 40 ? `${text.slice(0, 40)}...` : text}"`
}
