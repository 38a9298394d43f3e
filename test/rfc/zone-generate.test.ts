// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the notation of $GENERATE
import { describe, expect, it } from 'vitest'
import { printZone } from '../../src/zone/print.ts'
import { problemsOf, zoneOf } from '../zone/zone-world.ts'

const HEAD = '$ORIGIN e.\n$TTL 300\n@ SOA ns. host. 1 2 3 4 5\n@ NS ns.\n'

/** What the lines add to a sound zone `e.`, as owner TTL TYPE data. */
const added = (lines: string): string[] =>
  printZone(zoneOf(HEAD + lines))
    .trim()
    .split('\n')
    .filter(line => !/\tIN\t(SOA|NS)\t/.test(line) || !line.startsWith('e.\t'))
    .map(line => line.replace('\tIN', '').replaceAll('\t', ' '))

describe('$GENERATE, as the BIND 9 Administrator Reference Manual has it', () => {
  it.each([
    [
      'counts, both ends included',
      '$GENERATE 9-11 h$ A 192.0.2.$',
      ['h10', 'h11', 'h9'].map(h => `${h}.e. 300 A 192.0.2.${h.slice(1)}`),
    ],
    ['in steps', '$GENERATE 1-6/2 h$ A 192.0.2.$', [1, 3, 5].map(n => `h${n}.e. 300 A 192.0.2.${n}`)],
    [
      'with TTL and class in either order',
      '$GENERATE 1-1 a 60 IN A 192.0.2.$\n$GENERATE 1-1 b IN 1m A 192.0.2.$',
      ['a.e. 60 A 192.0.2.1', 'b.e. 60 A 192.0.2.1'],
    ],
    ['once more than one number', '$GENERATE 7-7 $.x$ CNAME $.$.y', ['7.x7.e. 300 CNAME 7.7.y.e.']],
    ['an offset, below zero too', '$GENERATE 5-5 a${10}b${-5}c${+1} A 192.0.2.1', ['a15b0c6.e. 300 A 192.0.2.1']],
    ['a width', '$GENERATE 5-5 a${0,3}b${-10,4} A 192.0.2.1', ['a005b-005.e. 300 A 192.0.2.1']],
    ['base d', '$GENERATE 300-300 a${0,0,d} A 192.0.2.1', ['a300.e. 300 A 192.0.2.1']],
    ['base o', '$GENERATE 8-8 a${0,4,o} A 192.0.2.1', ['a0010.e. 300 A 192.0.2.1']],
    ['base x', '$GENERATE 171-171 a TXT ${0,4,x}', ['a.e. 300 TXT "00ab"']],
    ['base X', '$GENERATE 171-171 a TXT ${0,0,X}', ['a.e. 300 TXT "AB"']],
    ['base n: nibbles, the lowest first', '$GENERATE 300-300 a TXT ${0,0,n}', ['a.e. 300 TXT "c.2.1"']],
    ['base N, the width counts the dots', '$GENERATE 300-300 a TXT ${0,7,N}', ['a.e. 300 TXT "C.2.1.0"']],
    ['base n, an even width ends with a dot', '$GENERATE 300-300 a TXT ${0,8,n}z', ['a.e. 300 TXT "c.2.1.0.z"']],
    ['a dollar as it is', '$GENERATE 1-1 a$$b\\$c TXT \\$$$', ['a\\$b\\$c.e. 300 TXT "$$"']],
    ['other escapes', '$GENERATE 1-1 a\\.$\\065 TXT \\;$\\"', ['a\\.1a.e. 300 TXT ";1\\""']],
    [
      'data of several words between quotes',
      '$GENERATE 1-2 @ MX "$0 mail$"',
      ['e. 300 MX 10 mail1.e.', 'e. 300 MX 20 mail2.e.'],
    ],
    ['quotes within quotes', '$GENERATE 1-1 a TXT "\\"x $\\" y\\032$"', ['a.e. 300 TXT "x 1" "y 1"']],
    ['between parentheses', '$GENERATE ( 1-1 ; from to\n a A\n 192.0.2.$ )', ['a.e. 300 A 192.0.2.1']],
    ['an owner that is relative to the origin', '$ORIGIN sub\n$GENERATE 1-1 $ PTR h$', ['1.sub.e. 300 PTR h1.sub.e.']],
    [
      'nothing of it stays: the owner before it goes on',
      'a TXT 1\n$GENERATE 1-1 b TXT 1\n  TXT 2',
      ['a.e. 300 TXT "1"', 'a.e. 300 TXT "2"', 'b.e. 300 TXT "1"'],
    ],
    [
      'the last number there is',
      '$GENERATE 2147483646-2147483647 a TXT $',
      ['a.e. 300 TXT "2147483646"', 'a.e. 300 TXT "2147483647"'],
    ],
  ])('%s', (_, lines, records) => {
    expect(added(lines)).toEqual(records)
  })

  it('reads data as of any type, in RFC 3597 form too', () => {
    expect(added('$GENERATE 1-1 a TYPE65280 "\\# 1 ${0,2,X}"')).toEqual(['a.e. 300 TYPE65280 \\# 1 01'])
  })

  it('makes a /16 in reverse', () => {
    const zone = zoneOf(`${HEAD}$GENERATE 0-65535 $ PTR host-\${0,5}.example.net.\n`)
    expect(zone.records).toBe(2 + 65536)
  })
})

describe('what $GENERATE refuses, and where', () => {
  it.each([
    ['$GENERATE', '5:10: $GENERATE wants an argument'],
    ['$GENERATE 2-1 a A 192.0.2.$', /^5:11: \$GENERATE range "2-1" is not start-stop or start-stop\/step/],
    ['$GENERATE 1-2/0 a A 192.0.2.$', /^5:11: \$GENERATE range "1-2\/0" is not/],
    ['$GENERATE 1-2147483648 a A 192.0.2.$', /^5:11: \$GENERATE range/],
    ['$GENERATE 1-2', '5:14: $GENERATE ends before its owner; legal is: range owner [ttl] [IN] type data'],
    ['$GENERATE 1-2 a', /^5:16: a record without a type/],
    ['$GENERATE 1-2 a CH A 192.0.2.$', '5:17: class CH; legal is only IN'],
    ['$GENERATE 1-2 a ANY 192.0.2.$', /^5:17: ANY is no type of data/],
    ['$GENERATE 1-2 a SOA "a. b. 1 2 3 4 5"', '5:17: $GENERATE makes no SOA; a zone has exactly one'],
    ['$GENERATE 1-2 a A', '5:18: $GENERATE ends before its data'],
    ['$GENERATE 1-2 a MX 10 mail$', /^5:20: \$GENERATE at 1: MX ends before its exchange/],
    ['$GENERATE 1-2 a A 192.0.2.$ x', '5:29: $GENERATE takes its data as one word; quote it'],
    ['$GENERATE 1-2 a TXT "open', /^5:21: a quoted string without its closing quote/],
    ['$GENERATE 1-2 a TXT "( $"', /^5:21: \$GENERATE at 1: a parenthesis that is never closed/],
    ['$GENERATE 254-300 a A 192.0.2.$', /^5:23: \$GENERATE at 256: A address "192.0.2.256" is not an IPv4 address/],
    ['$GENERATE 1-2 a..$ A 192.0.2.$', /^5:22: \$GENERATE at 1: owner name "a..1" has an empty label/],
    ['$GENERATE 1-2 a$.f. A 192.0.2.$', '5:23: $GENERATE at 1: a1.f. lies outside the zone e.'],
    ['$GENERATE 1-2 ${1 A 192.0.2.$', /^5:15: \$GENERATE owner "\$\{1" is not \$\{offset,width,base\}/],
    ['$GENERATE 1-2 ${1,2,q} A 192.0.2.$', /width is 0 to 127, base one of d o x X n N$/],
    ['$GENERATE 1-2 ${1,128} A 192.0.2.$', /^5:15: \$GENERATE owner/],
    ['$GENERATE 1-2 a A ${}', /^5:19: \$GENERATE data "\$\{\}" is not/],
    ['$GENERATE 1-2 a${0,90} A 192.0.2.$', /has a label of more than 63 octets$/],
    ['$GENERATE 1-2 a${-5,0,x} A 192.0.2.$', /at 1: a number below 0, legal only in base d/],
    ['$GENERATE 1-1048577 a A 192.0.2.$', '5:11: $GENERATE of more than 1048576 records in one zone'],
  ])('%s', (line, problem) => {
    const [first] = problemsOf(`${HEAD}${line}\n`)
    if (typeof problem === 'string') expect(first).toBe(problem)
    else expect(first).toMatch(problem)
  })

  it('counts the records of all its lines together', () => {
    const problems = problemsOf(`${HEAD}$GENERATE 1-3 a TXT $\n$GENERATE 1-1048574 a TXT x\n`)
    expect(problems[0]).toBe('6:11: $GENERATE of more than 1048576 records in one zone')
  })

  it('counts the characters too', () => {
    const problems = problemsOf(`${HEAD}$GENERATE 1-1048576 a TYPE65280 "\\# 1000 ${'AB'.repeat(1000)}"\n`)
    expect(problems[0]).toMatch(/^5:33: \$GENERATE at 66[0-9]{3}: more than 134217728 characters in one zone$/)
  })

  it('a problem of generated data is told at the line that makes them', () => {
    expect(problemsOf(`${HEAD}\n$GENERATE 1-2 a CNAME t$\n`)).toEqual([
      '6:17: a.e. CNAME has more than one target; legal is one',
    ])
  })
})
