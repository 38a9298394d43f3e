import type { Fault } from './field.ts'

/**
 * A check for record types that end in a digest: the digest of a known kind has its length, others are free.
 * `kindAt` and `digestAt` are offsets in the RDATA; `lengths` is octets by kind.
 */
export function digestLength(kindAt: number, digestAt: number, lengths: Readonly<Record<number, number>>) {
  return (rdata: Uint8Array, at: number, end: number): Fault | null => {
    const kind = rdata[at + kindAt]!
    const legal = lengths[kind]
    const octets = end - at - digestAt
    return legal === undefined || octets === legal
      ? null
      : `a digest of type ${kind} has ${legal} octets, here are ${octets}`
  }
}
