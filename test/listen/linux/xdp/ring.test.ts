import { describe, expect, it } from 'vitest'
import { ReadRing, type RingPlace, WrittenRing } from '../../../../src/listen/linux/xdp/ring.ts'

const SIZE = 8
const place = (words: 2 | 4): RingPlace => ({
  ...{ memory: new ArrayBuffer(64 + SIZE * words * 4), producer: 0, consumer: 16, flags: 32, entries: 64 },
  ...{ size: SIZE, words },
})
const numbers = ({ memory }: RingPlace): Int32Array => new Int32Array(memory)
const [PRODUCER, CONSUMER, FLAGS] = [0, 4, 8] as const

describe('a ring', () => {
  it('that is written is read in order by who reads by the same numbers, time and again', () => {
    const shared = place(2)
    const [writer, reader] = [new WrittenRing(shared), new ReadRing(shared)]
    let wrote = 0
    let read = 0
    for (const count of [1, 5, 8, 3, 7, 8, 2]) {
      for (let i = 0; i < count; i++) writer.entries[writer.at(i)] = ++wrote
      expect(reader.waiting).toBe(0)
      writer.produce(count)
      expect([writer.waiting, reader.waiting]).toEqual([count, count])
      for (let i = 0; i < count; i++) expect(reader.entries[reader.at(i)]).toBe(++read)
      reader.consume(count)
    }
    expect([...numbers(shared)].filter((_, i) => i === PRODUCER || i === CONSUMER)).toEqual([wrote, read])
  })

  it('goes on where its numbers begin anew, at 2^32 and at 2^31', () => {
    for (const start of [-3, 2 ** 31 - 3]) {
      const shared = place(4)
      const [writer, reader] = [new WrittenRing(shared), new ReadRing(shared)]
      writer.produce(start)
      reader.consume(start)
      const places = [0, 1, 2, 3, 4, 5, 6, 7].map(i => writer.at(i))
      expect(places.map(place => place / 4)).toEqual([5, 6, 7, 0, 1, 2, 3, 4])
      writer.produce(6)
      expect(reader.waiting).toBe(6)
      reader.consume(6)
      expect(numbers(shared)[CONSUMER]).toBe((start + 6) | 0)
      expect(reader.waiting).toBe(0)
    }
  })

  it('entries of four words lie four words apart, and the last is followed by the first', () => {
    const ring = new WrittenRing(place(4))
    expect([0, 1, 7, 8, 9].map(i => ring.at(i))).toEqual([0, 4, 28, 0, 4])
    ring.produce(3)
    expect([0, 5].map(i => ring.at(i))).toEqual([12, 0])
  })

  it('tells when the kernel wants to be called', () => {
    const shared = place(2)
    const ring = new WrittenRing(shared)
    expect(ring.needsWakeup).toBe(false)
    numbers(shared)[FLAGS] = 1
    expect(ring.needsWakeup).toBe(true)
    numbers(shared)[FLAGS] = 2
    expect(ring.needsWakeup).toBe(false)
  })
})
