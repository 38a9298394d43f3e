import { describe, expect, it } from 'vitest'
import { copyOctets, newOctets, Octets, viewOf } from '../../src/base/octets.ts'

describe('octets', () => {
  it('have a view of the same memory, made once', () => {
    const memory = new ArrayBuffer(32)
    const octets = new Octets(memory, 8, 4)
    octets.view.setUint32(0, 0x01020304)
    expect([...octets]).toEqual([1, 2, 3, 4])
    expect([...new Uint8Array(memory, 6, 8)]).toEqual([0, 0, 1, 2, 3, 4, 0, 0])
    expect(viewOf(octets)).toBe(octets.view)
    expect(() => octets.view.getUint8(4)).toThrow(RangeError)
  })

  it('of any other octets there is a view as well', () => {
    const plain = Uint8Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5)
    expect(viewOf(plain).getUint32(0)).toBe(0x01020304)
    expect(viewOf(plain).byteLength).toBe(4)
    expect(viewOf(Buffer.from([5, 6])).getUint16(0)).toBe(0x0506)
  })

  it('give plain octets when they are cut', () => {
    const octets = newOctets(8)
    octets.set([1, 2, 3, 4])
    expect(octets.slice(0, 3)).toEqual(Uint8Array.of(1, 2, 3))
    expect(octets.subarray(1, 3).constructor).toBe(Uint8Array)
  })

  it('are copied from anywhere to anywhere, and nothing beside them', () => {
    const from = newOctets(64)
    from.forEach((_, i) => {
      from[i] = i + 1
    })
    for (let at = 0; at < 5; at++)
      for (let start = 0; start < 5; start++)
        for (let count = 0; count < 23; count++) {
          const to = newOctets(32).fill(0xee)
          copyOctets(from.view, at, to.view, start, count)
          const expected = new Uint8Array(32).fill(0xee)
          expected.set(from.slice(at, at + count), start)
          expect(Buffer.compare(to, expected), `${at} ${start} ${count}`).toBe(0)
        }
    // To the very end of both.
    const [source, target] = [newOctets(7).fill(3), newOctets(7)]
    copyOctets(source.view, 0, target.view, 0, 7)
    expect([...target]).toEqual([3, 3, 3, 3, 3, 3, 3])
  })
})
