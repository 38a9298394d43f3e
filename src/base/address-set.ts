import { familyOf, parseAddress, wordOf } from './ip.ts'
import type { Peer } from './peer.ts'
import { mask32 } from './prefix.ts'

/** The words of a prefix's first address, then those of its mask. */
const WORDS = 8

type Row = readonly number[]

/**
 * A set of addresses given as addresses and prefixes of any length: up to /32 (IPv4) and /128 (IPv6). The families are apart: `::/0` has no
 * IPv4 address in it. A search costs log2 of the number of prefixes and allocates nothing.
 */
export class AddressSet {
  readonly #ipv4: Uint32Array
  readonly #ipv6: Uint32Array

  /** Bits past a prefix's length do not matter. Texts that are neither address nor prefix are left out: they were checked where they were read. */
  constructor(texts: readonly string[]) {
    const rows = texts.map(readRow).filter(row => row !== null)
    this.#ipv4 = table(rows.filter(([family]) => family === 4))
    this.#ipv6 = table(rows.filter(([family]) => family === 6))
  }

  has(peer: Peer): boolean {
    const rows = peer.family === 4 ? this.#ipv4 : this.#ipv6
    let from = 0
    let to = rows.length / WORDS
    // The last prefix that begins at or before the address: they are disjoint, so no other can hold it.
    while (from < to) {
      const middle = (from + to) >>> 1
      if (beginsAfter(rows, middle * WORDS, peer)) to = middle
      else from = middle + 1
    }
    return from > 0 && holds(rows, (from - 1) * WORDS, peer)
  }
}

/** Family, four words of the first address, four of the mask; null when the text names no block of addresses. */
function readRow(text: string): Row | null {
  const [host = '', digits, ...more] = text.split('/')
  const address = parseAddress(host)
  if (address === null || more.length > 0) return null
  const family = familyOf(address)
  const bits = family === 4 ? 32 : 128
  if (digits !== undefined && !/^\d{1,3}$/.test(digits)) return null
  // ::ffff:192.0.2.0/120 is 192.0.2.0/24: its length counts from the beginning of the IPv6 address it is written as.
  const mapped = family === 4 && host.includes(':') ? 96 : 0
  const length = digits === undefined ? bits : Number(digits) - mapped
  if (length < 0 || length > bits) return null
  const masks = [0, 1, 2, 3].map(i => mask32(length - 32 * i))
  return [family, ...masks.map((mask, i) => (wordOf(address, i) & mask) >>> 0), ...masks]
}

/** Rows of one family as a table, by first address; those inside another are left out. */
function table(rows: readonly Row[]): Uint32Array {
  // Of two that begin alike the shorter comes first: its mask is the smaller number.
  const sorted = [...rows].sort((a, b) => {
    const at = a.findIndex((word, i) => word !== b[i])
    return at < 0 ? 0 : a[at]! - b[at]!
  })
  const kept: Row[] = []
  for (const row of sorted) {
    const last = kept.at(-1)
    if (last === undefined || !isInside(row, last)) kept.push(row)
  }
  return Uint32Array.from(kept.flatMap(row => row.slice(1)))
}

function isInside(row: Row, outer: Row): boolean {
  return [1, 2, 3, 4].every(i => (row[i]! & outer[i + 4]!) >>> 0 === outer[i])
}

function beginsAfter(rows: Uint32Array, at: number, { hi, lo, hostHi, hostLo }: Peer): boolean {
  if (rows[at] !== hi) return rows[at]! > hi
  if (rows[at + 1] !== lo) return rows[at + 1]! > lo
  if (rows[at + 2] !== hostHi) return rows[at + 2]! > hostHi
  return rows[at + 3]! > hostLo
}

function holds(rows: Uint32Array, at: number, { hi, lo, hostHi, hostLo }: Peer): boolean {
  return (
    ((hi ^ rows[at]!) & rows[at + 4]!) === 0 &&
    ((lo ^ rows[at + 1]!) & rows[at + 5]!) === 0 &&
    ((hostHi ^ rows[at + 2]!) & rows[at + 6]!) === 0 &&
    ((hostLo ^ rows[at + 3]!) & rows[at + 7]!) === 0
  )
}
