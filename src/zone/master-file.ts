import { EntryReader } from './entry-reader.ts'
import type { ParseOptions, ParseVerdict } from './parse-options.ts'

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
