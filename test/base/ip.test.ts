import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { familyOf, formatAddress, high32, low32, parseAddress } from '../../src/base/ip.ts'

const SEED = 20260101
const octets = (count: number) => fc.uint8Array({ minLength: count, maxLength: count })
const isMapped = (bytes: Uint8Array) =>
  bytes.slice(0, 10).every(octet => octet === 0) && bytes[10] === 255 && bytes[11] === 255

describe('addresses', () => {
  it('survive being written and read, in both families', () => {
    const any = fc.oneof(
      octets(4),
      octets(16).filter(bytes => !isMapped(bytes)),
    )
    fc.assert(
      fc.property(any, bytes => {
        expect(parseAddress(formatAddress(bytes))).toEqual(bytes)
      }),
      { seed: SEED, numRuns: 2000 },
    )
  })

  it('survive with runs of zero groups in any place', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
      minLength: 8,
      maxLength: 8,
    })
    fc.assert(
      fc.property(groups, values => {
        const bytes = Uint8Array.from(values.flatMap(value => [value >> 8, value & 255]))
        const text = formatAddress(bytes)
        expect(isIP(text)).toBe(6)
        if (!isMapped(bytes)) expect(parseAddress(text)).toEqual(bytes)
        expect(parseAddress(values.map(value => value.toString(16).padStart(4, '0')).join(':'))).toEqual(
          isMapped(bytes) ? bytes.slice(12) : bytes,
        )
      }),
      { seed: SEED, numRuns: 2000 },
    )
  })

  it('are what Node takes for addresses, zones and IPv4 in hexadecimal groups aside', () => {
    const alphabet = fc.constantFrom(
      '0',
      '1',
      '9',
      'a',
      'F',
      ':',
      '::',
      '.',
      '255',
      '256',
      '00',
      '1.2.3.4',
      'g',
      ' ',
      '/',
    )
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 12 }), parts => {
        const text = parts.join('')
        expect(parseAddress(text) !== null, text).toBe(isIP(text) !== 0)
      }),
      { seed: SEED, numRuns: 20_000 },
    )
  })

  it.each([
    '264.8.8.8',
    '8.8.8',
    '8.8.8.8.8',
    '08.8.8.8',
    '8.8.8.8 ',
    '',
    '::1%eth0',
    ':::',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7:8::',
  ])('rejects %j', text => {
    expect(parseAddress(text)).toBeNull()
  })

  it('RFC 4291 section 2.5.5.2: an IPv4-mapped address is the IPv4 address', () => {
    expect(parseAddress('::ffff:192.0.2.1')).toEqual(Uint8Array.of(192, 0, 2, 1))
    expect(parseAddress('::FFFF:c000:0201')).toEqual(Uint8Array.of(192, 0, 2, 1))
    expect(familyOf(parseAddress('::fffe:192.0.2.1')!)).toBe(6)
  })

  it.each([
    ['2001:0db8:0000:0000:0000:0000:0002:0001', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::', '2001:db8::'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:0:0:0:0:0', '1::'],
  ])('RFC 5952 section 4: %s is written %s', (given, written) => {
    expect(formatAddress(parseAddress(given)!)).toBe(written)
  })

  it('gives the first eight octets as two unsigned words', () => {
    fc.assert(
      fc.property(octets(16), bytes => {
        const view = new DataView(bytes.buffer, bytes.byteOffset)
        expect([high32(bytes), low32(bytes)]).toEqual([view.getUint32(0), view.getUint32(4)])
      }),
      { seed: SEED },
    )
    expect([high32(Uint8Array.of(255, 0, 0, 1)), low32(Uint8Array.of(255, 0, 0, 1))]).toEqual([0xff000001, 0])
  })
})
