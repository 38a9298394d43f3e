import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readLine } from '../../../src/probe/load/sample.ts'

const sampleOf = (line: string, metric = 'm') => {
  const read = readLine(line, metric)
  return read.kind === 'sample' ? { ...read.sample, labels: Object.fromEntries(read.sample.labels) } : read.kind
}

describe('a line of the Prometheus text format', () => {
  test.each([
    ['m 1', { labels: {}, value: 1, at: null }],
    ['m{} 1', { labels: {}, value: 1, at: null }],
    ['m{a="b"} 1.5e3', { labels: { a: 'b' }, value: 1500, at: null }],
    ['m{a="b",c="d",} -2', { labels: { a: 'b', c: 'd' }, value: -2, at: null }],
    [' m { a = "b" , c="d" }\t.5\t1395066363000 ', { labels: { a: 'b', c: 'd' }, value: 0.5, at: 1395066363000 }],
    [
      String.raw`m{path="C:\\DIR\\F,}.TXT",error="no \"x\"\n"} 1.458255915e9`,
      { labels: { path: 'C:\\DIR\\F,}.TXT', error: 'no "x"\n' }, value: 1458255915, at: null },
    ],
    ['m +Inf', { labels: {}, value: Number.POSITIVE_INFINITY, at: null }],
    ['m{a="é"} -inf -3982045', { labels: { a: 'é' }, value: Number.NEGATIVE_INFINITY, at: -3982045 }],
    ['m Nan', { labels: {}, value: Number.NaN, at: null }],
    ['m 1\r', { labels: {}, value: 1, at: null }],
  ])('%s', (line, want) => expect(sampleOf(line)).toEqual(want))

  test.each(['', '# TYPE m counter', '# HELP m 1', 'mm 1', 'm_total 1', 'm:a 1', 'other{m="1"} 1', '{"m"} 1'])(
    'says nothing of the metric: %s',
    line => expect(sampleOf(line)).toBe('other'),
  )

  test.each([
    'm',
    'm{',
    'm{a} 1',
    'm{a=b} 1',
    'm{a="b" 1',
    'm{a="b\\"} 1',
    'm{a="b"c="d"} 1',
    'm{a="b",a="c"} 1',
    'm{,} 1',
    'm{1a="b"} 1',
    'm{a="b"}',
    'm one',
    'm 0x10',
    'm 1_000',
    'm 1 2 3',
    'm 1 2.5',
    'm 1 # {id="x"} 1',
    'm{a="b"} 1 1e3',
  ])('is malformed: %s', line => expect(sampleOf(line)).toBe('malformed'))

  test('is read back as it was written, whatever is in its labels', () => {
    const escaped = (text: string) => text.replace(/[\\"\n]/g, char => (char === '\n' ? '\\n' : `\\${char}`))
    const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,10}$/)
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit: 'binary' }), { maxKeys: 5 }), fc.double(), (labels, value) => {
        const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
        const written = Number.isNaN(value) ? 'NaN' : String(value).replace('Infinity', 'Inf')
        expect(sampleOf(`m{${pairs.join(',')}} ${written}`)).toEqual({ labels: { ...labels }, value, at: null })
      }),
      { seed: 20250602 },
    )
  })

  test('never throws and takes time in proportion to its length', () => {
    const part = fc.constantFrom('m', '{', '}', '"', '\\', ',', '=', ' ', 'a', '1', '#', '\t', '\u0000')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), parts => {
        expect(['sample', 'other', 'malformed']).toContain(readLine(`m${parts.join('')}`, 'm').kind)
      }),
      { seed: 20250602 },
    )
    for (const hostile of [
      '{'.repeat(60_000),
      `{a="${'\\'.repeat(60_000)}`,
      ' '.repeat(60_000),
      `{${'a="b",'.repeat(10_000)}`,
    ])
      expect(sampleOf(`m${hostile}`)).toBe('malformed')
  })
})
