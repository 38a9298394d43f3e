import { describe, expect, it } from 'vitest'
import { parseZoneText } from '../../src/zone/master-file.ts'
import { printZone } from '../../src/zone/print.ts'
import { name, problemsOf, zoneOf } from '../zone/zone-world.ts'

const HEAD = '$ORIGIN example.\n$TTL 300\n@ SOA ns. host. 1 2 3 4 5\n@ NS ns.\n'
const HEAD_PRINTED = ['example.\t300\tIN\tSOA\tns. host. 1 2 3 4 5', 'example.\t300\tIN\tNS\tns.']

/** What the lines add to a sound zone `example.`, in normal form. */
function added(lines: string, head = HEAD): string[] {
  const printed = printZone(zoneOf(head + lines))
    .trim()
    .split('\n')
  return printed.filter(line => !HEAD_PRINTED.includes(line)).map(line => line.replaceAll('\t', ' '))
}

describe('RFC 1035 section 5.1: the format of entries', () => {
  it('reads the example of section 5.3, dates and all', () => {
    const text = `
@   IN  SOA     VENERA      Action\\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        NS      VAXA
        MX      10      VENERA
        MX      20      VAXA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32

VAXA    A       10.2.0.27
        A       128.9.0.33
`
    // The section's own first line has no TTL: it is the SOA's MINIMUM, as it was in 1987.
    expect(printZone(zoneOf(text, 'isi.edu.'))).toBe(
      [
        'isi.edu.\t60\tIN\tSOA\tvenera.isi.edu. action\\.domains.isi.edu. 20 7200 600 3600000 60',
        'isi.edu.\t60\tIN\tNS\ta.isi.edu.',
        'isi.edu.\t60\tIN\tNS\tvaxa.isi.edu.',
        'isi.edu.\t60\tIN\tNS\tvenera.isi.edu.',
        'isi.edu.\t60\tIN\tMX\t10 venera.isi.edu.',
        'isi.edu.\t60\tIN\tMX\t20 vaxa.isi.edu.',
        'a.isi.edu.\t60\tIN\tA\t26.3.0.103',
        'vaxa.isi.edu.\t60\tIN\tA\t10.2.0.27',
        'vaxa.isi.edu.\t60\tIN\tA\t128.9.0.33',
        'venera.isi.edu.\t60\tIN\tA\t10.1.0.52',
        'venera.isi.edu.\t60\tIN\tA\t128.9.0.32',
        '',
      ].join('\n'),
    )
  })

  it.each([
    [
      'ttl and class in either order',
      'a 60 IN A 1.1.1.1\nb IN 60 A 1.1.1.1\nc in a 1.1.1.1\nd 60 A 1.1.1.1\ne CLASS1 A 1.1.1.1',
      [
        'a.example. 60 IN A 1.1.1.1',
        'b.example. 60 IN A 1.1.1.1',
        'c.example. 300 IN A 1.1.1.1',
        'd.example. 60 IN A 1.1.1.1',
        'e.example. 300 IN A 1.1.1.1',
      ],
    ],
    [
      'a blank owner is the one before, over blank lines and comments',
      'a A 1.1.1.1\n\n; note\n \n  A 1.1.1.2',
      ['a.example. 300 IN A 1.1.1.1', 'a.example. 300 IN A 1.1.1.2'],
    ],
    [
      'parentheses join lines, comments in them end at the line',
      'a ( A ; no\n ) 1.1.1.1\nb TXT ( "x"\n"y" ) "z"',
      ['a.example. 300 IN A 1.1.1.1', 'b.example. 300 IN TXT "x" "y" "z"'],
    ],
    ['a parenthesis may stand first', '(a A\n1.1.1.1)', ['a.example. 300 IN A 1.1.1.1']],
    [
      'a semicolon between quotes or behind a backslash is no comment',
      'a TXT "x;y" x\\;y ; comment',
      ['a.example. 300 IN TXT "x;y" "x;y"'],
    ],
    ['parentheses between quotes or behind a backslash are text', 'a TXT "(" \\)', ['a.example. 300 IN TXT "(" ")"']],
    [
      '\\DDD and \\X in owners',
      'a\\.b\\046c A 1.1.1.1\n\\000\\@ A 1.1.1.1',
      ['\\000\\@.example. 300 IN A 1.1.1.1', 'a\\.b\\.c.example. 300 IN A 1.1.1.1'],
    ],
    [
      'CRLF and a last line without its end',
      'a A 1.1.1.1\r\n\r\n A 1.1.1.2\r\nb A 1.1.1.3',
      ['a.example. 300 IN A 1.1.1.1', 'a.example. 300 IN A 1.1.1.2', 'b.example. 300 IN A 1.1.1.3'],
    ],
    [
      'a quote begins a string of its own, blanks before it or not',
      'a TXT a="b c"d',
      ['a.example. 300 IN TXT "a=" "b c" "d"'],
    ],
    ['tabs', 'a\t\tA\t1.1.1.1', ['a.example. 300 IN A 1.1.1.1']],
    [
      'an owner that looks like a type',
      'MX MX 5 mx\nA A 1.1.1.1',
      ['a.example. 300 IN A 1.1.1.1', 'mx.example. 300 IN MX 5 mx.example.'],
    ],
    [
      'names in any case are one name',
      'WWW A 1.1.1.1\nwww.EXAMPLE. A 1.1.1.2',
      ['www.example. 300 IN A 1.1.1.1', 'www.example. 300 IN A 1.1.1.2'],
    ],
  ])('%s', (_, lines, printed) => {
    expect(added(lines)).toEqual(printed)
  })

  it('a byte order mark at the start is passed over', () => {
    expect(added('a A 1.1.1.1', `\u00ef\u00bb\u00bf${HEAD}`)).toEqual(['a.example. 300 IN A 1.1.1.1'])
    expect(added('a A 1.1.1.1', `\ufeff${HEAD}`)).toEqual(['a.example. 300 IN A 1.1.1.1'])
  })
})

describe('$ORIGIN and relative names', () => {
  it('changes what relative names and @ are completed with, itself relative to the last', () => {
    const lines = '$ORIGIN sub\n@ A 1.1.1.1\nx A 1.1.1.2\n$ORIGIN example.\ny A 1.1.1.3'
    expect(added(lines)).toEqual([
      'sub.example. 300 IN A 1.1.1.1',
      'x.sub.example. 300 IN A 1.1.1.2',
      'y.example. 300 IN A 1.1.1.3',
    ])
  })

  it('the zone is the configured one, else that of a SOA in front, else $ORIGIN', () => {
    const zone = (text: string, origin?: string) => printZone(zoneOf(text, origin)).split('\t')[0]
    expect(zone('@ 1 SOA a. b. 1 2 3 4 5\n@ 1 NS a.', 'one.example.')).toBe('one.example.')
    expect(zone('two.example. 1 SOA a. b. 1 2 3 4 5\ntwo.example. 1 NS a.')).toBe('two.example.')
    expect(zone('$ORIGIN example.\nthree 1 SOA a. b. 1 2 3 4 5\nthree 1 NS a.')).toBe('three.example.')
    expect(zone('$ORIGIN four.example.\n@ 1 NS a.\n@ 1 SOA a. b. 1 2 3 4 5')).toBe('four.example.')
  })

  it('a relative name with nothing to complete it is an error', () => {
    expect(problemsOf('www 60 A 1.1.1.1')).toEqual([
      '1:1: owner name "www" is relative and no origin is known; end it with a dot or put $ORIGIN before it',
    ])
  })
})

describe('TTLs: RFC 2308 section 4, RFC 1035 section 5.1', () => {
  it.each([
    [
      'units',
      'a 1h30m A 1.1.1.1\nb 1W2D3H4M5S A 1.1.1.1',
      ['a.example. 5400 IN A 1.1.1.1', 'b.example. 788645 IN A 1.1.1.1'],
    ],
    [
      '$TTL counts for what follows',
      '$TTL 10\na A 1.1.1.1\n$TTL 1m\nb A 1.1.1.1',
      ['a.example. 10 IN A 1.1.1.1', 'b.example. 60 IN A 1.1.1.1'],
    ],
    [
      '$TTL wins over the last one stated',
      'a 10 A 1.1.1.1\nb A 1.1.1.1',
      ['a.example. 10 IN A 1.1.1.1', 'b.example. 300 IN A 1.1.1.1'],
    ],
    ['0 is a TTL', 'a 0 A 1.1.1.1', ['a.example. 0 IN A 1.1.1.1']],
  ])('%s', (_, lines, printed) => {
    expect(added(lines)).toEqual(printed)
  })

  it('without $TTL the last one stated counts', () => {
    const text = 'e. 300 SOA ns. host. 1 2 3 4 5\ne. NS ns.\na.e. 10 A 1.1.1.1\nb.e. A 1.1.1.1\n'
    expect(printZone(zoneOf(text))).toContain('b.e.\t10\tIN\tA')
    expect(printZone(zoneOf(text))).toContain('e.\t300\tIN\tNS')
  })

  it('a SOA without any TTL takes its MINIMUM, with a warning', () => {
    expect(problemsOf('e. SOA ns. host. 1 2 3 4 5\ne. NS ns.\n')).toEqual([
      expect.stringMatching(/^1:\d+: warning: no TTL and no \$TTL: the SOA's MINIMUM, 5, is taken$/),
    ])
  })

  it.each(['2147483648', '1h30', '1x', '99999999999w', '1.5h'])('refuses %s', ttl => {
    expect(problemsOf(`${HEAD}a ${ttl} A 1.1.1.1`)).toEqual([
      expect.stringMatching(/^5:3: TTL ".*" is not a time from 0 to 2147483647/),
    ])
    expect(problemsOf(`${HEAD}$TTL ${ttl}`)).toEqual([expect.stringMatching(/^5:6: \$TTL ".*" is not a time/)])
  })
})

describe('$INCLUDE', () => {
  const read = (files: Record<string, string>, main: string) =>
    parseZoneText(HEAD + main, {
      file: 'zones/main.zone',
      readInclude: (path, from) => files[`${from} -> ${path}`] ?? null,
    })

  it('reads another file in place, with an origin of its own, and goes on with the old origin and owner', () => {
    const files = { 'zones/main.zone -> sub/a.inc': 'x A 1.1.1.1\n$ORIGIN other\ny A 1.1.1.2\n' }
    const { zone, problems } = read(files, 'w A 1.1.1.0\n$INCLUDE sub/a.inc inner\n  TXT "still w"\nz A 1.1.1.3\n')
    expect(problems).toEqual([])
    expect(printZone(zone!).split('\n').slice(2)).toEqual([
      'y.other.inner.example.\t300\tIN\tA\t1.1.1.2',
      'x.inner.example.\t300\tIN\tA\t1.1.1.1',
      'w.example.\t300\tIN\tA\t1.1.1.0',
      'w.example.\t300\tIN\tTXT\t"still w"',
      'z.example.\t300\tIN\tA\t1.1.1.3',
      '',
    ])
  })

  it('an included file is named in problems, and includes from its own folder', () => {
    const files = {
      'zones/main.zone -> "a b".inc': '',
      'zones/main.zone -> sub/a.inc': '$INCLUDE b.inc',
      'zones/sub/a.inc -> b.inc': 'x A 1\n',
    }
    const { zone, problems } = read(files, '$INCLUDE sub/a.inc')
    expect(zone).toBeNull()
    expect(problems).toEqual([
      { severity: 'error', file: 'zones/sub/b.inc', line: 1, column: 5, message: expect.stringMatching(/not an IPv4/) },
    ])
  })

  it('a file that cannot be read and a file that includes itself are errors', () => {
    const message = '$INCLUDE "gone" cannot be read; it is looked for from the folder of zones/main.zone'
    for (const line of ['$INCLUDE gone', '$INCLUDE gone sub ; comment'])
      expect(read({}, line).problems).toEqual([expect.objectContaining({ column: 10, message })])
    const loop = parseZoneText(HEAD, { file: 'a', readInclude: () => '$INCLUDE a\n' })
    expect(loop.problems).toEqual([])
    const deep = parseZoneText(`${HEAD}$INCLUDE a\n`, { file: 'a', readInclude: () => '$INCLUDE a\n' })
    expect(deep.problems).toHaveLength(1)
    expect(deep.problems[0]!.message).toMatch(/more than 10 files deep; does a file include itself/)
  })
})

describe('every problem has its place', () => {
  it.each([
    ['a A 1.2.3', '5:5: A address "1.2.3" is not an IPv4 address; legal is 192.0.2.1, no leading zeros'],
    ['a', '5:2: a record without a type; legal is: owner [ttl] [IN] type data'],
    ['a 60 IN', '5:8: a record without a type; legal is: owner [ttl] [IN] type data'],
    ['a 60 60 A 1.1.1.1', '5:6: "60" is neither a TTL, a class nor a record type'],
    ['a IN IN A 1.1.1.1', '5:6: "IN" is no record type'],
    ['a CH A 1.1.1.1', '5:3: class CH; legal is only IN'],
    ['a BLA 1.1.1.1', '5:3: "BLA" is neither a TTL, a class nor a record type'],
    ['a ANY x', '5:3: ANY is no type of data: it only occurs in questions'],
    ['a OPT x', '5:3: OPT is no type of data: it only occurs in questions'],
    ['"a" A 1.1.1.1', '5:1: an owner name is not written between quotes'],
    ['a..b A 1.1.1.1', '5:1: owner name "a..b" has an empty label; labels hold 1 to 63 octets'],
    ['a.test. A 1.1.1.1', '5:9: a.test. lies outside the zone example.'],
    ['sub SOA a. b. 1 2 3 4 5', "5:5: SOA at sub.example.; legal is only one at the zone's apex example."],
    ['a TXT "open', '5:7: a quoted string without its closing quote'],
    ['a TXT x )', '5:9: a closing parenthesis without an opening one'],
    ['a TXT (\nx', '5:7: a parenthesis that is never closed'],
    ['a TXT x\0y', '5:8: the bare control octet 0; write it as \\000'],
    ['a TXT \u20ac', '5:7: a character above \\255 (U+20AC); write it as its octets \\DDD'],
    ['$FOO x', '5:1: "$FOO" is no directive; legal are $ORIGIN, $TTL, $INCLUDE, $GENERATE'],
    ['$TTL', '5:5: $TTL wants an argument'],
    ['$TTL 1 2', '5:8: $TTL has more than its argument'],
    ['$ORIGIN a..b', '5:9: origin "a..b" has an empty label; labels hold 1 to 63 octets'],
  ])('%j', (line, problem) => {
    expect(problemsOf(`${HEAD}${line}\nok A 1.1.1.1\n`)[0]).toBe(problem)
  })

  it('a line that is wrong does not hide the next', () => {
    expect(problemsOf(`${HEAD}a A x\nb A y\n`).map(problem => problem.split(' ')[0])).toEqual(['5:5:', '6:5:'])
  })

  it('records that go on with an owner that was refused are not told again', () => {
    expect(problemsOf(`${HEAD}a..b A 1.1.1.1\n  TXT (x\n y)\nok A 1.1.1.1\n  A x\n`)).toEqual([
      expect.stringMatching(/^5:1: owner name "a..b" has an empty label/),
      expect.stringMatching(/^9:5: A address "x" is not/),
    ])
  })

  it.each(['\n', '\r\n'])('a backslash at the end of a line protects nothing, before %j', end => {
    expect(problemsOf(`${HEAD}a TXT x\\${end}`)).toEqual([expect.stringMatching(/^5:7: TXT text .* broken escape/)])
  })

  it('thousands of errors are told in fifty and a count', () => {
    const problems = problemsOf(HEAD + 'a A x\n'.repeat(20000))
    expect(problems).toHaveLength(51)
    expect(problems.at(-1)).toBe('and 19950 more errors')
  })

  it('an empty file and a file of comments hold no zone', () => {
    expect(problemsOf('')).toEqual(['holds no record; a zone begins with a SOA record'])
    expect(problemsOf('; nothing\n\n', 'example.')).toEqual(['holds no record; a zone begins with a SOA record'])
  })

  it('records before any owner or origin', () => {
    expect(problemsOf('  A 1.1.1.1')).toEqual(['1:3: a record without an owner, and none stands before it'])
    expect(problemsOf('a. 60 A 1.1.1.1')).toEqual(['1:7: no origin is known; put $ORIGIN or the SOA record first'])
  })
})

it('origins may be given for a zone whose names are all relative', () => {
  const { zone } = parseZoneText('@ 60 SOA ns host 1 2 3 4 5\n NS ns\nns A 192.0.2.1', {
    file: 'x',
    origin: name('Example.'),
  })
  expect(zone!.serial).toBe(1)
  expect(zone!.records).toBe(3)
})
