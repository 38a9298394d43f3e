import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressSet } from '../../src/base/address-set.ts'
import { formatAddress } from '../../src/base/ip.ts'
import { newPeer, readPeer } from '../../src/base/peer.ts'

const has = (texts: readonly string[], address: string): boolean => {
  const peer = newPeer()
  if (!readPeer(address, peer)) throw new Error(`not an address: ${address}`)
  return new AddressSet(texts).has(peer)
}

describe('an address set', () => {
  it.each<[string, string, string[], string[]]>([
    ['an IPv4 address', '192.0.2.7', ['192.0.2.7', '::ffff:192.0.2.7'], ['192.0.2.6', '192.0.2.8', '::c000:207']],
    ['an IPv4 prefix', '192.0.2.128/25', ['192.0.2.128', '192.0.2.255'], ['192.0.2.127', '192.0.3.0']],
    ['all of IPv4', '0.0.0.0/0', ['0.0.0.0', '255.255.255.255'], ['::', '2001:db8::']],
    ['an IPv6 address', '2001:db8::7', ['2001:db8::7'], ['2001:db8::6', '2001:db8::8', '2001:db8:0:0:1::7']],
    ['half a host', '2001:db8::8000:0:0:0/65', ['2001:db8::ffff:ffff:ffff:ffff'], ['2001:db8::7fff:ffff:ffff:ffff']],
    ['a /96', '64:ff9b::/96', ['64:ff9b::c000:201'], ['64:ff9b::1:0:0', '64:ff9a:ffff::']],
    ['all of IPv6', '::/0', ['::', 'ffff::1'], ['192.0.2.1', '::ffff:192.0.2.1']],
    ['the IPv4-mapped form', '::ffff:192.0.2.0/120', ['192.0.2.255'], ['192.0.3.0', '::192.0.2.1']],
    ['bits past the length', '127.9.9.9/8', ['127.0.0.1', '127.255.255.255'], ['126.255.255.255', '128.0.0.0']],
  ])('%s: %s', (_name, text, inside, outside) => {
    for (const address of inside) expect(has([text], address), address).toBe(true)
    for (const address of outside) expect(has([text], address), address).toBe(false)
  })

  it('is empty without entries, and of what is no address', () => {
    const texts = [
      '',
      'x',
      '1.2.3',
      '1.2.3.4/33',
      '1.2.3.4/',
      '1.2.3.4/8/8',
      '::/129',
      '::ffff:1.2.3.4/95',
      '1.2.3.4/-1',
    ]
    for (const address of ['0.0.0.0', '1.2.3.4', '::', '::1']) {
      expect(has([], address)).toBe(false)
      expect(has(texts, address)).toBe(false)
    }
  })

  it('a prefix inside another hides nothing of it', () => {
    const texts = ['10.1.0.0/16', '10.0.0.0/8', '10.1.2.3', '10.0.0.0/8', '10.255.0.0/16']
    for (const address of ['10.0.0.0', '10.1.2.4', '10.2.0.0', '10.255.255.255']) expect(has(texts, address)).toBe(true)
    expect(has(texts, '11.0.0.0')).toBe(false)
  })

  it('agrees with prefixes compared bit by bit', () => {
    // Few distinct octets, so that prefixes nest, touch and hold the addresses asked for.
    const octet = fc.constantFrom(0, 1, 127, 128, 255)
    const address = fc.oneof(
      fc.array(octet, { minLength: 4, maxLength: 4 }),
      fc.array(octet, { minLength: 15, maxLength: 15 }).map(rest => [0x20, ...rest]),
    )
    const prefix = fc
      .tuple(address, fc.nat(128))
      .map(([octets, n]) => ({ octets, length: n % (octets.length * 8 + 1) }))
    const text = (octets: readonly number[]) => formatAddress(Uint8Array.from(octets))
    const bits = (octets: readonly number[]) => octets.map(value => value.toString(2).padStart(8, '0')).join('')
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 12 }), fc.array(address, { minLength: 20 }), (prefixes, asked) => {
        const texts = prefixes.map(({ octets, length }) => `${text(octets)}/${length}`)
        for (const octets of [...asked, ...prefixes.map(({ octets }) => octets)]) {
          const holds = prefixes.some(
            p => p.octets.length === octets.length && bits(octets).startsWith(bits(p.octets).slice(0, p.length)),
          )
          expect(has(texts, text(octets)), `${text(octets)} in ${texts}`).toBe(holds)
        }
      }),
      { seed: 7, numRuns: 500 },
    )
  })
})
