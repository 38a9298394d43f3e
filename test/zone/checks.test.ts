import { describe, expect, it } from 'vitest'
import { parseZoneText } from '../../src/zone/master-file.ts'
import { printZone } from '../../src/zone/print.ts'
import { problemsOf, zoneOf } from './zone-world.ts'

const HEAD = '$ORIGIN example.\n$TTL 300\n@ SOA ns. host. 1 2 3 4 5\n@ NS ns.\n'

describe('what keeps a zone from being served', () => {
  it.each([
    ['no SOA', '$ORIGIN example.\n@ 1 NS ns.\n', ['no SOA record at example.; a zone has exactly one']],
    [
      'two SOAs',
      `${HEAD}@ SOA ns. host. 2 2 3 4 5\n`,
      ['3:3: example. SOA stands more than once; a zone has exactly one'],
    ],
    ['no NS', '$ORIGIN example.\n@ 1 SOA ns. host. 1 2 3 4 5\n', ['no NS record at example.; a zone has at least one']],
    [
      'neither',
      '$ORIGIN example.\na 1 A 1.1.1.1\n',
      ['no SOA record at example.; a zone has exactly one', 'no NS record at example.; a zone has at least one'],
    ],
    [
      'CNAME and other data',
      `${HEAD}a CNAME b.\na A 1.1.1.1\n`,
      ['5:3: a.example. CNAME stands beside A; nothing may stand beside a CNAME'],
    ],
    [
      'CNAME at the apex',
      `${HEAD}@ CNAME b.\n`,
      ['5:3: example. CNAME stands beside NS; nothing may stand beside a CNAME'],
    ],
    ['two CNAMEs', `${HEAD}a CNAME b.\na CNAME c.\n`, ['5:3: a.example. CNAME has more than one target; legal is one']],
  ])('%s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems)
    expect(parseZoneText(text, { file: '' }).zone).toBeNull()
  })

  it('what is missing is not told where a line was refused: that may have been it', () => {
    expect(problemsOf('$ORIGIN example.\n@ 1 SOA ns. host. 1 2 3 4\n@ 1 NS ns.\n')).toEqual([
      expect.stringMatching(/^2:\d+: SOA ends before its minimum/),
    ])
  })

  it('RRSIG and NSEC may stand beside a CNAME', () => {
    expect(problemsOf(`${HEAD}a CNAME b.\na NSEC b. CNAME\na RRSIG CNAME 13 2 300 1 1 1 example. AAAA\n`)).toEqual([])
  })
})

describe('what is served, with a warning', () => {
  it.each([
    [
      'TTLs that differ in an RRset',
      'a 60 A 1.1.1.1\na 30 A 1.1.1.2\n',
      '6:6: warning: a.example. A has TTL 30, the RRset began with 60; all get 30',
    ],
    [
      'DS at the apex',
      `@ DS 1 8 2 ${'AB'.repeat(32)}\n`,
      "5:3: warning: example. DS stands at the zone's apex; it belongs at the cut in the parent zone",
    ],
    ['a record twice', 'a A 1.1.1.1\nA A 1.1.1.1\n', '6:3: warning: a.example. A stands twice; the second is dropped'],
    [
      'missing glue',
      'sub NS ns.sub\n',
      '5:5: warning: sub.example. NS names ns.sub.example., which has no address here: glue is missing',
    ],
    [
      'missing sibling glue',
      'sub NS ns.o\no NS ns.o\nns.o TXT x\n',
      '6:3: warning: o.example. NS names ns.o.example., which has no address here: glue is missing',
    ],
    [
      'a name server without address',
      '@ NS ns\n',
      '4:3: warning: example. NS names ns.example., which has no address here: an A or AAAA record is missing',
    ],
    [
      'a name server that is a CNAME',
      'sub NS a\na CNAME b.\n',
      '5:5: warning: sub.example. NS names a.example., which is a CNAME: an A or AAAA record is missing',
    ],
    [
      'a mail exchanger that is a CNAME',
      '@ MX 5 a\na CNAME b.\n',
      '5:3: warning: example. MX names a.example., which is a CNAME; MX names a host itself',
    ],
    [
      'a service on a wildcard that is a CNAME',
      '_s._tcp SRV 1 2 3 x.w\n*.w CNAME b.\n',
      '5:9: warning: _s._tcp.example. SRV names x.w.example., which is a CNAME; SRV names a host itself',
    ],
    [
      'NS at a wildcard (RFC 4592 section 4.2)',
      '*.a NS b.\n',
      '5:5: warning: *.a.example. NS stands at a wildcard, where it has no defined meaning (RFC 4592): it is plain data here',
    ],
    [
      'data below a cut',
      'sub NS ns.\nx.sub TXT "x"\n',
      '6:7: warning: x.sub.example. TXT is not served: the zone is cut at sub.example., only glue counts',
    ],
    [
      'data at a cut',
      'sub NS ns.\nsub TXT "x"\n',
      '6:5: warning: sub.example. TXT is not served: the zone is cut at sub.example., only glue counts',
    ],
  ])('%s', (_, lines, problem) => {
    expect(problemsOf(HEAD + lines)).toContain(problem)
    expect(parseZoneText(HEAD + lines, { file: '' }).zone).not.toBeNull()
  })

  it.each([
    'sub NS ns.sub\nns.sub AAAA ::1\n',
    'sub NS ns.elsewhere.\nsub DS 1 8 9 AB\n',
    'sub NS sub\nsub A 1.1.1.1\n',
    'sub NS ns.w\n*.w A 1.1.1.1\n',
  ])('%j is sound', lines => {
    expect(problemsOf(HEAD + lines)).toEqual([])
  })

  it('RFC 2181 section 5: one TTL per RRset, no record twice', () => {
    const zone = zoneOf(`${HEAD}a 60 A 1.1.1.1\nb A 1.1.1.1\na 30 A 1.1.1.2\na 90 A 1.1.1.1\n`)
    expect(printZone(zone)).toContain('a.example.\t30\tIN\tA\t1.1.1.1\na.example.\t30\tIN\tA\t1.1.1.2\nb.example.')
    expect(zone.records).toBe(5)
  })

  it('RRSIGs of one owner may differ in TTL, as what they cover does', () => {
    const signature = (type: string, ttl: number) => `a ${ttl} RRSIG ${type} 13 2 ${ttl} 1 1 1 example. AAAA\n`
    expect(problemsOf(`${HEAD}a 60 A 1.1.1.1\na 30 TXT x\n${signature('A', 60)}${signature('TXT', 30)}`)).toEqual([])
  })

  it('warnings are bounded too', () => {
    const lines = Array.from({ length: 500 }, (_, i) => `s${i} NS ns.s${i}\n`).join('')
    const problems = problemsOf(HEAD + lines)
    expect(problems).toHaveLength(51)
    expect(problems.at(-1)).toBe('warning: and 450 more warnings')
  })
})
