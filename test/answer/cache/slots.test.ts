import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Slots } from '../../../src/answer/cache/slots.ts'

const OCTETS = 10
const nameOf = (number: number): Int32Array => Int32Array.of(number, ~number, number & 0xffff, 0)

/** Finds the question or takes a slot for it; true when it was there. */
function ask(slots: Slots, hash: number, question: number): boolean {
  const name = nameOf(question)
  if (slots.find(hash, question, name, OCTETS) >= 0) return true
  slots.take(hash, question, name, OCTETS)
  return false
}

describe('slots', () => {
  it('hold eight questions of one hash, and take none for another', () => {
    const slots = new Slots(64)
    for (let question = 1; question <= 8; question++) expect(ask(slots, 7, question)).toBe(false)
    for (let question = 1; question <= 8; question++) expect(ask(slots, 7, question)).toBe(true)
    expect(slots.find(7, 9, nameOf(9), OCTETS)).toBe(-1)
    expect(slots.find(7, 1, nameOf(2), OCTETS)).toBe(-1)
    expect(slots.find(7, 2, nameOf(1), OCTETS)).toBe(-1)
    // Another set, and the same set by another hash.
    expect(slots.find(8, 1, nameOf(1), OCTETS)).toBe(-1)
    expect(slots.find(7 + 8, 1, nameOf(1), OCTETS)).toBe(-1)
  })

  it('compare a name to its last octet', () => {
    const slots = new Slots(8)
    const name = Int32Array.of(1, 2, 0x00ff)
    const slot = slots.take(1, 9, name, 9)
    expect(slots.find(1, 9, name, 9)).toBe(slot)
    for (let word = 0; word < 3; word++) expect(slots.find(1, 9, name.with(word, name[word]! ^ 0x80), 9)).toBe(-1)
  })

  it('what was used since the hand came by stays, what was not gives way', () => {
    const slots = new Slots(8)
    for (let question = 1; question <= 8; question++) ask(slots, 1, question)
    for (let stranger = 10; stranger < 100; stranger++) {
      for (const hot of [1, 2, 3, 5, 8])
        expect(ask(slots, 1, hot), `${hot} after ${stranger - 10} strangers`).toBe(true)
      expect(ask(slots, 1, stranger)).toBe(false)
    }
  })

  it('are empty after clear, and all free', () => {
    const slots = new Slots(16)
    for (let hash = 1; hash <= 16; hash++) ask(slots, hash, hash)
    slots.clear()
    for (let hash = 1; hash <= 16; hash++) expect(ask(slots, hash, hash)).toBe(false)
    for (let hash = 1; hash <= 16; hash++) expect(ask(slots, hash, hash)).toBe(true)
  })

  it('keep room for name and octets apart', () => {
    const slots = new Slots(8)
    for (let octets = 1; octets <= 255; octets++) {
      const end = slots.octetsAt(7, octets) + slots.room(octets)
      expect(end).toBe(slots.view.byteLength)
      const words = slots.wordsAt(7) + 6 + Math.ceil(octets / 4)
      expect(slots.octetsAt(7, octets)).toBe(4 * words)
      expect(slots.room(octets)).toBeGreaterThan(290)
    }
  })

  it('never say that they hold what they do not, and hold what was asked last', () => {
    const step = fc.record({ hash: fc.integer({ min: 1, max: 40 }), question: fc.integer({ min: 1, max: 12 }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), steps => {
        const slots = new Slots(16)
        const known = new Set<string>()
        for (const { hash, question } of steps) {
          const key = `${hash} ${question}`
          if (ask(slots, hash, question)) expect(known).toContain(key)
          known.add(key)
          expect(slots.find(hash, question, nameOf(question), OCTETS)).toBeGreaterThanOrEqual(0)
        }
      }),
      { seed: 5, numRuns: 300 },
    )
  })

  it('are a power of two, and eight at least', () => {
    for (const count of [0, 1, 2, 4, 7, 12, 100]) expect(() => new Slots(count)).toThrow(RangeError)
  })
})
