import { escapedOctet } from '../name.ts'

/** What {@link Scanner.next} found. */
export const Token = {
  /** `text[from..to)`, escapes still in it, and with {@link Scanner.pairs} inner quotes too (`key="a b"`). */
  Word: 0,
  /** A quoted string: `text[from..to)` is what stands between the quotes. */
  Quoted: 1,
  /** White space at the start of an entry: the owner is the one before (RFC 1035 section 5.1). */
  Blank: 2,
  /** End of the entry, again and again until {@link Scanner.startEntry}. */
  EndOfEntry: 3,
  EndOfFile: 4,
  /** `fault` says what is wrong. */
  Bad: 5,
} as const
export type Token = (typeof Token)[keyof typeof Token]

const Class = { Word: 0, Blank: 1, Newline: 2, Comment: 3, Open: 4, Close: 5, Quote: 6, Escape: 7, Control: 8 } as const
const CLASS = new Uint8Array(256)
CLASS.fill(Class.Control, 0, 32)
CLASS[127] = Class.Control
for (const [character, kind] of [
  [' ', Class.Blank],
  ['\t', Class.Blank],
  ['\r', Class.Blank],
  ['\n', Class.Newline],
  [';', Class.Comment],
  ['(', Class.Open],
  [')', Class.Close],
  ['"', Class.Quote],
  ['\\', Class.Escape],
] as const)
  CLASS[character.charCodeAt(0)] = kind

/** Cuts master-file text (RFC 1035 section 5.1) into entries and tokens. One character of the text stands for one octet. */
export class Scanner {
  readonly text: string
  /** RFC 9460 section 2.1: `key="a b"` is one word. Everywhere else a quote begins a word of its own (RFC 1035 section 5.1). */
  pairs = false
  /** Start and end of the current token. */
  from = 0
  to = 0
  /** True when the current token has a backslash in it. */
  escaped = false
  /** 1-based place of the current token. */
  line = 1
  column = 1
  /** What is wrong after {@link Token.Bad}. */
  fault = ''
  #at = 0
  #line = 1
  #lineStart = 0
  #parentheses = 0
  #openedAt = { line: 0, column: 0 }
  #atStart = true
  #ended = false

  constructor(text: string) {
    this.text = text
    // A byte order mark, as octets or as one character, is no part of the text.
    if (text.startsWith('\u00ef\u00bb\u00bf')) this.#at = 3
    else if (text.startsWith('\ufeff')) this.#at = 1
    this.#lineStart = this.#at
  }

  /** Goes on behind an {@link Token.EndOfEntry}. */
  startEntry(): void {
    this.#ended = false
    this.#atStart = true
  }

  /** Skips the rest of the entry. */
  skipEntry(): void {
    for (let token = this.next(); token !== Token.EndOfEntry && token !== Token.EndOfFile; ) token = this.next()
  }

  next(): Token {
    if (this.#ended) return Token.EndOfEntry
    const { text } = this
    const leading = this.#atStart
    this.#atStart = false
    while (this.#at < text.length) {
      const kind = this.#classAt(this.#at)
      if (kind === Class.Word || kind === Class.Escape) return this.#word()
      if (kind === Class.Blank) {
        this.#skipBlank()
        if (leading && this.#parentheses === 0) return this.#place(Token.Blank)
      } else if (kind === Class.Newline) {
        if (this.#newline()) return Token.EndOfEntry
      } else if (kind === Class.Comment) this.#skipComment()
      else if (kind === Class.Quote) return this.#quoted()
      else if (kind === Class.Open) {
        this.#open()
      } else if (kind === Class.Close) {
        if (this.#parentheses === 0) return this.#bad('a closing parenthesis without an opening one')
        this.#parentheses--
        this.#at++
      } else return this.#bad(badCharacter(text.charCodeAt(this.#at)))
    }
    return this.#endOfFile()
  }

  /** The current token as text. */
  slice(): string {
    return this.text.slice(this.from, this.to)
  }

  /** The current token as an unsigned decimal number; -1 when it is none or above `max`. */
  number(max: number): number {
    const { text, from, to } = this
    if (to === from || to - from > 10) return -1
    let value = 0
    for (let i = from; i < to; i++) {
      const digit = text.charCodeAt(i) - 48
      if (digit < 0 || digit > 9) return -1
      value = value * 10 + digit
    }
    return value > max ? -1 : value
  }

  #classAt(at: number): number {
    const code = this.text.charCodeAt(at)
    return code < 256 ? CLASS[code]! : Class.Control
  }

  #place(token: Token): Token {
    this.line = this.#line
    this.column = this.#at - this.#lineStart + 1
    return token
  }

  #word(): Token {
    this.#place(Token.Word)
    const { text } = this
    let at = this.#at
    this.from = at
    this.escaped = false
    for (; at < text.length; at++) {
      const kind = this.#classAt(at)
      if (kind === Class.Word) continue
      if (kind === Class.Escape) {
        this.escaped = true
        if (at + 1 < text.length && !this.#lineEndsAt(at + 1)) at++
        continue
      }
      if (kind !== Class.Quote || !this.pairs || text.charCodeAt(at - 1) !== 0x3d) break
      at = this.#closingQuote(at + 1)
      if (at < 0) return this.#bad('a quoted string without its closing quote')
    }
    this.#at = at
    this.to = at
    return Token.Word
  }

  #quoted(): Token {
    this.#place(Token.Quoted)
    this.escaped = false
    const end = this.#closingQuote(this.#at + 1)
    if (end < 0) return this.#bad('a quoted string without its closing quote')
    this.from = this.#at + 1
    this.to = end
    this.#at = end + 1
    return Token.Quoted
  }

  /** Offset of the quote that closes the string begun before `at`; -1 when the line ends first. */
  #closingQuote(at: number): number {
    const { text } = this
    for (let i = at; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code === 0x22) return i
      if (code === 10) return -1
      if (code === 0x5c) {
        this.escaped = true
        if (!this.#lineEndsAt(i + 1)) i++
      }
    }
    return -1
  }

  #lineEndsAt(at: number): boolean {
    const code = this.text.charCodeAt(at)
    return code === 10 || (code === 13 && this.text.charCodeAt(at + 1) === 10)
  }

  #skipBlank(): void {
    while (this.#at < this.text.length && this.#classAt(this.#at) === Class.Blank) this.#at++
  }

  #skipComment(): void {
    const end = this.text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.text.length : end
  }

  #open(): void {
    if (this.#parentheses++ === 0) this.#openedAt = { line: this.#line, column: this.#at - this.#lineStart + 1 }
    this.#at++
  }

  /** Passes a line feed; true when it ends the entry. */
  #newline(): boolean {
    this.#place(Token.EndOfEntry)
    this.#at++
    this.#line++
    this.#lineStart = this.#at
    this.#ended = this.#parentheses === 0
    return this.#ended
  }

  #endOfFile(): Token {
    this.#place(Token.EndOfFile)
    if (this.#parentheses === 0) return Token.EndOfFile
    const verdict = this.#bad('a parenthesis that is never closed')
    this.line = this.#openedAt.line
    this.column = this.#openedAt.column
    return verdict
  }

  /** The rest of the line cannot be trusted: it is passed over, parentheses and all. */
  #bad(fault: string): Token {
    this.#place(Token.Bad)
    this.fault = fault
    this.#skipComment()
    this.#parentheses = 0
    return Token.Bad
  }
}

function badCharacter(code: number): string {
  if (code > 255)
    return `a character above \\255 (U+${code.toString(16).toUpperCase().padStart(4, '0')}); write it as its octets \\DDD`
  return `the bare control octet ${code}; write it as \\${String(code).padStart(3, '0')}`
}

/** Appends the octets of `text[from..to)`, escapes resolved, to `out`; false when an escape is broken or a character is no octet. */
export function decodeOctets(text: string, from: number, to: number, out: { u8(octet: number): void }): boolean {
  for (let i = from; i < to; i++) {
    let octet = text.charCodeAt(i)
    if (octet === 0x5c) {
      octet = escapedOctet(text, i, to)
      if (octet < 0) return false
      const code = text.charCodeAt(i + 1)
      i += code >= 0x30 && code <= 0x39 ? 3 : 1
    }
    if (octet > 255) return false
    out.u8(octet)
  }
  return true
}
