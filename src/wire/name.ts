import type { Brand } from '../base/brand.ts'

/**
 * A domain name in wire form (RFC 1035 section 3.1): length octet and label, again and again, closed by the zero octet of the root.
 * Always whole, never compressed, ASCII letters lower case: two names are equal when their bytes are (RFC 4343).
 * 1..255 octets, labels of 1..63.
 */
export type Name = Brand<Uint8Array, 'Name'>

export const MAX_NAME_OCTETS = 255
export const MAX_LABEL_OCTETS = 63
export const ROOT: Name = new Uint8Array([0]) as Name

/** What {@link encodeName} says instead of a length; {@link NAME_FAULTS} has the sentence for each. */
export const NameFault = { Empty: -1, EmptyLabel: -2, LongLabel: -3, LongName: -4, Escape: -5, NotAnOctet: -6 } as const
export const NAME_FAULTS: Readonly<Record<number, string>> = {
  [NameFault.Empty]: 'is empty; the root is written as a single dot',
  [NameFault.EmptyLabel]: 'has an empty label; labels hold 1 to 63 octets',
  [NameFault.LongLabel]: 'has a label of more than 63 octets',
  [NameFault.LongName]: 'is longer than 255 octets in wire form',
  [NameFault.Escape]:
    'has a broken escape; legal are \\DDD with DDD from 000 to 255, and \\X for a character X that is no digit',
  [NameFault.NotAnOctet]:
    'has a character above \\255; write it as its octets, or the label in its A-label form (xn--...)',
}

const BACKSLASH = 0x5c
const DOT = 0x2e
const encoded = new Uint8Array(MAX_NAME_OCTETS)

/**
 * Parses presentation form (RFC 1035 section 5.1): `\DDD` is an octet, `\X` is X literally, a final dot makes the name absolute.
 * A relative name is completed with `origin`; without an origin it counts as absolute. A bare `@` is the origin.
 * Returns null when empty, a label is empty or longer than 63, the whole is longer than 255, or an escape is broken.
 */
export function parseName(text: string, origin?: Name): Name | null {
  const length = encodeName(text, 0, text.length, origin ?? null, encoded)
  return length < 0 ? null : (encoded.slice(0, length) as Name)
}

/** {@link parseName} of `text[from..to)` into the start of `out`, which has room for 255 octets. Returns the octets written, or a NameFault. */
export function encodeName(text: string, from: number, to: number, origin: Name | null, out: Uint8Array): number {
  if (to - from === 1) {
    const only = text.charCodeAt(from)
    if (only === 0x40 && origin !== null) return append(origin, out, 0)
    if (only === DOT) return append(ROOT, out, 0)
  }
  if (to <= from) return NameFault.Empty
  let labelAt = 0
  let at = 1
  for (let i = from; i < to; i++) {
    let octet = text.charCodeAt(i)
    if (octet === DOT) {
      const fault = closeLabel(out, labelAt, at)
      if (fault < 0) return fault
      if (i === to - 1) return append(ROOT, out, at)
      labelAt = at++
      continue
    }
    if (octet === BACKSLASH) {
      octet = escapedOctet(text, i, to)
      if (octet < 0) return NameFault.Escape
      i += escapeLength(text, i) - 1
    } else if (octet > 255) return NameFault.NotAnOctet
    // One octet is always left for the root: a longer name is refused before it can be written outside `out`.
    if (at >= MAX_NAME_OCTETS - 1) return NameFault.LongName
    out[at++] = octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet
  }
  const fault = closeLabel(out, labelAt, at)
  return fault < 0 ? fault : append(origin ?? ROOT, out, at)
}

function closeLabel(out: Uint8Array, labelAt: number, at: number): number {
  const length = at - labelAt - 1
  if (length === 0) return NameFault.EmptyLabel
  if (length > MAX_LABEL_OCTETS) return NameFault.LongLabel
  out[labelAt] = length
  return 0
}

function append(tail: Name, out: Uint8Array, at: number): number {
  if (at + tail.length > MAX_NAME_OCTETS) return NameFault.LongName
  for (let i = 0; i < tail.length; i++) out[at + i] = tail[i]!
  return at + tail.length
}

/** The octet that the escape at `text[at]` (a backslash) stands for; -1 when it is broken. RFC 1035 section 5.1. */
export function escapedOctet(text: string, at: number, to: number): number {
  if (at + 1 >= to) return -1
  const first = text.charCodeAt(at + 1)
  if (!isDigit(first)) return first > 255 ? -1 : first
  if (at + 3 >= to) return -1
  const second = text.charCodeAt(at + 2)
  const third = text.charCodeAt(at + 3)
  if (!isDigit(second) || !isDigit(third)) return -1
  const octet = (first - 48) * 100 + (second - 48) * 10 + third - 48
  return octet > 255 ? -1 : octet
}

/** Characters of the (sound) escape at `text[at]`: 4 for `\DDD`, 2 for `\X`. */
export function escapeLength(text: string, at: number): number {
  return isDigit(text.charCodeAt(at + 1)) ? 4 : 2
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/**
 * How each octet of a label is shown, such that every nameserver reads it: Knot takes no other punctuation bare than - _ * /; BIND takes `\[`,
 * RFC 3597 `\#` and NSD 4.6 `\\.` for something else.
 */
const SHOWN = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet)
  if (/[A-Za-z0-9*/_-]/.test(character)) return character
  return /[."();@$]/.test(character) ? `\\${character}` : `\\${String(octet).padStart(3, '0')}`
})

/** Presentation form with the final dot: letters, digits and - _ * / as they are, `."();@$` with a backslash, all else as `\DDD`. */
export function formatName(name: Uint8Array, at = 0): string {
  if (name[at] === 0) return '.'
  let text = ''
  let i = at
  while (name[i] !== 0) {
    const end = i + 1 + name[i]!
    for (i++; i < end; i++) text += SHOWN[name[i]!]
    text += '.'
  }
  return text
}

/** Offset behind the uncompressed name at `bytes[at]`; -1 when it does not end before `end` or breaks a limit. */
export function nameEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = at
  while (i < end && i - at < MAX_NAME_OCTETS) {
    const length = bytes[i]!
    if (length === 0) return i + 1
    if (length > MAX_LABEL_OCTETS) return -1
    i += length + 1
  }
  return -1
}

/** Octets of the whole name at `bytes[at]`, its final zero included. */
export function wholeNameLength(bytes: Uint8Array, at: number): number {
  let end = at
  while (bytes[end] !== 0) end += bytes[end]! + 1
  return end + 1 - at
}

export function sameName(a: Name, b: Name): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i])
}

/** True when `name` is `ancestor` or lies below it. */
export function isWithin(name: Name, ancestor: Name): boolean {
  const skip = name.length - ancestor.length
  if (skip < 0) return false
  for (let i = 0; i < name.length && i <= skip; i += name[i]! + 1) {
    if (i === skip) return ancestor.every((octet, k) => octet === name[skip + k])
  }
  return false
}

/** The name without its first label; the root is its own parent. */
export function parentOf(name: Name): Name {
  return name[0] === 0 ? name : (name.subarray(name[0]! + 1) as Name)
}

/** Number of labels, the root not counted. */
export function labelCount(name: Uint8Array): number {
  let count = 0
  for (let i = 0; name[i] !== 0; i += name[i]! + 1) count++
  return count
}
