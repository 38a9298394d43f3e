/** A byte buffer that grows; what lies before `length` is written. `length` may be set back to take writes back. */
export class OctetWriter {
  bytes: Uint8Array
  length = 0

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity)
  }

  /** Makes room for `more` octets behind `length`. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  u8(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = value
  }
  u16(value: number): void {
    this.reserve(2)
    this.bytes[this.length++] = value >>> 8
    this.bytes[this.length++] = value
  }
  u32(value: number): void {
    this.u16(value >>> 16)
    this.u16(value)
  }

  /** Appends `source[from..to)`. */
  octets(source: Uint8Array, from = 0, to = source.length): void {
    this.reserve(to - from)
    const { bytes } = this
    let at = this.length
    for (let i = from; i < to; i++) bytes[at++] = source[i]!
    this.length = at
  }

  /** A copy of what was written from `from` on. */
  slice(from = 0): Uint8Array {
    return this.bytes.slice(from, this.length)
  }
}
