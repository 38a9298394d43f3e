/** RFC 2181 section 8: a TTL is an unsigned number of 31 bits. */
export const MAX_TTL = 0x7fffffff

/**
 * Seconds of `text[from..to)`: digits, or runs of digits with a unit s m h d w in any case (`1h30m`), whose sum is meant (BIND's notation).
 * -1 when malformed or above {@link MAX_TTL}.
 */
export function parseTtl(text: string, from: number, to: number, max = MAX_TTL): number {
  let total = 0
  let number = -1
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x30 && code <= 0x39) {
      number = (number < 0 ? 0 : number * 10) + code - 0x30
      if (number > 0xffffffff) return -1
      continue
    }
    const seconds = unitSeconds(code | 0x20)
    if (number < 0 || seconds === 0) return -1
    total += number * seconds
    number = -1
  }
  // A bare number behind a unit (`1h30`) is a slip of the pen, not seconds.
  if (number >= 0 && total > 0) return -1
  if (number < 0 && (to === from || !/[a-z]/i.test(text[to - 1]!))) return -1
  total += number < 0 ? 0 : number
  return total > max ? -1 : total
}

function unitSeconds(lower: number): number {
  switch (lower) {
    case 0x73:
      return 1
    case 0x6d:
      return 60
    case 0x68:
      return 3600
    case 0x64:
      return 86400
    case 0x77:
      return 604800
    default:
      return 0
  }
}
