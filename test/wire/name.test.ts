import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  encodeName,
  formatName,
  isWithin,
  labelCount,
  MAX_NAME_OCTETS,
  type Name,
  NameFault,
  nameEnd,
  parentOf,
  parseName,
  ROOT,
  sameName,
} from '../../src/wire/name.ts'

const name = (text: string, origin?: Name): Name => parseName(text, origin)!
const octets = (text: string): number[] => [...name(text)]

describe('RFC 1035 section 5.1: names in presentation form', () => {
  it('reads labels, lower-cases ASCII letters and nothing else', () => {
    expect(octets('WwW.Example.')).toEqual([3, 119, 119, 119, 7, 101, 120, 97, 109, 112, 108, 101, 0])
    expect(octets('\\195\\132.')).toEqual([2, 195, 132, 0])
  })

  it('reads escapes: \\DDD is an octet, \\X is X', () => {
    expect(octets('a\\.b.')).toEqual([3, 97, 46, 98, 0])
    expect(octets('\\065\\000.')).toEqual([2, 97, 0, 0])
    expect(octets('\\\\.')).toEqual([1, 92, 0])
  })

  it('completes relative names with the origin, and @ is the origin', () => {
    const origin = name('example.')
    expect(formatName(name('www', origin))).toBe('www.example.')
    expect(formatName(name('www.', origin))).toBe('www.')
    expect(formatName(name('@', origin))).toBe('example.')
    expect(formatName(name('.', origin))).toBe('.')
    expect(formatName(name('a\\.', origin))).toBe('a\\..example.')
  })

  it.each([
    ['', NameFault.Empty],
    ['..', NameFault.EmptyLabel],
    ['a..b.', NameFault.EmptyLabel],
    ['.a', NameFault.EmptyLabel],
    [`${'a'.repeat(64)}.`, NameFault.LongLabel],
    [`${'a'.repeat(300)}.`, NameFault.LongName],
    ['a\\', NameFault.Escape],
    ['a\\1', NameFault.Escape],
    ['a\\12x', NameFault.Escape],
    ['a\\256', NameFault.Escape],
    ['a\\99', NameFault.Escape],
    ['\u20ac.', NameFault.NotAnOctet],
    ['a\\\u20ac.', NameFault.Escape],
  ])('refuses %j', (text, fault) => {
    expect(encodeName(text, 0, text.length, null, new Uint8Array(MAX_NAME_OCTETS))).toBe(fault)
    expect(parseName(text)).toBeNull()
  })

  it('takes names up to 255 octets and no longer', () => {
    const label = 'a'.repeat(63)
    const longest = `${label}.${label}.${label}.${'a'.repeat(61)}.`
    expect(name(longest)).toHaveLength(255)
    expect(parseName(`${label}.${label}.${label}.${'a'.repeat(62)}.`)).toBeNull()
    expect(parseName(`${label}.${label}.${label}`, name(`${'a'.repeat(61)}.`))).toHaveLength(255)
    expect(parseName(`${label}.${label}.${label}`, name(`${'a'.repeat(62)}.`))).toBeNull()
    expect(labelCount(name('a.'.repeat(127)))).toBe(127)
    expect(parseName('a.'.repeat(128))).toBeNull()
  })

  it('never writes outside its buffer, whatever the text', () => {
    const out = new Uint8Array(MAX_NAME_OCTETS + 1).fill(0xee)
    const view = out.subarray(0, MAX_NAME_OCTETS)
    const text = fc.string({ unit: fc.constantFrom('a', '.', '\\', '0', '2', '5', '\u00e9', '\u20ac'), maxLength: 400 })
    fc.assert(
      fc.property(text, value => {
        const length = encodeName(value, 0, value.length, null, view)
        expect(length).toBeLessThanOrEqual(MAX_NAME_OCTETS)
        if (length >= 0) expect(nameEnd(view, 0, length)).toBe(length)
        expect(out[MAX_NAME_OCTETS]).toBe(0xee)
      }),
      { seed: 1105, numRuns: 2000 },
    )
  })
})

const anyLabel = fc.uint8Array({ minLength: 1, maxLength: 12 })
const anyName = fc.array(anyLabel, { maxLength: 8 }).map(labels => {
  const wire = [...labels.flatMap(label => [label.length, ...label]), 0]
  return Uint8Array.from(wire, octet => octet) as Name
})
const lower = (wire: Name): Name => {
  const out = wire.slice()
  for (let at = 0; out[at] !== 0; at += out[at]! + 1)
    for (let i = at + 1; i <= at + out[at]!; i++) if (out[i]! >= 65 && out[i]! <= 90) out[i]! += 32
  return out as Name
}

it('any octets survive presentation form and back', () => {
  fc.assert(
    fc.property(anyName, wire => {
      expect([...name(formatName(wire))]).toEqual([...lower(wire)])
    }),
    { seed: 1105, numRuns: 1000 },
  )
})

describe('relations between names', () => {
  it('isWithin compares whole labels', () => {
    expect(isWithin(name('a.example.com.'), name('example.com.'))).toBe(true)
    expect(isWithin(name('example.com.'), name('example.com.'))).toBe(true)
    expect(isWithin(name('badexample.com.'), name('example.com.'))).toBe(false)
    expect(isWithin(name('com.'), name('example.com.'))).toBe(false)
    expect(isWithin(name('example.com.'), ROOT)).toBe(true)
  })

  it('a length octet that looks like a letter is no label border', () => {
    // The label "x<3>com" ends in the octets of the name com., but is one label.
    const trap = Uint8Array.from([5, 120, 3, 99, 111, 109, 0]) as Name
    expect(isWithin(trap, name('com.'))).toBe(false)
  })

  it('parentOf takes labels off until the root', () => {
    expect(formatName(parentOf(name('a.b.')))).toBe('b.')
    expect(sameName(parentOf(name('b.')), ROOT)).toBe(true)
    expect(sameName(parentOf(ROOT), ROOT)).toBe(true)
  })

  it('nameEnd finds the end, or says that there is none', () => {
    const wire = Uint8Array.from([9, ...name('a.b.'), 7])
    expect(nameEnd(wire, 1, wire.length)).toBe(6)
    expect(nameEnd(wire, 1, 5)).toBe(-1)
    expect(nameEnd(Uint8Array.from([0xc0, 0]), 0, 2)).toBe(-1)
    expect(nameEnd(new Uint8Array(0), 0, 0)).toBe(-1)
    expect(nameEnd(new Uint8Array(300).fill(1), 0, 300)).toBe(-1)
  })
})
