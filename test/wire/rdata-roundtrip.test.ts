import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeHex } from '../../src/wire/rdata/encoding.ts'
import { formatRdata, parseRdata } from '../../src/wire/rdata/presentation.ts'
import { RDATA_TYPES } from '../../src/wire/rdata/registry.ts'
import { SOUND_RDATA } from './rdata-arbitraries.ts'

const SEED = 1105
const runs = (numRuns: number) => ({ seed: SEED, numRuns })

const parsed = (type: number, text: string): string => {
  const verdict = parseRdata(type, text)
  return verdict.kind === 'ok' ? encodeHex(verdict.rdata) : verdict.message
}

const character = fc.oneof(
  fc.constantFrom(...'\0\n\r\t "\\();@$.*=0-:!/,a'),
  fc.nat(0x2ff).map(code => String.fromCharCode(code)),
)
const changes = fc.array(fc.record({ at: fc.nat(200), drop: fc.nat(3), put: fc.array(character, { maxLength: 3 }) }), {
  minLength: 1,
  maxLength: 3,
})

/** Of octets in hex: every one that is an upper-case letter. */
const lowerCase = (hex: string): string =>
  hex.replace(/../g, pair => String.fromCharCode(Number.parseInt(pair, 16)).toLowerCase())

/** The text of the octets when they lie between others, all equal to `neighbour`. */
function among(neighbour: number, type: number, octets: Uint8Array): string {
  const whole = new Uint8Array(octets.length + 600).fill(neighbour)
  whole.set(octets, 300)
  return formatRdata(type, whole, 300, 300 + octets.length)
}

it('there is an arbitrary of every type', () => {
  expect(Object.keys(SOUND_RDATA).sort()).toEqual(RDATA_TYPES.map(type => type.name).sort())
})

describe.each(RDATA_TYPES.map(type => [type.name, type.code] as const))(`%s (seed ${SEED})`, (name, code) => {
  const sound = SOUND_RDATA[name]!.map(octets => Uint8Array.from(octets))

  it('sound octets have a text of the type itself, which reads back as the same octets', () => {
    fc.assert(
      fc.property(sound, octets => {
        const text = formatRdata(code, octets, 0, octets.length)
        expect(text.startsWith('\\#')).toBe(false)
        expect(parsed(code, text)).toBe(encodeHex(octets))
      }),
      runs(300),
    )
  })

  it('RFC 3597 section 5: the same octets as \\# length hex', () => {
    fc.assert(
      fc.property(sound, octets => {
        expect(parsed(code, `\\# ${octets.length} ${encodeHex(octets)}`)).toBe(encodeHex(octets))
      }),
      runs(60),
    )
  })

  it('octets cut off, changed or made up are shown without a look at their neighbours', () => {
    const octet = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 0x3f, 0x80, 0xff), fc.nat(255))
    const changed = fc
      .tuple(sound, fc.array(fc.tuple(fc.nat(300), octet), { maxLength: 3 }), fc.oneof(fc.constant(0), fc.nat(300)))
      .map(([octets, list, cut]) => {
        const out = octets.slice(0, octets.length - (cut % (octets.length + 1)))
        for (const [at, value] of list) out[at % out.length] = value
        return out
      })
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 60 })), octets => {
        const alone = formatRdata(code, octets, 0, octets.length)
        for (const neighbour of [0, 1, 0x3f, 0xff]) expect(among(neighbour, code, octets)).toBe(alone)
        // Octets that are shown in the type's own form are sound: they read back, names in lower case.
        if (!alone.startsWith('\\#')) expect(lowerCase(parsed(code, alone))).toBe(lowerCase(encodeHex(octets)))
      }),
      runs(1000),
    )
  })

  it('changed text never throws, and what it means is shown and read as the same', () => {
    const texts = fc.tuple(sound, changes).map(([octets, list]) => {
      let text = formatRdata(code, octets, 0, octets.length)
      for (const { at, drop, put } of list) {
        const where = at % (text.length + 1)
        text = text.slice(0, where) + put.join('') + text.slice(where + drop)
      }
      return text
    })
    fc.assert(
      fc.property(texts, text => {
        const verdict = parseRdata(code, text)
        if (verdict.kind === 'bad') {
          expect(verdict.message).toMatch(/^\S.{5,700}$/s)
          return
        }
        const shown = formatRdata(code, verdict.rdata, 0, verdict.rdata.length)
        expect(parsed(code, shown)).toBe(encodeHex(verdict.rdata))
      }),
      runs(300),
    )
  })
})
