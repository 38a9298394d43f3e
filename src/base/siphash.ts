/** A key of SipHash: 16 octets as four unsigned 32-bit words, least significant octet and word first. */
export type SipKey = Uint32Array

/** Reads a key written as 32 hexadecimal digits; null when it is not. */
export function parseSipKey(text: string): SipKey | null {
  if (!/^[0-9a-fA-F]{32}$/.test(text)) return null
  const octets = Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
  return Uint32Array.from({ length: 4 }, (_, i) => wordAt(octets, 4 * i))
}

/**
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", section 2) of `bytes[0..length)` under `key`, into `hash[0]`
 * (lower 32 bits) and `hash[1]` (upper 32 bits). The 64-bit additions are done in halves: a BigInt would be made anew by each of them. The
 * state v0..v3 is a, b, c, d, each as its lower and its upper 32 bits, and the whole is one function: its eight numbers stay in registers.
 */
export function sipHash24(key: SipKey, bytes: Uint8Array, length: number, hash: Uint32Array): void {
  let al = key[0]! ^ 0x70736575
  let ah = key[1]! ^ 0x736f6d65
  let bl = key[2]! ^ 0x6e646f6d
  let bh = key[3]! ^ 0x646f7261
  let cl = key[0]! ^ 0x6e657261
  let ch = key[1]! ^ 0x6c796765
  let dl = key[2]! ^ 0x79746573
  let dh = key[3]! ^ 0x74656462
  const words = (length >>> 3) + 1
  for (let word = 0; word <= words; word++) {
    const ending = word === words
    const low = ending ? 0 : halfAt(bytes, 8 * word, length)
    // The last word: what is left over, zeros, and the length in the top octet.
    const high = ending ? 0 : halfAt(bytes, 8 * word + 4, length) | (word === words - 1 ? length << 24 : 0)
    if (ending) cl ^= 0xff
    dl ^= low
    dh ^= high
    for (let round = ending ? 4 : 2; round > 0; round--) {
      // a += b; b <<<= 13; b ^= a; a <<<= 32
      let sum = (al + bl) | 0
      let other = (ah + bh + carry(sum, bl)) | 0
      const bl1 = ((bl << 13) | (bh >>> 19)) ^ sum
      const bh1 = ((bh << 13) | (bl >>> 19)) ^ other
      al = other
      ah = sum
      // c += d; d <<<= 16; d ^= c
      sum = (cl + dl) | 0
      other = (ch + dh + carry(sum, dl)) | 0
      const dl1 = ((dl << 16) | (dh >>> 16)) ^ sum
      const dh1 = ((dh << 16) | (dl >>> 16)) ^ other
      cl = sum
      ch = other
      // a += d; d <<<= 21; d ^= a
      sum = (al + dl1) | 0
      ah = (ah + dh1 + carry(sum, dl1)) | 0
      al = sum
      dl = ((dl1 << 21) | (dh1 >>> 11)) ^ al
      dh = ((dh1 << 21) | (dl1 >>> 11)) ^ ah
      // c += b; b <<<= 17; b ^= c; c <<<= 32
      sum = (cl + bl1) | 0
      other = (ch + bh1 + carry(sum, bl1)) | 0
      bl = ((bl1 << 17) | (bh1 >>> 15)) ^ sum
      bh = ((bh1 << 17) | (bl1 >>> 15)) ^ other
      cl = other
      ch = sum
    }
    al ^= low
    ah ^= high
  }
  hash[0] = al ^ bl ^ cl ^ dl
  hash[1] = ah ^ bh ^ ch ^ dh
}

/** 1 when the sum of lower halves that had `addend` in it went over 32 bits. */
function carry(sum: number, addend: number): number {
  return sum >>> 0 < addend >>> 0 ? 1 : 0
}

/** Four octets, least significant first; those from `length` on count as zeros. */
function halfAt(bytes: Uint8Array, at: number, length: number): number {
  if (at + 4 <= length) return wordAt(bytes, at)
  let half = 0
  for (let i = at; i < length; i++) half |= bytes[i]! << (8 * (i - at))
  return half
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
