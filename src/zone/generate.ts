import type { Fault } from '../wire/rdata/field.ts'

/** What one zone may generate in all, a /12 of IPv4 in reverse: a line of thirty characters can ask for two thousand million records. */
export const MOST_GENERATED_RECORDS = 2 ** 20
/** Of their owners and data. */
export const MOST_GENERATED_CHARACTERS = 2 ** 27

/** RDATA has 65535 octets, an octet at most 4 characters. */
const LONGEST_TEMPLATE = 4 * 65535

/** Positive numbers of 31 bits, as BIND counts. */
const LAST = 0x7fffffff
/** BIND writes a number into 128 octets; a label ends at 63 anyway. */
const WIDEST = 127
const LEGAL_BASES = 'd o x X n N'

/** `start-stop[/step]`: the numbers to count through, both ends included; 0..2^31-1, step at least 1. */
export interface GenerateRange {
  readonly start: number
  readonly stop: number
  readonly step: number
}

export function parseRange(text: string): GenerateRange | Fault {
  const fault = `range "${text.slice(0, 80)}" is not start-stop or start-stop/step with 0 <= start <= stop <= ${LAST} and step >= 1`
  const match = /^([0-9]{1,10})-([0-9]{1,10})(?:\/([0-9]{1,10}))?$/.exec(text)
  if (match === null) return fault
  const [start, stop, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)]
  return start > stop || stop > LAST || step < 1 || step > LAST ? fault : { start, stop, step }
}

export function countOf({ start, stop, step }: GenerateRange): number {
  return Math.floor((stop - start) / step) + 1
}

/** `${offset[,width[,base]]}`: the number plus an offset, padded with zeros to a width, in a base. */
interface Counter {
  readonly offset: number
  readonly width: number
  readonly base: string
}

/** The text of an owner or of data in which `$` stands for a number. */
export type Template = readonly (string | Counter)[]

const PLAIN: Counter = { offset: 0, width: 0, base: 'd' }

/**
 * Cuts a template at its counters, as BIND does:
 *
 *   `$` the number | `${offset[,width[,base]]}` | `$$` and `\$` a dollar | `\X` as it stands
 */
export function parseTemplate(text: string): Template | Fault {
  if (text.length > LONGEST_TEMPLATE) return `is longer than ${LONGEST_TEMPLATE} characters`
  const parts: (string | Counter)[] = []
  for (const [part] of text.matchAll(/\$\{[^}]*\}?|\$\$?|\\[\s\S]?|[^$\\]+/g)) {
    if (part === '$') parts.push(PLAIN)
    else if (part === '$$') parts.push('$')
    else if (!part.startsWith('$')) parts.push(part)
    else {
      const counter = parseCounter(part)
      if (typeof counter === 'string') return counter
      parts.push(counter)
    }
  }
  return parts
}

function parseCounter(text: string): Counter | Fault {
  const match = /^\$\{([+-]?[0-9]{1,10})(?:,([0-9]{1,3})(?:,([doxXnN]))?)?\}$/.exec(text)
  const [offset, width, base] = [Number(match?.[1]), Number(match?.[2] ?? 0), match?.[3] ?? 'd']
  if (match === null || Math.abs(offset) > LAST || width > WIDEST)
    return `"${text.slice(0, 80)}" is not \${offset,width,base}; width is 0 to ${WIDEST}, base one of ${LEGAL_BASES}`
  return { offset, width, base }
}

/** The template with `value` put in; null when a number is negative in another base than d, or above 2^31-1. */
export function expand(template: Template, value: number): string | null {
  let text = ''
  for (const part of template) {
    const more = typeof part === 'string' ? part : formatCounter(part, value + part.offset)
    if (more === null) return null
    text += more
  }
  return text
}

function formatCounter({ width, base }: Counter, number: number): string | null {
  if (number > LAST || (number < 0 && base !== 'd')) return null
  switch (base) {
    case 'd':
      return number < 0 ? `-${String(-number).padStart(width - 1, '0')}` : String(number).padStart(width, '0')
    case 'o':
      return number.toString(8).padStart(width, '0')
    case 'x':
      return number.toString(16).padStart(width, '0')
    case 'X':
      return number.toString(16).toUpperCase().padStart(width, '0')
    case 'n':
      return nibbles(number.toString(16), width)
    default:
      return nibbles(number.toString(16).toUpperCase(), width)
  }
}

/** Hex digits, lowest first, a label each, as in ip6.arpa. The width counts the dots; an even one ends with a dot. */
function nibbles(hex: string, width: number): string {
  const digits = hex.padStart(Math.ceil(width / 2), '0')
  const text = [...digits].reverse().join('.')
  return text.length < width ? `${text}.` : text
}
