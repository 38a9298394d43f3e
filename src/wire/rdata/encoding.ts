/** Octets as text: as they are, and in base 16, 32 (extended hex alphabet) and 64 of RFC 4648; without Buffer or atob, so that it runs anywhere. */
const HEX = '0123456789abcdef'
const BASE32HEX = '0123456789abcdefghijklmnopqrstuv'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The octets `bytes[from..to)` as a string, one character each. */
export function octetText(bytes: Uint8Array, from = 0, to = bytes.length): string {
  let text = ''
  // In pieces: a call takes only so many arguments, and RDATA has up to 65535 octets.
  for (let at = from; at < to; at += 4096) text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 4096, to)))
  return text
}

/** Octets of hex digits of either case; null when odd or not hex. */
export function decodeHex(text: string): Uint8Array | null {
  return text.length % 2 === 0 ? decodeBits(text.toLowerCase(), HEX, 4) : null
}

export function encodeHex(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return encodeBits(bytes, from, to, HEX, 4).toUpperCase()
}

/** Octets of unpadded base32hex of either case (RFC 5155 section 3.3); null when malformed. */
export function decodeBase32Hex(text: string): Uint8Array | null {
  return [1, 3, 6].includes(text.length % 8) ? null : decodeBits(text.toLowerCase(), BASE32HEX, 5)
}

export function encodeBase32Hex(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return encodeBits(bytes, from, to, BASE32HEX, 5).toUpperCase()
}

/** Octets of padded base64; null when malformed. */
export function decodeBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null
  const bare = text.replace(/={1,2}$/, '')
  return bare.length % 4 === 1 ? null : decodeBits(bare, BASE64, 6)
}

export function encodeBase64(bytes: Uint8Array, from = 0, to = bytes.length): string {
  const text = encodeBits(bytes, from, to, BASE64, 6)
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

function decodeBits(text: string, alphabet: string, width: number): Uint8Array | null {
  const out = new Uint8Array(Math.floor((text.length * width) / 8))
  let bits = 0
  let pending = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    const digit = alphabet.indexOf(text[i]!)
    if (digit < 0) return null
    pending = ((pending << width) | digit) & 0xffff
    bits += width
    if (bits >= 8) {
      bits -= 8
      out[at++] = pending >>> bits
    }
  }
  // RFC 4648 section 3.5: bits that pad the last digit must be zero.
  return (pending & ((1 << bits) - 1)) === 0 ? out : null
}

function encodeBits(bytes: Uint8Array, from: number, to: number, alphabet: string, width: number): string {
  let text = ''
  let bits = 0
  let pending = 0
  for (let i = from; i < to; i++) {
    pending = ((pending << 8) | bytes[i]!) & 0xffff
    bits += 8
    for (; bits >= width; bits -= width) text += alphabet[(pending >>> (bits - width)) & ((1 << width) - 1)]
  }
  return bits === 0 ? text : text + alphabet[(pending << (width - bits)) & ((1 << width) - 1)]
}
