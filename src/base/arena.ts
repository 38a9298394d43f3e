/**
 * Many typed arrays in one buffer, so that a whole generation of tables is one (shared) block of memory and one file.
 *
 *   0        4         8            12          16                    sectionsAt
 *   +--------+---------+------------+-----------+---------------------+-----------+-----------+--
 *   | magic  | version | bytes used | checksum  | directory (JSON)    | section 0 | section 1 | ...
 *   +--------+---------+------------+-----------+---------------------+-----------+-----------+--
 *                                     over all     length, then text    each begins at a multiple of 8
 *                                     that follows
 * The directory lists `[name, element type, byte offset, element count]`.
 */
export type Section = Uint8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array

const TYPES = {
  u8: Uint8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
}
type TypeName = keyof typeof TYPES
type Sections = { [T in TypeName]: InstanceType<(typeof TYPES)[T]> }
type Entry = [name: string, type: TypeName, offset: number, count: number]

const MAGIC = 0x4b43444e
const VERSION = 2
const HEADER_BYTES = 20

export type ArenaVerdict = { kind: 'ok'; arena: Arena } | { kind: 'bad'; reason: string }

/** A section that is not there yet: it is made in its place when the arena is written. */
interface Planned {
  readonly type: TypeName
  readonly count: number
  fill(section: Section): void
}

/** Collects sections and writes them out in one go. Names must be unique. */
export class ArenaWriter {
  readonly #sections = new Map<string, Planned>()

  add(name: string, section: Section): void {
    this.#plan(name, { type: typeOf(section), count: section.length, fill: to => to.set(section) })
  }

  /** Any JSON value as a section; read it back with {@link Arena.json}. */
  addJson(name: string, value: unknown): void {
    this.add(name, new TextEncoder().encode(JSON.stringify(value)))
  }

  /** A section of `count` elements that `fill` writes straight into the arena: nothing large is made twice. `fill` must write every element. */
  addFilled<T extends TypeName>(name: string, type: T, count: number, fill: (section: Sections[T]) => void): void {
    this.#plan(name, { type, count, fill: to => fill(to as Sections[T]) })
  }

  /** Bytes that {@link writeTo} will need. */
  get byteLength(): number {
    return this.#layout().total
  }

  /** Writes header, directory and sections at the start of `buffer`; throws when the buffer is too small. */
  writeTo(buffer: ArrayBufferLike): void {
    const { directory, entries, total } = this.#layout()
    if (buffer.byteLength < total) throw new Error(`arena needs ${total} bytes, the buffer has ${buffer.byteLength}`)
    const header = new DataView(buffer)
    header.setUint32(16, directory.length, true)
    new Uint8Array(buffer).set(directory, HEADER_BYTES)
    for (const entry of entries) this.#sections.get(entry[0])!.fill(viewOf(buffer, entry))
    header.setUint32(0, MAGIC, true)
    header.setUint32(4, VERSION, true)
    header.setUint32(8, total, true)
    header.setUint32(12, checksum(buffer, total), true)
  }

  #plan(name: string, section: Planned): void {
    if (this.#sections.has(name)) throw new Error(`arena section ${name} added twice`)
    this.#sections.set(name, section)
  }

  #layout(): { directory: Uint8Array; entries: Entry[]; total: number } {
    // Offsets depend on the directory's length and the directory holds the offsets: offsets are written with a fixed width.
    const place = (start: number): { entries: Entry[]; end: number } => {
      let offset = start
      const entries = [...this.#sections].map(([name, { type, count }]): Entry => {
        const entry: Entry = [name, type, offset, count]
        offset = align(offset + count * TYPES[type].BYTES_PER_ELEMENT)
        return entry
      })
      return { entries, end: offset }
    }
    const probe = encodeDirectory(place(0).entries)
    const { entries, end } = place(align(HEADER_BYTES + probe.length))
    return { directory: encodeDirectory(entries), entries, total: end }
  }
}

/** Views over a written arena. Cheap to make; holds no copy. */
export class Arena {
  readonly buffer: ArrayBufferLike
  readonly byteLength: number
  readonly #entries: ReadonlyMap<string, Entry>

  private constructor(buffer: ArrayBufferLike, byteLength: number, entries: readonly Entry[]) {
    this.buffer = buffer
    this.byteLength = byteLength
    this.#entries = new Map(entries.map(entry => [entry[0], entry]))
  }

  /** Opens what {@link ArenaWriter.writeTo} wrote. `verify` also recomputes the checksum (about 1 ms per 4 MB). */
  static open(buffer: ArrayBufferLike, verify: boolean): ArenaVerdict {
    if (buffer.byteLength < HEADER_BYTES) return { kind: 'bad', reason: 'shorter than its header' }
    const header = new DataView(buffer)
    if (header.getUint32(0, true) !== MAGIC) return { kind: 'bad', reason: 'not a table file' }
    if (header.getUint32(4, true) !== VERSION)
      return { kind: 'bad', reason: `layout version ${header.getUint32(4, true)}, this program reads ${VERSION}` }
    const total = header.getUint32(8, true)
    if (total > buffer.byteLength || total % 4 !== 0 || total < HEADER_BYTES)
      return { kind: 'bad', reason: `says ${total} bytes, has ${buffer.byteLength}` }
    if (verify && header.getUint32(12, true) !== checksum(buffer, total))
      return { kind: 'bad', reason: 'checksum differs' }
    const length = header.getUint32(16, true)
    if (HEADER_BYTES + length > total) return { kind: 'bad', reason: 'directory is cut off' }
    const entries = decodeDirectory(new Uint8Array(buffer, HEADER_BYTES, length))
    if (entries === null || !entries.every(entry => liesWithin(entry, total)))
      return { kind: 'bad', reason: 'directory is not readable' }
    return { kind: 'ok', arena: new Arena(buffer, total, entries) }
  }

  /** Tells these tables from others: of two arenas with the same checksum and length the contents are the same, but for ill will. */
  get checksum(): number {
    return new DataView(this.buffer).getUint32(12, true)
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  u8(name: string): Uint8Array {
    return this.#view(name, 'u8') as Uint8Array
  }
  u16(name: string): Uint16Array {
    return this.#view(name, 'u16') as Uint16Array
  }
  i16(name: string): Int16Array {
    return this.#view(name, 'i16') as Int16Array
  }
  u32(name: string): Uint32Array {
    return this.#view(name, 'u32') as Uint32Array
  }
  i32(name: string): Int32Array {
    return this.#view(name, 'i32') as Int32Array
  }
  f32(name: string): Float32Array {
    return this.#view(name, 'f32') as Float32Array
  }
  f64(name: string): Float64Array {
    return this.#view(name, 'f64') as Float64Array
  }
  json<T>(name: string): T {
    // TextDecoder refuses shared memory: decode a copy.
    return JSON.parse(new TextDecoder().decode(this.u8(name).slice())) as T
  }

  #view(name: string, type: TypeName): Section {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw new Error(`arena has no section ${name}`)
    if (entry[1] !== type) throw new Error(`arena section ${name} is ${entry[1]}, not ${type}`)
    return viewOf(this.buffer, entry)
  }
}

function viewOf(buffer: ArrayBufferLike, [, type, offset, count]: Entry): Section {
  return new TYPES[type](buffer as ArrayBuffer, offset, count)
}

const align = (offset: number): number => (offset + 7) & ~7

function typeOf(section: Section): TypeName {
  const found = (Object.keys(TYPES) as TypeName[]).find(name => section instanceof TYPES[name])
  if (found === undefined) throw new Error('not a typed array')
  return found
}

function encodeDirectory(entries: readonly Entry[]): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify(entries.map(([name, type, offset, count]) => [name, type, String(offset).padStart(10, '0'), count])),
  )
}

function decodeDirectory(bytes: Uint8Array): Entry[] | null {
  try {
    const rows = JSON.parse(new TextDecoder().decode(bytes.slice())) as [string, TypeName, string, number][]
    return rows.map(([name, type, offset, count]) => [name, type, Number(offset), count])
  } catch {
    return null
  }
}

/** True when the entry's view can be made: anything else comes from a damaged file that nobody verified. */
function liesWithin([name, type, offset, count]: Entry, total: number): boolean {
  if (typeof name !== 'string' || !Object.hasOwn(TYPES, type)) return false
  if (!Number.isInteger(offset) || offset < HEADER_BYTES || offset % 8 !== 0) return false
  return Number.isInteger(count) && count >= 0 && offset + count * TYPES[type].BYTES_PER_ELEMENT <= total
}

/** FNV-1a over 32-bit words of everything behind the checksum field. Detects torn and flipped files; not a defence against forgery. */
function checksum(buffer: ArrayBufferLike, total: number): number {
  const words = new Uint32Array(buffer as ArrayBuffer, 16, (total - 16) >>> 2)
  let h = 0x811c9dc5
  for (let i = 0; i < words.length; i++) h = Math.imul(h ^ words[i]!, 0x01000193)
  return h >>> 0
}
