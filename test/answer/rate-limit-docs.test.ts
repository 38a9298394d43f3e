import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BUCKETS } from '../../src/answer/rate/buckets.ts'
import { Rcode } from '../../src/wire/constants.ts'
import { complaints, SAMPLE } from '../config/sample.ts'
import { noted } from './rate-limit-world.ts'

const PAGE = readFileSync(new URL('../../docs/rate-limiting.md', import.meta.url), 'utf8')

function block(language: string): string {
  const found = [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(match => match[1]!)
  expect(found, language).toHaveLength(1)
  return found[0]!
}

test('the configuration that docs/rate-limiting.md shows is sound, and has every key', () => {
  const yaml = block('yaml')
  expect(complaints(`${yaml}${SAMPLE}`)).toEqual([])
  expect(complaints(`${yaml.replace('slip:', 'slipp:')}${SAMPLE}`)).toHaveLength(1)
  expect([...yaml.matchAll(/^ {2}(\w+):/gm)].map(match => match[1])).toEqual(['perSecond', 'slip', 'exempt', 'dryRun'])
})

test('the sentence that it shows is the one in the log', () => {
  const { notes, ask, pass } = noted({ slip: 2 })
  // Ten are answered, the next is told of at once, the others with the first one of the next minute.
  ask({ name: 'nope.example.com' }, 10 + 1 + 201)
  pass(60_000)
  ask({ name: 'nope.example.com' }, 10 + 1)
  expect(notes).toHaveLength(2)
  expect(`${notes[1]}\n`).toBe(block('text'))
})

test('the table has the size that it says', () => {
  expect(PAGE).toContain(`a table of ${BUCKETS} accounts in ${(BUCKETS * 24) / 2 ** 20} MiB`)
})

test('the RCODEs that it calls errors are RCODEs', () => {
  const names = /\| an error: ([A-Z, ]+)/.exec(PAGE)![1]!.trim().split(', ')
  expect(names.length).toBeGreaterThan(4)
  for (const name of names) expect(Object.keys(Rcode)).toContain(name)
})
