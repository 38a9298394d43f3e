import { describe, expect, it } from 'vitest'
import { CRASH_RING_BYTES, CrashRing } from '../../src/worker/crash-ring.ts'

const message = (n: number) => new Uint8Array([n >> 8, n & 255, 7])

describe('the ring of last messages', () => {
  it('knows the message a worker died in, seen from another view of the memory', () => {
    const memory = new SharedArrayBuffer(CRASH_RING_BYTES)
    const ring = new CrashRing(memory)
    ring.begin(message(1), 3)
    ring.end()
    expect(new CrashRing(memory).unfinished()).toBeNull()
    ring.begin(message(2), 3)
    expect(new CrashRing(memory).unfinished()).toEqual(message(2))
  })

  it('keeps the last 64, oldest first', () => {
    const ring = new CrashRing(new SharedArrayBuffer(CRASH_RING_BYTES))
    for (let n = 0; n < 100; n++) {
      ring.begin(message(n), 3)
      ring.end()
    }
    expect(ring.messages()).toEqual(Array.from({ length: 64 }, (_, i) => message(36 + i)))
  })

  it('keeps messages of every length, inside a larger buffer or not', () => {
    const ring = new CrashRing(new SharedArrayBuffer(CRASH_RING_BYTES))
    const buffer = Uint8Array.from({ length: 80 }, (_, i) => 200 + i)
    for (let length = 1; length <= 64; length++) ring.begin(length % 2 === 0 ? buffer : buffer.slice(0, length), length)
    expect(ring.messages()).toEqual(Array.from({ length: 64 }, (_, i) => buffer.slice(0, i + 1)))
  })

  it('cuts a message longer than its slot', () => {
    const ring = new CrashRing(new SharedArrayBuffer(CRASH_RING_BYTES))
    ring.begin(new Uint8Array(5000).fill(9), 5000)
    expect(ring.unfinished()).toHaveLength(CrashRing.keptOctets)
  })
})
