import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { joinResolvers, MOST_RESOLVERS } from '../../src/model/resolver.ts'
import { MAX_RESOLVERS_OCTETS, packResolvers, readResolvers } from '../../src/model/resolver-text.ts'

const at = millis(1_764_000_000_000)
const LIST = {
  at,
  rows: [
    { address: '168.126.63.1', qps: 12.5 },
    { address: '2001:db8::1', qps: 0.001 },
  ],
}

describe('a list as text', () => {
  it('is read as it was written', () => {
    const text = 'resolvers 1764000000000\n168.126.63.1 12.5\n2001:db8::1 0.001'
    expect(packResolvers(LIST)).toBe(text)
    expect(readResolvers(text)).toEqual(LIST)
  })

  it('of ten thousand long addresses fits', () => {
    const rows = Array.from({ length: MOST_RESOLVERS }, (_, i) => ({
      address: `ffff:ffff:ffff:ffff:ffff:ffff:ffff:${(0x1000 + i).toString(16)}`,
      qps: 12345.6 + i,
    }))
    const text = packResolvers({ at, rows })
    expect(text.length).toBeLessThan(MAX_RESOLVERS_OCTETS)
    expect(readResolvers(text)?.rows).toHaveLength(MOST_RESOLVERS)
    expect(readResolvers(`${text}\n1.2.3.4 1`)).toBeNull()
  })

  it.each([
    ['nothing', ''],
    ['another text', 'table 1 2 3'],
    ['no moment', 'resolvers x\n1.2.3.4 1'],
    ['a name', 'resolvers 1\nlocalhost 1'],
    ['a prefix', 'resolvers 1\n1.2.3.0/24 1'],
    ['no rate', 'resolvers 1\n1.2.3.4'],
    ['a rate of nobody', 'resolvers 1\n1.2.3.4 0'],
    ['a negative rate', 'resolvers 1\n1.2.3.4 -1'],
    ['a rate beyond measure', 'resolvers 1\n1.2.3.4 9999999999999'],
    ['a word too many', 'resolvers 1\n1.2.3.4 1 r'],
    ['an address twice', 'resolvers 1\n1.2.3.4 1\n::ffff:1.2.3.4 1'],
    ['an empty line', 'resolvers 1\n\n1.2.3.4 1'],
  ])('with %s is none', (_what, text) => expect(readResolvers(text)).toBeNull())

  it('never throws', () => {
    const word = fc.constantFrom('resolvers ', '1', '\n', '1.2.3.4', ' ', '::', 'e9', '.')
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), words => {
        const list = readResolvers(words.join(''))
        if (list !== null) expect(readResolvers(packResolvers(list))).toEqual(list)
      }),
      { seed: 20261121, numRuns: 2000 },
    )
  })
})

it('lists of several nameservers become one, heaviest first', () => {
  const other = {
    at,
    rows: [
      { address: '2001:db8::1', qps: 100 },
      { address: '9.9.9.9', qps: 12.5 },
    ],
  }
  expect(joinResolvers([LIST, other], 3)).toEqual([
    { address: '2001:db8::1', qps: 100.001 },
    { address: '168.126.63.1', qps: 12.5 },
    { address: '9.9.9.9', qps: 12.5 },
  ])
  expect(joinResolvers([LIST, other], 1)).toHaveLength(1)
})
