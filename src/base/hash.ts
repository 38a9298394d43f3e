/** Finaliser of MurmurHash3 (fmix32): every input bit moves every output bit. Returns 0..2^32-1. */
export function mix32(value: number): number {
  return signedMix32(value) >>> 0
}

/** One hash of two 32-bit values; order matters. Returns 0..2^32-1. */
export function mixPair(a: number, b: number): number {
  return signedMixPair(a, b) >>> 0
}

/** The same bits as {@link mix32} gives, -2^31..2^31-1: for where nothing may be allocated. A number above 2^31 is an object when it is returned. */
export function signedMix32(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** The same bits as {@link mixPair} gives, -2^31..2^31-1. */
export function signedMixPair(a: number, b: number): number {
  return signedMix32(Math.imul(signedMix32(a), 0x9e3779b1) ^ b)
}

/** FNV-1a over the UTF-16 units of `text`, finished with {@link mix32}. Stable over processes and machines. 0..2^32-1. */
export function hashText(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return mix32(h)
}

/** FNV-1a over `bytes[from..to)`, finished with {@link mix32}. 0..2^32-1. */
export function hashBytes(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let h = 0x811c9dc5
  for (let i = from; i < to; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193)
  return mix32(h)
}
