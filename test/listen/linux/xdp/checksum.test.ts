import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checksumFor, copySumming, folded, sumOf, swapped } from '../../../../src/listen/linux/xdp/checksum.ts'

/** RFC 1071 section 1 to the letter: words high octet first, carries added back at once, an odd octet padded. */
function plainly(octets: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < octets.length; i += 2) {
    sum += octets[i]! * 256 + (octets[i + 1] ?? 0)
    if (sum > 0xffff) sum -= 0xffff
  }
  return sum
}

const viewOf = (octets: Uint8Array): DataView => new DataView(octets.buffer, octets.byteOffset, octets.length)
const anyOctets = fc.uint8Array({ maxLength: 1600 })

describe('the Internet checksum', () => {
  it('of RFC 1071 section 3', () => {
    expect(swapped(folded(sumOf(viewOf(Uint8Array.of(0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7)), 0, 8)))).toBe(0xddf2)
  })

  it('is the one that is computed to the letter', () => {
    fc.assert(
      fc.property(anyOctets, octets => {
        expect(swapped(folded(sumOf(viewOf(octets), 0, octets.length)))).toBe(plainly(octets))
      }),
    )
  })

  it('copies what it sums, and nothing else', () => {
    fc.assert(
      fc.property(anyOctets, fc.nat(7), fc.nat(7), (octets, at, start) => {
        const from = new Uint8Array(at + octets.length + 8).fill(0xaa)
        from.set(octets, at)
        const to = new Uint8Array(start + octets.length + 8).fill(0x55)
        const expected = to.slice()
        expected.set(octets, start)
        const sum = copySumming(viewOf(from), at, viewOf(to), start, octets.length)
        expect(to).toEqual(expected)
        expect(sum).toBe(sumOf(viewOf(octets), 0, octets.length))
      }),
    )
  })

  it('written low octet first makes the whole right', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 1600 }), octets => {
        const view = viewOf(octets)
        view.setUint16(2, 0)
        view.setUint16(2, checksumFor(sumOf(view, 0, octets.length)), true)
        expect(plainly(octets) % 0xffff).toBe(0)
      }),
    )
  })
})
