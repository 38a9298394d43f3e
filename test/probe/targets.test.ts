import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatPrefix } from '../../src/base/prefix.ts'
import { formatProblem } from '../../src/base/problem.ts'
import { parseTargets } from '../../src/probe/targets.ts'

describe('the targets file', () => {
  it('reads addresses, ports, blocks and comments', () => {
    const text =
      '# resolvers\n168.126.63.1\n127.0.0.1:5301 198.51.100.0/24  # lab\n2001:db8::1\n[2001:db8::2]:5353 2001:db8:5::/48\r\n\n'
    const { targets, problems } = parseTargets(text, 'targets.txt', 53)
    expect(problems).toEqual([])
    expect(targets.map(target => [target.address, target.port, formatPrefix(target.prefix)])).toEqual([
      ['168.126.63.1', 53, '168.126.63.0/24'],
      ['127.0.0.1', 5301, '198.51.100.0/24'],
      ['2001:db8::1', 53, '2001:db8::/56'],
      ['2001:db8::2', 5353, '2001:db8:5::/48'],
    ])
  })

  it('names every bad line with its place, its value and what is legal', () => {
    const { problems } = parseTargets(
      'one.one.one.one\n1.1.1.1 1.1.1.1/32\n1.1.1.1:99999\n1.1.1.1 1.1.1.0/24 huh\n',
      't',
      53,
    )
    expect(problems.map(formatProblem)).toEqual([
      't:1:1: "one.one.one.one" is no resolver; write 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or [2001:db8::1]:5353',
      't:2:9: "1.1.1.1/32" is no client block; write a prefix of at most /24 or /56, such as 198.51.100.0/24',
      't:3:1: "1.1.1.1:99999" is no resolver; write 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or [2001:db8::1]:5353',
      't:4:20: "huh" is too much; a line is `resolver [prefix]`',
    ])
  })

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => {
        const { targets, problems } = parseTargets(text, 't', 53)
        expect(targets.length + problems.length).toBeLessThanOrEqual(text.split(/\r?\n/).length + 1)
      }),
      { seed: 20261121, numRuns: 2000 },
    )
  })
})
