import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { familyOf, formatAddress, parseAddress, wordOf } from '../../src/base/ip.ts'
import { newPeer, readPeer } from '../../src/base/peer.ts'

const peer = newPeer()

describe('readPeer', () => {
  it('reads what parseAddress reads, to the same words', () => {
    const octets = fc.uint8Array({ minLength: 4, maxLength: 4 })
    const six = fc.uint8Array({ minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(fc.oneof(octets, six), bytes => {
        const text = formatAddress(bytes)
        const address = parseAddress(text)!
        expect(readPeer(text, peer)).toBe(true)
        expect(peer).toEqual({
          family: familyOf(address),
          hi: wordOf(address, 0),
          lo: wordOf(address, 1),
          hostHi: wordOf(address, 2),
          hostLo: wordOf(address, 3),
          port: 0,
        })
      }),
      { seed: 3, numRuns: 2000 },
    )
  })

  it('drops the zone of a link-local address and unwraps mapped ones', () => {
    expect(readPeer('fe80::1:2%eth0', peer)).toBe(true)
    expect(peer).toEqual({ family: 6, hi: 0xfe800000, lo: 0, hostHi: 0, hostLo: 0x10002, port: 0 })
    expect(readPeer('::ffff:192.0.2.1', peer)).toBe(true)
    expect(peer).toEqual({ family: 4, hi: 0xc0000201, lo: 0, hostHi: 0, hostLo: 0, port: 0 })
  })

  it('says no to what is no address, and leaves nothing of it', () => {
    for (const text of [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '256.1.1.1',
      '1.2..3',
      'a.b.c.d',
      '1::2::3',
      'localhost',
    ]) {
      expect(readPeer(text, peer), text).toBe(false)
      expect(peer).toEqual({ family: 4, hi: 0, lo: 0, hostHi: 0, hostLo: 0, port: 0 })
    }
  })
})
