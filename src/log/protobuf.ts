/** Wire types of Protocol Buffers: what follows a field's key. */
const VARINT = 0
const LENGTH = 2
const FIXED32 = 5

/**
 * Writes one message of Protocol Buffers, field by field, into memory of its own that is used again for the next. Numbers are whole, from 0 to 2^53.
 *
 *   message = (key value)*     key = varint of (field << 3 | wire type)
 *   varint  = seven bits an octet, the lowest first; the top bit says that more follow
 */
export class ProtobufWriter {
  #memory = Buffer.alloc(1024)
  #length = 0

  begin(): void {
    this.#length = 0
  }

  /** What was written since {@link begin}; lent until then. */
  get message(): Buffer {
    return this.#memory.subarray(0, this.#length)
  }

  varint(field: number, value: number): void {
    this.#reserve(20)
    this.#number(field * 8 + VARINT)
    this.#number(value)
  }

  fixed32(field: number, value: number): void {
    this.#reserve(14)
    this.#number(field * 8 + FIXED32)
    this.#length = this.#memory.writeUInt32LE(value, this.#length)
  }

  bytes(field: number, value: Uint8Array): void {
    this.#reserve(20 + value.length)
    this.#number(field * 8 + LENGTH)
    this.#number(value.length)
    this.#memory.set(value, this.#length)
    this.#length += value.length
  }

  #number(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.#memory[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#memory[this.#length++] = rest
  }

  #reserve(octets: number): void {
    if (this.#length + octets <= this.#memory.length) return
    const larger = Buffer.alloc(2 * (this.#length + octets))
    this.#memory.copy(larger, 0, 0, this.#length)
    this.#memory = larger
  }
}
