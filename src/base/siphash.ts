/** A key of SipHash: 16 octets as four unsigned 32-bit words, least significant octet and word first. */
export type SipKey = Uint32Array

/** The state v0..v3, each as its lower and its upper 32 bits. */
const v = new Int32Array(8)

/** Reads a key written as 32 hexadecimal digits; null when it is not. */
export function parseSipKey(text: string): SipKey | null {
  if (!/^[0-9a-fA-F]{32}$/.test(text)) return null
  const octets = Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
  return Uint32Array.from({ length: 4 }, (_, i) => wordAt(octets, 4 * i))
}

/**
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", section 2) of `bytes[0..length)` under `key`, into `hash[0]`
 * (lower 32 bits) and `hash[1]` (upper 32 bits). The 64-bit additions are done in halves: a BigInt would be made anew by each of them.
 */
export function sipHash24(key: SipKey, bytes: Uint8Array, length: number, hash: Uint32Array): void {
  v[0] = key[0]! ^ 0x70736575
  v[1] = key[1]! ^ 0x736f6d65
  v[2] = key[2]! ^ 0x6e646f6d
  v[3] = key[3]! ^ 0x646f7261
  v[4] = key[0]! ^ 0x6e657261
  v[5] = key[1]! ^ 0x6c796765
  v[6] = key[2]! ^ 0x79746573
  v[7] = key[3]! ^ 0x74656462
  const whole = length & ~7
  for (let at = 0; at < whole; at += 8) compress(wordAt(bytes, at), wordAt(bytes, at + 4))
  // The last word: what is left over, zeros, and the length in the top octet.
  let low = 0
  let high = length << 24
  for (let i = length - 1; i >= whole + 4; i--) high |= bytes[i]! << (8 * (i & 3))
  for (let i = Math.min(length, whole + 4) - 1; i >= whole; i--) low |= bytes[i]! << (8 * (i & 3))
  compress(low, high)
  v[4]! ^= 0xff
  rounds(4)
  hash[0] = v[0]! ^ v[2]! ^ v[4]! ^ v[6]!
  hash[1] = v[1]! ^ v[3]! ^ v[5]! ^ v[7]!
}

function compress(low: number, high: number): void {
  v[6]! ^= low
  v[7]! ^= high
  rounds(2)
  v[0]! ^= low
  v[1]! ^= high
}

/** SipRound, `count` times. Locals, because an element of an array is stored and loaded anew by every step. */
function rounds(count: number): void {
  let al = v[0]!
  let ah = v[1]!
  let bl = v[2]!
  let bh = v[3]!
  let cl = v[4]!
  let ch = v[5]!
  let dl = v[6]!
  let dh = v[7]!
  let kept = 0
  for (let i = 0; i < count; i++) {
    // a += b; b <<<= 13; b ^= a; a <<<= 32
    al = (al + bl) | 0
    ah = (ah + bh + carry(al, bl)) | 0
    kept = (bl << 13) | (bh >>> 19)
    bh = ((bh << 13) | (bl >>> 19)) ^ ah
    bl = kept ^ al
    kept = al
    al = ah
    ah = kept
    // c += d; d <<<= 16; d ^= c
    cl = (cl + dl) | 0
    ch = (ch + dh + carry(cl, dl)) | 0
    kept = (dl << 16) | (dh >>> 16)
    dh = ((dh << 16) | (dl >>> 16)) ^ ch
    dl = kept ^ cl
    // a += d; d <<<= 21; d ^= a
    al = (al + dl) | 0
    ah = (ah + dh + carry(al, dl)) | 0
    kept = (dl << 21) | (dh >>> 11)
    dh = ((dh << 21) | (dl >>> 11)) ^ ah
    dl = kept ^ al
    // c += b; b <<<= 17; b ^= c; c <<<= 32
    cl = (cl + bl) | 0
    ch = (ch + bh + carry(cl, bl)) | 0
    kept = (bl << 17) | (bh >>> 15)
    bh = ((bh << 17) | (bl >>> 15)) ^ ch
    bl = kept ^ cl
    kept = cl
    cl = ch
    ch = kept
  }
  v[0] = al
  v[1] = ah
  v[2] = bl
  v[3] = bh
  v[4] = cl
  v[5] = ch
  v[6] = dl
  v[7] = dh
}

/** 1 when the sum of lower halves that had `addend` in it went over 32 bits. */
function carry(sum: number, addend: number): number {
  return sum >>> 0 < addend >>> 0 ? 1 : 0
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
