import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { HEALTH_CAUSES, HEALTH_EVERY_MS, HEALTH_FRESH_MS } from '../../../src/model/health.ts'
import { describe as lineOf } from '../../../src/probe/health/run.ts'
import { cli } from '../../cli/run.ts'
import { parse, SAMPLE } from '../../config/sample.ts'

const PAGE = readFileSync(new URL('../../../docs/health.md', import.meta.url), 'utf8')
const words = PAGE.replace(/\s+/g, ' ')
const block = (language: string): string => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(PAGE)![1]!
const cells = (first: string): string[] =>
  [
    ...PAGE.split(first)[1]!
      .split('\n\n')[0]!
      .matchAll(/^\| `(\w+)` \|/gm),
  ].map(match => match[1]!)

const example = () => {
  const health = block('yaml').split(/^ {4}health:\n/m)[1]!
  return parse(SAMPLE.replace('    target: 80%\n', `    health:\n${health}`))
}

it('the example is a configuration without a fault', () => {
  const { config, problems } = example()
  expect(problems).toEqual([])
  expect(config?.deployment.clusters[1]?.health?.http).toMatchObject({
    port: 443,
    body: 'ready',
    tls: { name: 'video.netcinema.com' },
  })
})

it('what it says of times are the defaults', () => {
  const { health } = parse(SAMPLE.replace('target: 80%', 'health: { tcp: { port: 80 } }')).config!.deployment
    .clusters[1]!
  const { rules, interval } = health!
  expect(words).toContain(`among the last \`fall.of\` checks: ${rules.fall.failures} of ${rules.fall.of}`)
  expect(words).toContain(`\`rise\` good checks in a row: ${rules.rise} `)
  expect(words).toContain(`down begins within ${(rules.fall.failures * interval) / 1000} s of`)
  expect(words).toContain(`up within ${(rules.rise * interval) / 1000} s`)
  expect(words).toContain(
    `every ${HEALTH_EVERY_MS / 1000} s that it is there; one that was silent for ${HEALTH_FRESH_MS / 1000} s has no voice`,
  )
})

it('it names every cause, and every kind of check', () => {
  expect(cells('| cause | what happened |')).toEqual([...HEALTH_CAUSES])
  expect(cells('| kind | asks | passes when |')).toEqual(['tcp', 'http', 'dns'])
})

it('the help is what the program prints', async () => {
  const { out } = await cli(['monitor', '--help'])
  expect(block('console').replace('$ kingcdn monitor --help\n', '').trimEnd()).toBe(out.trimEnd())
})

it('the line of the log is what a monitor writes', () => {
  const summary = { targets: 4000, up: 3990, down: 4, checks: 120_000, unjudged: 0, reports: 90, failedReports: 0 }
  expect(PAGE).toContain(`\n${lineOf(summary)}\n`)
})
