/** A number whose width in the file is fixed, whatever its value. */
export class Sized {
  readonly type: NumberType
  readonly value: number
  constructor(type: NumberType, value: number) {
    this.type = type
    this.value = value
  }
}

/** What a record may hold. A plain number is a double. */
export type MmdbValue =
  | string
  | number
  | boolean
  | Sized
  | readonly MmdbValue[]
  | { readonly [key: string]: MmdbValue | undefined }

type NumberType = keyof typeof NUMBER_TYPES
const NUMBER_TYPES = { uint16: 5, uint32: 6, uint64: 9 } as const
const TYPES = { pointer: 1, string: 2, double: 3, map: 7, array: 11, boolean: 14 } as const

export const uint16 = (value: number): Sized => new Sized('uint16', value)
export const uint32 = (value: number): Sized => new Sized('uint32', value)
/** 0..2^53-1. */
export const uint64 = (value: number): Sized => new Sized('uint64', value)

/**
 * The data section: values one after the other, each with a control octet in front (3 bits type, 5 bits size; type 0 means that
 * the type follows in the next octet, less 7). Texts and maps that occur again are replaced by a pointer.
 */
export class DataSection {
  #bytes = new Uint8Array(1 << 12)
  #length = 0
  /** Canonical text of every whole record -> its offset. */
  readonly #records = new Map<string, number>()
  /** Canonical text of every string and map written somewhere -> its offset. */
  readonly #parts = new Map<string, number>()
  readonly #utf8 = new TextEncoder()

  /** Writes a record once and returns its offset. */
  record(value: MmdbValue): number {
    const text = canonical(value)
    const known = this.#records.get(text)
    if (known !== undefined) return known
    const offset = this.#length
    this.#records.set(text, offset)
    this.#write(value)
    return offset
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #write(value: MmdbValue): void {
    if (typeof value === 'string') this.#string(value)
    else if (typeof value === 'number') this.#double(value)
    else if (typeof value === 'boolean') this.#control(TYPES.boolean, value ? 1 : 0)
    else if (value instanceof Sized) this.#unsigned(value)
    else if (Array.isArray(value)) this.#array(value)
    else this.#map(value as { readonly [key: string]: MmdbValue | undefined })
  }

  /** A part of a record: a text or map is written out the first time and is a pointer from then on, where that is shorter. */
  #part(value: MmdbValue): void {
    const shared = typeof value === 'string' || (typeof value === 'object' && !(value instanceof Sized))
    const text = shared ? canonical(value) : ''
    const known = this.#parts.get(text)
    if (known !== undefined && pointerBytes(known) < text.length - 1) {
      this.#pointer(known)
      return
    }
    if (shared) this.#parts.set(text, this.#length)
    this.#write(value)
  }

  #map(map: { readonly [key: string]: MmdbValue | undefined }): void {
    const entries = Object.entries(map).filter(([, value]) => value !== undefined)
    this.#control(TYPES.map, entries.length)
    for (const [key, value] of entries) {
      this.#part(key)
      this.#part(value!)
    }
  }

  #array(values: readonly MmdbValue[]): void {
    this.#control(TYPES.array, values.length)
    for (const value of values) this.#part(value)
  }

  #string(text: string): void {
    const utf8 = this.#utf8.encode(text)
    this.#control(TYPES.string, utf8.length)
    this.#octets(utf8)
  }

  #double(value: number): void {
    const octets = new Uint8Array(8)
    new DataView(octets.buffer).setFloat64(0, value)
    this.#control(TYPES.double, 8)
    this.#octets(octets)
  }

  /** Leading zeros are left out: 0 has no octets at all. */
  #unsigned({ type, value }: Sized): void {
    const octets: number[] = []
    for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
    this.#control(NUMBER_TYPES[type], octets.length)
    this.#octets(octets)
  }

  /** Control octet 001ssvvv: ss + 1 octets follow; each size begins where the smaller one ends. */
  #pointer(offset: number): void {
    const size = pointerBytes(offset) - 2
    const value = offset - [0, 2048, 526336, 0][size]!
    const high = size === 3 ? 0 : Math.floor(value / 256 ** (size + 1))
    this.#octets([(TYPES.pointer << 5) | (size << 3) | high])
    for (let i = size; i >= 0; i--) this.#octets([Math.floor(value / 256 ** i) % 256])
  }

  #control(type: number, size: number): void {
    const [code, tail] =
      size < 29 ? [size, []] : size < 285 ? [29, [size - 29]] : [30, [(size - 285) >> 8, (size - 285) & 255]]
    if (size > 285 + 0xffff) throw new Error(`a value of ${size} parts or octets is larger than this writer writes`)
    this.#octets(type < 8 ? [(type << 5) | code] : [code, type - 7])
    this.#octets(tail)
  }

  #octets(octets: ArrayLike<number>): void {
    while (this.#length + octets.length > this.#bytes.length) {
      const bigger = new Uint8Array(this.#bytes.length * 2)
      bigger.set(this.#bytes)
      this.#bytes = bigger
    }
    this.#bytes.set(octets, this.#length)
    this.#length += octets.length
  }
}

function pointerBytes(offset: number): number {
  return offset < 2048 ? 2 : offset < 526336 ? 3 : offset < 134744064 ? 4 : 5
}

const canonical = (value: MmdbValue): string => JSON.stringify(value)
