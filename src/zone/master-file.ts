import type { Problem } from '../base/problem.ts'
import type { Name } from '../wire/name.ts'
import { EntryReader } from './entry-reader.ts'
import type { ParsedZone } from './parsed-zone.ts'

export interface ParseOptions {
  /** How problems name the file. */
  readonly file: string
  /** The zone's origin; without it `$ORIGIN` before the first record, or the owner of a SOA that comes first. */
  readonly origin?: Name
  /** The text of an included file, or null when it cannot be read. `path` is as written; it is meant from the folder of `fromFile`. */
  readonly readInclude?: (path: string, fromFile: string) => string | null
}

export interface ParseVerdict {
  /** null when any problem is an error. */
  readonly zone: ParsedZone | null
  readonly problems: readonly Problem[]
}

/**
 * Reads a zone in master-file form (RFC 1035 section 5, RFC 2308 section 4, RFC 3597 section 5) and checks that it can be served.
 * One character of `text` stands for one octet: read the file as latin1. All problems are returned, bounded in number; nothing is thrown.
 *
 *   file   = entry*
 *   entry  = [directive | record] [";" comment] newline        parentheses join lines
 *   record = (owner | blank) [ttl] [class] type rdata           ttl and class in either order
 */
export function parseZoneText(text: string, options: ParseOptions): ParseVerdict {
  const reader = new EntryReader(options)
  reader.read(text, options.file, 0)
  return reader.finish()
}
