/**
 * The Internet checksum (RFC 1071): the ones' complement sum of 16-bit words. Here words are read low octet first, which gives the same sum with
 * its octets exchanged (section 2 (B)): it is written low octet first, too. Sums stay below 2^31 for what fits in a frame.
 */

/** Sum of `length` octets at `view[at..]`; an odd last one counts as a word with a zero behind it. Not folded. */
export function sumOf(view: DataView, at: number, length: number): number {
  let sum = 0
  let i = at
  const end = at + length
  for (; i < end - 3; i += 4) {
    const word = view.getInt32(i, true)
    sum += (word & 0xffff) + (word >>> 16)
  }
  return sum + tail(view, i, end)
}

/** Copies `length` octets from `from[at..]` to `to[start..]` and returns their sum: what is copied is summed at nearly no price. */
export function copySumming(from: DataView, at: number, to: DataView, start: number, length: number): number {
  let sum = 0
  let i = 0
  for (; i < length - 3; i += 4) {
    const word = from.getInt32(at + i, true)
    to.setInt32(start + i, word, true)
    sum += (word & 0xffff) + (word >>> 16)
  }
  for (let rest = i; rest < length; rest++) to.setUint8(start + rest, from.getUint8(at + rest))
  return sum + tail(from, at + i, at + length)
}

/** The sum in 16 bits; of octets with a right checksum among them it is 0xffff. */
export function folded(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16)
  return (once & 0xffff) + (once >>> 16)
}

/** What is to be written, low octet first, so that all sums up to 0xffff. */
export function checksumFor(sum: number): number {
  return ~folded(sum) & 0xffff
}

/** A number in network order, as words are read here. */
export function swapped(number: number): number {
  return ((number & 0xff) << 8) | (number >>> 8)
}

/** Less than four octets. */
function tail(view: DataView, at: number, end: number): number {
  if (end - at > 1) return view.getUint16(at, true) + (end - at > 2 ? view.getUint8(at + 2) : 0)
  return end - at === 1 ? view.getUint8(at) : 0
}
