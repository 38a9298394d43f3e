import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Config, TokenSource } from '../../src/config/config.ts'
import { readToken, readTokens, TokenKeeper, tokenProblem } from '../../src/config/token.ts'

const LONG = 'a-token-of-more-than-sixteen-characters'

function tokenFile(text: string): TokenSource & { readonly kind: 'file' } {
  const folder = mkdtempSync(join(tmpdir(), 'kingcdn-token-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'token')
  writeFileSync(path, text)
  return { kind: 'file', path }
}

const http = (more: Partial<Config['http']>): Config['http'] => ({
  ...{ token: null, readToken: null, rateLimit: { reads: 0, feeds: 0, changes: 0 } },
  ...more,
})

test('a file has a token on each line; commands send the first', () => {
  const source = tokenFile('\n new \r\n\nold\n')
  expect(readTokens(source)).toEqual(['new', 'old'])
  expect(readToken(source)).toBe('new')
  expect(readTokens({ kind: 'env', name: 'T' }, { T: 'x' })).toEqual(['x'])
  expect(readTokens({ kind: 'env', name: 'T' }, {})).toBe(null)
  expect(readTokens({ kind: 'file', path: '/nowhere/token' })).toBe(null)
})

test.each([
  ['', /holds no token; the calls that need it are refused/],
  [`${LONG}\nshort\n`, /^token 2 of .* is shorter than 16 characters and may be guessed; try: openssl rand/],
  [`${LONG}\n${LONG} ${LONG}`, /^token 2 of .* has blanks inside/],
])('%j: what is wrong is said, and no token shown', (text, fault) => {
  const said = tokenProblem(tokenFile(text))
  expect(said).toMatch(fault)
  expect(said).not.toMatch(/short\b(?!er)|a-token/)
})

test('a good token, or none, is no fault', () => {
  expect(tokenProblem(tokenFile(LONG))).toBe(null)
  expect(tokenProblem(null)).toBe(null)
})

test('tokens are read again; a file that has gone leaves its last ones, an empty one none', () => {
  const token = tokenFile(`${LONG}1\n`)
  const warnings: string[] = []
  const keeper = new TokenKeeper(http({ token }), message => warnings.push(message))
  expect(keeper.now).toEqual({ change: [`${LONG}1`], read: null })
  writeFileSync(token.path, `${LONG}2\n${LONG}1\n`)
  keeper.read()
  expect(keeper.now.change).toEqual([`${LONG}2`, `${LONG}1`])
  expect(warnings).toEqual([])
  rmSync(token.path)
  keeper.read()
  expect(keeper.now.change).toEqual([`${LONG}2`, `${LONG}1`])
  expect(warnings).toEqual([expect.stringMatching(/^http\.token: .*; the tokens that were read before stay good$/)])
  writeFileSync(token.path, '')
  keeper.read()
  expect(keeper.now.change).toEqual([])
})

test('a token that is configured and cannot be read lets nobody in, from the start', () => {
  const gone: TokenSource = { kind: 'file', path: '/nowhere/token' }
  expect(new TokenKeeper(http({ token: gone, readToken: gone }), () => {}).now).toEqual({ change: [], read: [] })
})
