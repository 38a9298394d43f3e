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

/**
 * Parses presentation form (RFC 1035 section 5.1): `\DDD` is an octet, `\X` is X literally, a final dot makes the name absolute.
 * A relative name is completed with `origin`; without an origin it counts as absolute. A bare `@` is the origin.
 * Returns null when empty, a label is empty or longer than 63, the whole is longer than 255, or an escape is broken.
 */
export function parseName(text: string, origin?: Name): Name | null {
  if (text === '.') return ROOT
  if (text === '@' && origin !== undefined) return origin
  const out: number[] = []
  let labelAt = 0
  out.push(0)
  let absolute = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char === '.') {
      if (out.length - labelAt === 1) return null
      out[labelAt] = out.length - labelAt - 1
      if (i === text.length - 1) absolute = true
      else {
        labelAt = out.length
        out.push(0)
      }
      continue
    }
    let octet = text.charCodeAt(i)
    if (char === '\\') {
      const digits = /^[0-9]{3}/.exec(text.slice(i + 1))?.[0]
      if (digits !== undefined) {
        octet = Number(digits)
        i += 3
      } else if (i + 1 < text.length) octet = text.charCodeAt(++i)
      else return null
    }
    if (octet > 255) return null
    out.push(octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet)
    if (out.length - labelAt - 1 > MAX_LABEL_OCTETS || out.length > MAX_NAME_OCTETS) return null
  }
  if (!absolute) {
    if (out.length - labelAt === 1) return null
    out[labelAt] = out.length - labelAt - 1
  }
  const tail = absolute || origin === undefined ? ROOT : origin
  if (out.length + tail.length > MAX_NAME_OCTETS) return null
  const name = new Uint8Array(out.length + tail.length)
  name.set(out)
  name.set(tail, out.length)
  return name as Name
}

/** Presentation form with the final dot; octets outside the printable set as `\DDD`, special characters with a backslash. */
export function formatName(name: Uint8Array, at = 0): string {
  if (name[at] === 0) return '.'
  let text = ''
  let i = at
  while (name[i] !== 0) {
    const end = i + 1 + name[i]!
    for (i++; i < end; i++) {
      const octet = name[i]!
      if (octet < 0x21 || octet > 0x7e) text += `\\${String(octet).padStart(3, '0')}`
      else if ('."\\;@$()'.includes(String.fromCharCode(octet))) text += `\\${String.fromCharCode(octet)}`
      else text += String.fromCharCode(octet)
    }
    text += '.'
  }
  return text
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
