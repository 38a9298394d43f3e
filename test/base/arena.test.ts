import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Arena, ArenaWriter, type Section } from '../../src/base/arena.ts'

const SEED = 20260101

const section: fc.Arbitrary<Section> = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.uint16Array({ maxLength: 20 }),
  fc.int16Array({ maxLength: 20 }),
  fc.uint32Array({ maxLength: 20 }),
  fc.int32Array({ maxLength: 20 }),
  fc.float32Array({ maxLength: 20 }),
  fc.float64Array({ maxLength: 20 }),
)
const sections = fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), section, { maxKeys: 6 })

function written(content: Readonly<Record<string, Section>>, spare = 0): SharedArrayBuffer {
  const writer = new ArenaWriter()
  for (const [name, values] of Object.entries(content)) writer.add(name, values)
  const buffer = new SharedArrayBuffer(writer.byteLength + spare)
  new Uint8Array(buffer).fill(0xaa)
  writer.writeTo(buffer)
  return buffer
}

function opened(buffer: ArrayBufferLike): Arena {
  const verdict = Arena.open(buffer, true)
  if (verdict.kind === 'bad') throw new Error(verdict.reason)
  return verdict.arena
}

function view(arena: Arena, name: string, like: Section): Section {
  if (like instanceof Uint8Array) return arena.u8(name)
  if (like instanceof Uint16Array) return arena.u16(name)
  if (like instanceof Int16Array) return arena.i16(name)
  if (like instanceof Uint32Array) return arena.u32(name)
  if (like instanceof Int32Array) return arena.i32(name)
  return like instanceof Float32Array ? arena.f32(name) : arena.f64(name)
}

describe('an arena', () => {
  it('gives back what was written, in a buffer larger than needed and not empty before', () => {
    fc.assert(
      fc.property(sections, fc.nat(64), (content, spare) => {
        const arena = opened(written(content, spare))
        for (const [name, values] of Object.entries(content))
          expect(Buffer.from(bytesOf(view(arena, name, values)))).toEqual(Buffer.from(bytesOf(values)))
      }),
      { seed: SEED, numRuns: 500 },
    )
  })

  it('has sections made in their place, between others', () => {
    const writer = new ArenaWriter()
    writer.add('before', Uint8Array.of(1, 2, 3))
    writer.addFilled('made', 'u16', 3, section => section.set([7, 8, 65535]))
    writer.add('behind', Float64Array.of(0.5))
    const buffer = new SharedArrayBuffer(writer.byteLength)
    writer.writeTo(buffer)
    const arena = opened(buffer)
    expect([...arena.u8('before'), ...arena.u16('made'), ...arena.f64('behind')]).toEqual([1, 2, 3, 7, 8, 65535, 0.5])
    expect(() => writer.addFilled('made', 'u8', 0, () => undefined)).toThrow('twice')
  })

  it('notices every flipped bit', () => {
    const buffer = written({ names: Uint8Array.of(1, 2, 3), rows: Float64Array.of(1.5, -1) })
    const bytes = new Uint8Array(buffer)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      expect(Arena.open(buffer, true).kind, `bit ${bit}`).toBe('bad')
      bytes[bit >> 3]! ^= 1 << (bit & 7)
    }
    expect(Arena.open(buffer, true).kind).toBe('ok')
  })

  it('answers damage with a verdict also when it does not verify, and never with a view past the end', () => {
    const content = { names: Uint8Array.of(1, 2, 3), rows: Float64Array.of(1.5, -1) }
    const good = new Uint8Array(written(content)).slice()
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, octet) => {
        const bytes = good.slice()
        bytes[at] = octet
        const verdict = Arena.open(bytes.buffer, false)
        if (verdict.kind === 'ok' && verdict.arena.has('rows')) {
          try {
            verdict.arena.f64('rows')
          } catch (error) {
            expect((error as Error).message).toMatch(/arena section/)
          }
        }
      }),
      { seed: SEED, numRuns: 3000 },
    )
  })

  it('is refused when it is cut short at any length', () => {
    const whole = new Uint8Array(written({ rows: Uint32Array.of(1, 2, 3) })).slice()
    for (let length = 0; length < whole.length; length++)
      expect(Arena.open(whole.slice(0, length).buffer, true).kind).toBe('bad')
  })

  it('carries JSON through shared memory', () => {
    const writer = new ArenaWriter()
    writer.addJson('names', { ä: [1, null] })
    const buffer = new SharedArrayBuffer(writer.byteLength)
    writer.writeTo(buffer)
    expect(opened(buffer).json('names')).toEqual({ ä: [1, null] })
  })

  it('says which section is missing, double or of another type, and when the buffer is too small', () => {
    const arena = opened(written({ rows: Uint32Array.of(1) }))
    expect(arena.has('rows')).toBe(true)
    expect(() => arena.u32('columns')).toThrow('no section columns')
    expect(() => arena.u8('rows')).toThrow('rows is u32, not u8')
    const writer = new ArenaWriter()
    writer.add('rows', new Uint8Array(1))
    expect(() => writer.add('rows', new Uint8Array(1))).toThrow('added twice')
    expect(() => writer.writeTo(new ArrayBuffer(8))).toThrow(/needs \d+ bytes/)
  })
})

function bytesOf(values: Section): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice()
}
