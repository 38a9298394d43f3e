/**
 * Octets that last, and the view by which they are read and written four at a time: four steps over single octets cost three times as much as
 * one over a word, and a view made for every message would be garbage for every message.
 */
export class Octets extends Uint8Array {
  /** Of the same octets. */
  readonly view: DataView

  constructor(memory: ArrayBufferLike, from: number, length: number) {
    super(memory as ArrayBuffer, from, length)
    this.view = new DataView(memory as ArrayBuffer, from, length)
  }

  /** What is cut from them are plain octets. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array
  }
}

export function newOctets(length: number): Octets {
  return new Octets(new ArrayBuffer(length), 0, length)
}

/** The view of {@link Octets}; a new one for any others. */
export function viewOf(octets: Uint8Array): DataView {
  return (octets as Partial<Octets>).view ?? new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
}

/** Copies `count` octets from `from[at..]` to `to[start..]`; none beyond are read or written. The two must not overlap. */
export function copyOctets(from: DataView, at: number, to: DataView, start: number, count: number): void {
  let i = 0
  for (; i < count - 3; i += 4) to.setInt32(start + i, from.getInt32(at + i, true), true)
  for (; i < count; i++) to.setUint8(start + i, from.getUint8(at + i))
}
