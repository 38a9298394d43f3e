import type { Problem } from '../base/problem.ts'
import type { Name } from '../wire/name.ts'
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
