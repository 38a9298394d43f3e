import { encodeName, formatName, MAX_NAME_OCTETS, NAME_FAULTS, type Name } from '../wire/name.ts'
import type { Fault } from '../wire/rdata/field.ts'
import { isAbsolute } from '../wire/rdata/field-names.ts'
import { readUnsigned } from '../wire/rdata/field-numbers.ts'
import { RdataScanner, readRdata } from '../wire/rdata/presentation.ts'
import { Scanner, Token } from '../wire/rdata/scanner.ts'
import { MAX_TTL, parseTtl } from '../wire/rdata/ttl.ts'
import { isMetaType, RrType, typeName, typeNumber } from '../wire/rdata/type.ts'
import { checkZone } from './checks.ts'
import type { ParseOptions, ParseVerdict } from './parse-options.ts'
import { ProblemList } from './problem-list.ts'
import { RecordTtl } from './record-ttl.ts'
import { ZoneBuilder } from './zone-builder.ts'

const MOST_INCLUDES_DEEP = 10
const TTL_SYNTAX = `a time from 0 to ${MAX_TTL} seconds; legal are 3600, 1h, 1h30m`

/** What changes from file to file: an included one begins with a copy, and the including one goes on with its own (RFC 1035 section 5.1). */
interface FileState {
  readonly file: number
  readonly scanner: Scanner
  readonly fields: RdataScanner
  /** The owner in force, in wire form, and its octets; 0 before the first. */
  readonly owner: Uint8Array
  ownerLength: number
  /** Its node; -1 while nobody asked. */
  ownerNode: number
}

/** Reads the entries of a zone's files one after the other; `master-file.ts` is the door to it. */
export class EntryReader {
  readonly #options: ParseOptions
  readonly #problems: ProblemList
  readonly #files: string[] = []
  readonly #ttl = new RecordTtl()
  readonly #encoded = new Uint8Array(MAX_NAME_OCTETS)
  /** Made with the first record, when the origin is known for sure. */
  #zone: ZoneBuilder | null = null
  #origin: Name | null
  #now: FileState

  constructor(options: ParseOptions) {
    this.#options = options
    this.#problems = new ProblemList(options.file)
    this.#origin = options.origin ?? null
    this.#now = this.#fileState('', 0)
  }

  /** Reads one file; `depth` counts the files that include it. */
  read(text: string, file: string, depth: number): void {
    const outer = this.#now
    this.#now = this.#fileState(text, this.#files.push(file) - 1)
    this.#now.owner.set(outer.owner)
    this.#now.ownerLength = outer.ownerLength
    this.#now.ownerNode = outer.ownerNode
    const { scanner, fields } = this.#now
    for (;;) {
      scanner.startEntry()
      const token = scanner.next()
      if (token === Token.EndOfFile) return
      if (token === Token.EndOfEntry) continue
      const fault = this.#entry(token, depth)
      if (fault === null) continue
      this.#report('error', fields.fault ?? fault)
      fields.fault = null
      scanner.skipEntry()
    }
  }

  finish(): ParseVerdict {
    const problems = this.#problems
    if (this.#zone === null) {
      const message = 'holds no record; a zone begins with a SOA record'
      if (problems.errors === 0) problems.add('error', this.#options.file, 0, 0, message)
      return { zone: null, problems: problems.finish() }
    }
    const zone = this.#zone.seal(this.#files, problems)
    checkZone(zone, problems)
    return { zone: problems.errors === 0 ? zone : null, problems: problems.finish() }
  }

  #fileState(text: string, file: number): FileState {
    const scanner = new Scanner(text)
    const fields = new RdataScanner(scanner, this.#origin)
    return { file, scanner, fields, owner: new Uint8Array(MAX_NAME_OCTETS), ownerLength: 0, ownerNode: -1 }
  }

  /** At the scanner's current token. */
  #report(severity: 'error' | 'warning', message: string): void {
    const { file, scanner } = this.#now
    this.#problems.add(severity, this.#files[file]!, scanner.line, scanner.column, message)
  }

  /** One entry, whose first token is `token`. */
  #entry(token: Token, depth: number): Fault | null {
    const { scanner, ownerLength } = this.#now
    if (token === Token.Bad) return scanner.fault
    if (token === Token.Quoted) return 'an owner name is not written between quotes'
    if (token === Token.Word) {
      if (scanner.text.charCodeAt(scanner.from) === 0x24) return this.#directive(depth)
      return this.#readOwner() ?? this.#record(scanner.next())
    }
    const next = scanner.next()
    if (next === Token.EndOfEntry || next === Token.EndOfFile) return null
    return ownerLength === 0 ? 'a record without an owner, and none stands before it' : this.#record(next)
  }

  #readOwner(): Fault | null {
    const now = this.#now
    const length = this.#readName('owner name', now.owner)
    now.ownerLength = typeof length === 'number' ? length : 0
    now.ownerNode = -1
    return typeof length === 'number' ? null : length
  }

  /** Encodes the current token as a name at the start of `out`; returns its length or what is wrong. */
  #readName(what: string, out: Uint8Array): number | Fault {
    const { scanner } = this.#now
    const { text, from, to } = scanner
    const length = encodeName(text, from, to, this.#origin, out)
    if (length < 0) return `${what} "${scanner.slice().slice(0, 80)}" ${NAME_FAULTS[length]}`
    if (this.#origin === null && !isAbsolute(text, from, to))
      return `${what} "${scanner.slice()}" is relative and no origin is known; end it with a dot or put $ORIGIN before it`
    return length
  }

  /** `[ttl] [class] type rdata`, from the token behind the owner on. */
  #record(first: Token): Fault | null {
    const { scanner } = this.#now
    const line = scanner.line
    let ttl = -1
    let classes = 0
    for (let token = first; ; token = scanner.next()) {
      if (token === Token.Bad) return scanner.fault
      if (token !== Token.Word) return 'a record without a type; legal is: owner [ttl] [IN] type data'
      const code = scanner.text.charCodeAt(scanner.from)
      if (code >= 0x30 && code <= 0x39 && ttl < 0) {
        ttl = parseTtl(scanner.text, scanner.from, scanner.to)
        if (ttl < 0) return `TTL "${scanner.slice()}" is not ${TTL_SYNTAX}`
        continue
      }
      const type = typeNumber(scanner.slice())
      if (type !== null) return this.#data(type, ttl, line)
      const fault = classes++ === 0 ? classFault(scanner.slice()) : `"${scanner.slice()}" is no record type`
      if (fault !== null) return fault
    }
  }

  /** The RDATA, from the type's token on, and with it the record. */
  #data(type: number, stated: number, line: number): Fault | null {
    if (isMetaType(type)) return `${typeName(type)} is no type of data: it only occurs in questions`
    this.#zone ??= this.#begin(type)
    const zone = this.#zone
    if (zone === null) return 'no origin is known; put $ORIGIN or the SOA record first'
    const fault = this.#placeFault(zone, type)
    if (fault !== null) return fault
    const start = zone.rdata.length
    const { fields, file } = this.#now
    const dataFault = readRdata(type, fields, zone.rdata) ?? fields.fault
    const ttl = dataFault === null ? this.#ttlOf(type, stated, zone) : -1
    if (ttl < 0) {
      zone.rdata.length = start
      return dataFault ?? 'no TTL: none here, no $TTL, and no record before it states one'
    }
    zone.add(this.#now.ownerNode, type, ttl, line, file)
    return null
  }

  /** The zone's origin is settled by the first record. */
  #begin(type: number): ZoneBuilder | null {
    const soaOwner = type === RrType.SOA ? (this.#now.owner.slice(0, this.#now.ownerLength) as Name) : null
    const origin = this.#options.origin ?? soaOwner ?? this.#origin
    return origin === null ? null : new ZoneBuilder(origin)
  }

  /** Finds the owner's node; says what is wrong with such a record there. */
  #placeFault(zone: ZoneBuilder, type: number): Fault | null {
    const now = this.#now
    if (now.ownerNode < 0) now.ownerNode = zone.node(now.owner, now.ownerLength)
    if (now.ownerNode < 0) return `${formatName(now.owner)} lies outside the zone ${formatName(zone.origin)}`
    if (type !== RrType.SOA || now.ownerNode === 0) return null
    return `SOA at ${formatName(now.owner)}; legal is only one at the zone's apex ${formatName(zone.origin)}`
  }

  #ttlOf(type: number, stated: number, zone: ZoneBuilder): number {
    const ttl = this.#ttl.of(stated)
    if (ttl >= 0 || type !== RrType.SOA) return ttl
    // Zones of the time before RFC 2308 give no $TTL: MINIMUM was the default then, and BIND still takes it.
    const minimum = Math.min(readUnsigned(zone.rdata.bytes, zone.rdata.length - 4, 4), MAX_TTL)
    this.#report('warning', `no TTL and no $TTL: the SOA's MINIMUM, ${minimum}, is taken`)
    return this.#ttl.of(minimum)
  }

  #directive(depth: number): Fault | null {
    const { scanner } = this.#now
    const word = scanner.slice().toUpperCase()
    if (word === '$GENERATE') return '$GENERATE is not supported yet; write its records out'
    if (word !== '$ORIGIN' && word !== '$TTL' && word !== '$INCLUDE')
      return `"${scanner.slice().slice(0, 80)}" is no directive; legal are $ORIGIN, $TTL and $INCLUDE`
    const token = scanner.next()
    if (token === Token.Bad) return scanner.fault
    if (token !== Token.Word && token !== Token.Quoted) return `${word} wants an argument`
    if (word === '$INCLUDE') return this.#include(depth)
    const fault = word === '$ORIGIN' ? this.#setOrigin() : this.#setTtl()
    return fault ?? this.#endOfDirective(word)
  }

  #setOrigin(): Fault | null {
    const length = this.#readName('origin', this.#encoded)
    if (typeof length !== 'number') return length
    this.#useOrigin(this.#encoded.slice(0, length) as Name)
    return null
  }

  #useOrigin(origin: Name | null): void {
    this.#origin = origin
    this.#now.fields.origin = origin
  }

  #setTtl(): Fault | null {
    const { text, from, to } = this.#now.scanner
    const ttl = parseTtl(text, from, to)
    if (ttl < 0) return `$TTL "${this.#now.scanner.slice()}" is not ${TTL_SYNTAX}`
    this.#ttl.default = ttl
    return null
  }

  #endOfDirective(word: string): Fault | null {
    const { scanner } = this.#now
    const token = scanner.next()
    if (token === Token.EndOfEntry || token === Token.EndOfFile) return null
    return token === Token.Bad ? scanner.fault : `${word} has more than its argument`
  }

  /** `$INCLUDE file [origin]`, from the file's token on. */
  #include(depth: number): Fault | null {
    const before = this.#now
    const { scanner } = before
    const path = scanner.slice()
    const outer = this.#origin
    let inner = outer
    const token = scanner.next()
    if (token === Token.Word) {
      const length = this.#readName('origin', this.#encoded)
      if (typeof length !== 'number') return length
      inner = this.#encoded.slice(0, length) as Name
    }
    const fault = token === Token.Word ? this.#endOfDirective('$INCLUDE') : token === Token.Bad ? scanner.fault : null
    if (fault !== null) return fault
    if (depth >= MOST_INCLUDES_DEEP)
      return `$INCLUDE more than ${MOST_INCLUDES_DEEP} files deep; does a file include itself?`
    const fromFile = this.#files[before.file]!
    const text = this.#options.readInclude?.(path, fromFile) ?? null
    if (text === null) return `$INCLUDE "${path}" cannot be read; it is looked for from the folder of ${fromFile}`
    this.#origin = inner
    this.read(text, beside(fromFile, path), depth + 1)
    this.#now = before
    this.#useOrigin(outer)
    return null
  }
}

function classFault(word: string): Fault | null {
  if (/^(IN|CLASS1)$/i.test(word)) return null
  if (/^(CH|HS|CS|CLASS[0-9]{1,5})$/i.test(word)) return `class ${word}; legal is only IN`
  return `"${word.slice(0, 80)}" is neither a TTL, a class nor a record type`
}

/** The path of an included file: from the folder of the file that includes it, unless absolute. */
function beside(file: string, path: string): string {
  return path.startsWith('/') ? path : file.slice(0, file.lastIndexOf('/') + 1) + path
}
