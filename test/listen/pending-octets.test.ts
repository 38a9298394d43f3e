import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PendingOctets } from '../../src/listen/pending-octets.ts'

const SEED = 20_260_102

describe('PendingOctets', () => {
  it(`gives back what was appended, in order, whatever is dropped in between (seed ${SEED})`, () => {
    const step = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }).map(chunk => ({ append: chunk, drop: 0 })),
      fc.double({ min: 0, max: 1, noNaN: true }).map(share => ({ append: null, drop: share })),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const pending = new PendingOctets()
        let expected = Buffer.alloc(0)
        for (const { append, drop } of steps) {
          if (append !== null) {
            pending.append(append)
            expected = Buffer.concat([expected, append])
          } else {
            const octets = Math.floor(drop * expected.length)
            pending.drop(octets)
            expected = expected.subarray(octets)
          }
          expect(pending.length).toBe(expected.length)
          expect(Buffer.compare(pending.view(), expected)).toBe(0)
        }
      }),
      { seed: SEED, numRuns: 200 },
    )
  })

  it('holds little for the start of a message, and nothing when nothing waits', () => {
    const pending = new PendingOctets()
    pending.append(Buffer.from([255, 255]))
    expect(pending.held).toBeLessThanOrEqual(512)
    pending.append(Buffer.alloc(4998))
    expect(pending.held).toBeGreaterThanOrEqual(5000)
    pending.drop(5000)
    expect(pending.held).toBe(0)
  })
})
