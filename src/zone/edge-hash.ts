import { mix32 } from '../base/hash.ts'

/**
 * Hash of one edge of a name tree: the parent's node number and the label at `bytes[at]` (length octet first, lower case).
 * FNV-1a finished with {@link mix32}, as a signed 32-bit number (what an Int32Array holds, so that no comparison needs a conversion).
 */
export function edgeHash(parent: number, bytes: Uint8Array, at: number): number {
  let h = Math.imul(parent ^ 0x811c9dc5, 0x9e3779b1)
  const end = at + bytes[at]!
  for (let i = at; i <= end; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193)
  return mix32(h) | 0
}

/** True when the label at `a[i]` equals the label at `b[j]`, length octets included. */
export function sameLabel(a: Uint8Array, i: number, b: Uint8Array, j: number): boolean {
  const length = a[i]!
  for (let k = 0; k <= length; k++) if (a[i + k] !== b[j + k]) return false
  return true
}
