import { MAX_NAME_OCTETS, type Name } from '../wire/name.ts'
import type { Fault } from '../wire/rdata/field.ts'
import { Token } from '../wire/rdata/scanner.ts'
import { parseTtl } from '../wire/rdata/ttl.ts'
import { RrType } from '../wire/rdata/type.ts'
import { checkZone } from './checks.ts'
import {
  countOf,
  expand,
  MOST_GENERATED_CHARACTERS,
  MOST_GENERATED_RECORDS,
  parseRange,
  parseTemplate,
} from './generate.ts'
import type { ParseOptions, ParseVerdict } from './parse-options.ts'
import { ProblemList } from './problem-list.ts'
import type { Place } from './record-place.ts'
import { RecordReader, TTL_SYNTAX } from './record-reader.ts'

const MOST_INCLUDES_DEEP = 10
/** Per zone. Ten files that each include the next one ten times would otherwise be read ten thousand million times. */
const MOST_INCLUDES = 10_000
const DIRECTIVES = ['$ORIGIN', '$TTL', '$INCLUDE', '$GENERATE']

/** Reads the entries of a zone's files one after the other; `master-file.ts` is the door to it. */
export class EntryReader {
  readonly #options: ParseOptions
  readonly #problems: ProblemList
  readonly #files: string[] = []
  readonly #records: RecordReader
  readonly #encoded = new Uint8Array(MAX_NAME_OCTETS)
  readonly #generated = { records: 0, characters: 0 }

  constructor(options: ParseOptions) {
    this.#options = options
    this.#problems = new ProblemList(options.file)
    this.#records = new RecordReader(options.origin ?? null, message => this.#report('warning', message))
  }

  /** Reads one file; `depth` counts the files that include it. The including one goes on with its own owner (RFC 1035 section 5.1). */
  read(text: string, file: string, depth: number): void {
    const outer = this.#records.source
    const source = this.#records.openSource(text, this.#files.push(file) - 1)
    source.owner.set(outer.owner)
    source.ownerLength = outer.ownerLength
    source.ownerNode = outer.ownerNode
    this.#records.source = source
    const { scanner, fields } = source
    for (;;) {
      scanner.startEntry()
      const token = scanner.next()
      if (token === Token.EndOfFile) break
      if (token === Token.EndOfEntry) continue
      const fault = this.#entry(token, depth)
      if (fault === null) continue
      this.#report('error', fields.fault ?? fault)
      fields.fault = null
      scanner.skipEntry()
    }
    this.#records.source = outer
  }

  finish(): ParseVerdict {
    const problems = this.#problems
    if (this.#records.zone === null) {
      const message = 'holds no record; a zone begins with a SOA record'
      if (problems.errors === 0) problems.add('error', this.#options.file, 0, 0, message)
      return { zone: null, problems: problems.finish() }
    }
    const zone = this.#records.zone.seal(this.#files, problems)
    checkZone(zone, problems)
    return { zone: problems.errors === 0 ? zone : null, problems: problems.finish() }
  }

  /** At the scanner's current token. */
  #report(severity: 'error' | 'warning', message: string): void {
    const { file, scanner } = this.#records.source
    this.#problems.add(severity, this.#files[file]!, scanner.line, scanner.column, message)
  }

  /** One entry, whose first token is `token`. */
  #entry(token: Token, depth: number): Fault | null {
    const { scanner, ownerLength } = this.#records.source
    if (token === Token.Bad) return scanner.fault
    if (token === Token.Quoted) return 'an owner name is not written between quotes'
    if (token === Token.Word) {
      if (scanner.text.charCodeAt(scanner.from) === 0x24) return this.#directive(depth)
      return this.#records.owner() ?? this.#records.record(scanner.next())
    }
    const next = scanner.next()
    if (next === Token.EndOfEntry || next === Token.EndOfFile) return null
    if (ownerLength < 0) {
      // The owner that this record goes on with was told already.
      scanner.skipEntry()
      return null
    }
    return ownerLength === 0 ? 'a record without an owner, and none stands before it' : this.#records.record(next)
  }

  #directive(depth: number): Fault | null {
    const { scanner } = this.#records.source
    const word = scanner.slice().toUpperCase()
    if (!DIRECTIVES.includes(word))
      return `"${scanner.slice().slice(0, 80)}" is no directive; legal are ${DIRECTIVES.join(', ')}`
    const token = scanner.next()
    if (token === Token.Bad) return scanner.fault
    if (token !== Token.Word && token !== Token.Quoted) return `${word} wants an argument`
    if (word === '$INCLUDE') return this.#include(depth)
    if (word === '$GENERATE')
      return this.#generate() ?? this.#endOfEntry(`${word} takes its data as one word; quote it`)
    const fault = word === '$ORIGIN' ? this.#setOrigin() : this.#setTtl()
    return fault ?? this.#endOfEntry(`${word} has more than its argument`)
  }

  #setOrigin(): Fault | null {
    const length = this.#records.name('origin', this.#encoded)
    if (typeof length !== 'number') return length
    this.#useOrigin(this.#encoded.slice(0, length) as Name)
    return null
  }

  #useOrigin(origin: Name | null): void {
    this.#records.origin = origin
    this.#records.source.fields.origin = origin
  }

  #setTtl(): Fault | null {
    const { scanner } = this.#records.source
    const ttl = parseTtl(scanner.text, scanner.from, scanner.to)
    if (ttl < 0) return `$TTL "${scanner.slice().slice(0, 80)}" is not ${TTL_SYNTAX}`
    this.#records.ttl.default = ttl
    return null
  }

  /** null when nothing follows; else `surplus`. */
  #endOfEntry(surplus: string): Fault | null {
    const { scanner } = this.#records.source
    const token = scanner.next()
    if (token === Token.EndOfEntry || token === Token.EndOfFile) return null
    return token === Token.Bad ? scanner.fault : surplus
  }

  /** `$INCLUDE file [origin]`, from the file's token on. */
  #include(depth: number): Fault | null {
    const { scanner, file } = this.#records.source
    const path = scanner.slice()
    const fromFile = this.#files[file]!
    // Read before the rest of the line is, so that these faults are told at the file's name.
    if (depth >= MOST_INCLUDES_DEEP)
      return `$INCLUDE more than ${MOST_INCLUDES_DEEP} files deep; does a file include itself?`
    if (this.#files.length > MOST_INCLUDES) return `$INCLUDE of more than ${MOST_INCLUDES} files in one zone`
    const text = this.#options.readInclude?.(path, fromFile) ?? null
    if (text === null) return `$INCLUDE "${path}" cannot be read; it is looked for from the folder of ${fromFile}`
    const outer = this.#records.origin
    let inner = outer
    const token = scanner.next()
    if (token === Token.Word) {
      const length = this.#records.name('origin', this.#encoded)
      if (typeof length !== 'number') return length
      inner = this.#encoded.slice(0, length) as Name
    }
    const surplus = '$INCLUDE has more than a file and an origin'
    const ended = token === Token.EndOfEntry || token === Token.EndOfFile
    const fault = token === Token.Word ? this.#endOfEntry(surplus) : token === Token.Bad ? scanner.fault : surplus
    if (!ended && fault !== null) return fault
    this.#records.origin = inner
    this.read(text, beside(fromFile, path), depth + 1)
    this.#useOrigin(outer)
    return null
  }

  /** `$GENERATE range owner [ttl] [class] type data`, from the range on. Owner and data are templates: `generate.ts`. */
  #generate(): Fault | null {
    const { scanner } = this.#records.source
    const range = parseRange(scanner.slice())
    if (typeof range === 'string') return `$GENERATE ${range}`
    this.#generated.records += countOf(range)
    if (this.#generated.records > MOST_GENERATED_RECORDS)
      return `$GENERATE of more than ${MOST_GENERATED_RECORDS} records in one zone`
    if (scanner.next() !== Token.Word)
      return '$GENERATE ends before its owner; legal is: range owner [ttl] [IN] type data'
    const owner = parseTemplate(scanner.slice())
    if (typeof owner === 'string') return `$GENERATE owner ${owner}`
    const type = this.#records.head(scanner.next())
    if (typeof type === 'string') return type
    if (type === RrType.SOA) return '$GENERATE makes no SOA; a zone has exactly one'
    const place = this.#records.place()
    const token = scanner.next()
    if (token === Token.Bad) return scanner.fault
    if (token !== Token.Word && token !== Token.Quoted) return '$GENERATE ends before its data'
    const data = parseTemplate(token === Token.Quoted ? unquoted(scanner.slice()) : scanner.slice())
    if (typeof data === 'string') return `$GENERATE data ${data}`
    for (let value = range.start; value <= range.stop; value += range.step) {
      const fault = this.#generateRecord(type, place, expand(owner, value), expand(data, value))
      if (fault !== null) return `$GENERATE at ${value}: ${fault}`
    }
    return null
  }

  #generateRecord(type: number, place: Place, owner: string | null, data: string | null): Fault | null {
    if (owner === null || data === null) return 'a number below 0, legal only in base d, or above 2147483647'
    this.#generated.characters += owner.length + data.length
    if (this.#generated.characters > MOST_GENERATED_CHARACTERS)
      return `more than ${MOST_GENERATED_CHARACTERS} characters in one zone`
    return this.#records.generated(type, place, owner, data)
  }
}

/** As in BIND, the words between the quotes are read once more: `\"` is a quote to them, any other escape stays. */
function unquoted(text: string): string {
  return text.replace(/\\([\s\S])/g, (sequence, character) => (character === '"' ? '"' : sequence))
}

/** The path of an included file: from the folder of the file that includes it, unless absolute. */
function beside(file: string, path: string): string {
  return path.startsWith('/') ? path : file.slice(0, file.lastIndexOf('/') + 1) + path
}
