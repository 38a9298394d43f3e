import { expect, it } from 'vitest'
import { formatProblem } from '../../src/base/problem.ts'
import { parseOptOut } from '../../src/probe/opt-out.ts'

it('reads addresses, prefixes and comments', () => {
  const text = '# asked on 2 June\n192.0.2.1\n 198.51.100.0/24  # all of it\r\n\n2001:db8::/32\n'
  expect(parseOptOut(text, 'f')).toEqual({ texts: ['192.0.2.1', '198.51.100.0/24', '2001:db8::/32'], problems: [] })
})

it('names every bad line with its place, its value and what is legal', () => {
  expect(
    parseOptOut('1.2.3\n  dns.example\n1.2.3.4/33\n::/129\n1.2.3.0/24/1\n', 'f').problems.map(formatProblem),
  ).toEqual(
    [
      ['1:1', '1.2.3'],
      ['2:3', 'dns.example'],
      ['3:1', '1.2.3.4/33'],
      ['4:1', '::/129'],
      ['5:1', '1.2.3.0/24/1'],
    ].map(
      ([at, word]) => `f:${at}: "${word}" is no address and no prefix; write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32`,
    ),
  )
})
