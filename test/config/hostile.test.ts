import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse as parseYaml, stringify } from 'yaml'
import { formatProblem } from '../../src/base/problem.ts'
import { parseConfig } from '../../src/config/load.ts'
import { SAMPLE } from './sample.ts'

const SEED = 20250602

/** Whatever the text, there is a verdict: a configuration or errors with a place in the file. */
function expectVerdict(text: string, overrides = ''): void {
  const { config, problems } = parseConfig(text, 'kingcdn.yaml', () => ({ kind: 'text', text: overrides }))
  const lines = text.split('\n').length
  if (config === null) expect(problems.some(problem => problem.severity === 'error')).toBe(true)
  for (const problem of problems) {
    expect(problem.line).toBeGreaterThanOrEqual(0)
    if (problem.file === 'kingcdn.yaml') expect(problem.line).toBeLessThanOrEqual(lines)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    expect(formatProblem(problem)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  }
}

/** Every place of a document, as the keys that lead there. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  const below = Array.isArray(value)
    ? value.flatMap((item, i) => places(item, [...path, i]))
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, item]) => places(item, [...path, key]))
      : []
  return [path, ...below]
}

function replaceAt(root: unknown, path: readonly (string | number)[], value: unknown): unknown {
  if (path.length === 0) return value
  const copy = structuredClone(root) as Record<string | number, unknown>
  let node = copy
  for (const step of path.slice(0, -1)) node = node[step] as Record<string | number, unknown>
  node[path.at(-1)!] = value
  return copy
}

const document = parseYaml(SAMPLE) as unknown
const EVERYWHERE = places(document)
const anything = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1e308,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '\0',
    '🐙',
    [],
    {},
    [[]],
    [null],
    { a: null },
  ),
  fc.constantFrom(
    'constructor',
    'hasOwnProperty',
    '__proto__',
    '1e9999Gbps',
    '99999999999999999999h',
    '::',
    '*.',
    '.',
    '/',
    'backup:',
    '0/0',
    '::/0',
  ),
  fc.string({ maxLength: 40 }),
  fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }),
  fc.double(),
)

describe('hostile input gets a verdict, never an exception', () => {
  test('any value at any place of a good configuration', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EVERYWHERE), anything, (path, value) => {
        expectVerdict(stringify(replaceAt(document, path, value)))
      }),
      { seed: SEED, numRuns: 600 },
    )
  })

  test('a good configuration with pieces cut out, doubled or swapped', () => {
    const cut = fc.tuple(
      fc.nat(SAMPLE.length),
      fc.nat(60),
      fc.constantFrom('', '\t', '[', '{', '"', '&a ', '*a', '- ', ': ', '#', '%', '\u0000', '\u2028'),
    )
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 4 }), cuts => {
        let text = SAMPLE
        for (const [at, length, put] of cuts) text = text.slice(0, at) + put + text.slice(at + length)
        expectVerdict(text)
      }),
      { seed: SEED, numRuns: 500 },
    )
  })

  test('any text at all, also as overrides', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), text => {
        expectVerdict(text)
        expectVerdict(SAMPLE, text)
      }),
      { seed: SEED, numRuns: 250 },
    )
  })

  test('any overrides', () => {
    const key = fc.oneof(
      fc.constantFrom('10.0.0.0/8', '::/0', '2001:db8::/48', '1.2.3.4', 'constructor'),
      fc.string({ maxLength: 10 }),
    )
    const entry = fc.dictionary(fc.constantFrom('place', 'asn', 'clusters', 'x'), anything)
    fc.assert(
      fc.property(fc.dictionary(key, fc.oneof(entry, anything)), overrides =>
        expectVerdict(SAMPLE, stringify(overrides)),
      ),
      { seed: SEED, numRuns: 250 },
    )
  })
})
