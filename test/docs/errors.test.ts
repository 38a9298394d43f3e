import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { Rcode } from '../../src/wire/constants.ts'
import { cli, temporaryFolder } from '../cli/run.ts'
import { stepsOf } from '../fixture/console-steps.ts'
import { freePort } from '../fixture/ports.ts'
import { files, page, rowsOf, section } from './pages.ts'
import { normal, sentencesOf, type Wells } from './sentences.ts'

const PAGE = page('docs/errors.md')

/** Where sentences are made that reach the log, or the alarms, by another name. */
const WELLS: Wells = {
  'config/source.ts': ['boot'],
  'config/token.ts': ['tokenFault', 'tokenProblem', '#warn'],
  'control/fleet-view.ts': ['silences', 'mismatches'],
  'control/silent-servers.ts': ['silentServers'],
  'listen/bind-error.ts': ['bindError'],
  'log/file-outlet.ts': ['trouble'],
  'log/socket-outlet.ts': ['trouble'],
  'probe/outbox.ts': ['#tell'],
  'probe/run.ts': ['#clockFault'],
  'process/survive.ts': ['faults'],
  'worker/stream-sockets.ts': ['note'],
  'worker/udp-plan.ts': ['shortfalls'],
  'worker/xdp-plan.ts': ['shortfalls'],
  'worker/zone-sets.ts': ['lostZones'],
}

/** Calls of the log that hand on what was said elsewhere: problems of files, a {@link WELLS} sentence, the fault of a closer at the end. */
const RELAYS = [
  'cli/monitor.ts: error instanceof Error ? error.message : String(error)',
  'control/first-tables.ts: formatProblem(place(problem))',
  'main.ts: String(error)',
  'main.ts: formatProblem(problem)',
  'main.ts: message',
  'main.ts: shortfall',
  'probe/outbox.ts: what',
  'process/incumbent.ts: String(error)',
  'process/reload-by-signal.ts: formatProblem(problem)',
  "process/watchdog.ts: stuck.join('; ') this.#consequence",
  'worker/query-logs.ts: trouble',
  'worker/seat.ts: this.name message.sentence',
  'worker/seat.ts: sentence',
]

/** Texts that only stand inside other sentences, and those of another surface than log and alarms. */
const PARTS = [
  'cli/simulate-html.ts: <>-<>',
  'config/token.ts: the calls that need it are refused',
  'config/token.ts: the tokens that were read before stay good',
  'control/fleet-view.ts: geo data',
  'listen/bind-error.ts: see the code',
  'probe/run.ts: <> s <>',
]

/** Sentences of the page that a relay puts together. */
const RELAYED = ['<>: <>', '<> <>: <>'].map(normal)

describe('docs/errors.md and the sentences of the log and of the alarms', () => {
  const { said, relays } = sentencesOf(WELLS)
  const log = section(PAGE, 'Log and alarms')
  const quoted = new Set([...log.matchAll(/`([^`]+)`/g)].map(([, text]) => comparable(text!)))

  test('every sentence of the code is on the page', () => {
    const spoken = said.filter(({ file, text }) => !PARTS.includes(`${file}: ${text}`))
    expect(spoken.length).toBeGreaterThan(80)
    const missing = spoken.filter(({ text }) => !quoted.has(comparable(text)))
    expect(missing.map(({ file, text }) => `${file}: ${text}`)).toEqual([])
  })

  test('every sentence of the page is in the code, and once on the page', () => {
    const spoken = new Set([...said.map(({ text }) => comparable(text)), ...RELAYED])
    const shown = rowsOf(log).map(([sentence]) =>
      comparable(/^`([^`]+)`$/.exec(sentence!)?.[1] ?? `not a sentence: ${sentence}`),
    )
    expect(shown.filter(text => !spoken.has(text))).toEqual([])
    expect(shown.filter((text, i) => shown.indexOf(text) !== i)).toEqual([])
  })

  test('every row says what it means and what to do', () => {
    for (const cells of rowsOf(log)) {
      expect(cells, cells[0]).toHaveLength(3)
      for (const cell of cells) expect(cell, cells[0]).not.toBe('')
    }
  })

  test('calls of the log whose sentence comes from elsewhere are known', () => {
    expect([...new Set(relays)].sort()).toEqual([...RELAYS].sort())
    const parts = said.map(({ file, text }) => `${file}: ${text}`)
    expect(PARTS.filter(part => !parts.includes(part))).toEqual([])
  })
})

test('docs/errors.md names options that there are', () => {
  const options = page('docs/options.md')
  const named = [...PAGE.matchAll(/`([a-z]\w*(?:\.\w+)+)`/g)]
    .map(([, name]) => name!)
    .filter(name => !/\.(zone|yaml|csv|md)$/.test(name))
  expect(named.length).toBeGreaterThanOrEqual(8)
  expect(named.filter(name => !options.includes(`\`${name}\``) && !options.includes(`\`clusters[].${name}\``))).toEqual(
    [],
  )
})

test('docs/errors.md tells of every response code that is sent, in the order of their numbers', () => {
  const code = files()
    .filter(file => /^src\/(answer|wire)\/.*\.ts$/.test(file))
    .map(page)
    .join('\n')
  const sent = Object.keys(Rcode).filter(name => code.includes(`Rcode.${name}`))
  expect(rowsOf(section(PAGE, 'DNS')).map(([name]) => name)).toEqual(sent)
})

describe('docs/errors.md and what commands say', () => {
  const home = process.cwd()
  afterEach(() => process.chdir(home))

  const block = (language: string): string => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(PAGE)![1]!
  const config = block('yaml')
  const zone = block('zone')
  const csv = stepsOf(PAGE).find(({ command }) => command === 'cat rtt.csv')!.expected
  // With the sentence before a block: `this` in place of `that`.
  const examples = PAGE.split('```console\n')
    .slice(1)
    .map((rest, i, all) => {
      const before = (i === 0 ? PAGE.split('```console\n')[0]! : all[i - 1]!).split('\n\n').at(-2) ?? ''
      const [, to, from] = /`([^`]+)` in\s+place\s+of\s+`([^`]+)`/.exec(before) ?? []
      return { steps: stepsOf(`\`\`\`console\n${rest.split('```')[0]}\`\`\``), from, to }
    })
  const cases = examples.flatMap(({ steps, from, to }) =>
    steps.map(step => ({ ...step, from, to, name: `${step.command}${to === undefined ? '' : ` (${to})`}` })),
  )

  test('there are examples', () => {
    expect(cases.filter(({ command }) => command.startsWith('kingcdn ')).length).toBeGreaterThanOrEqual(18)
  })

  test.each(cases.filter(({ command }) => command.startsWith('kingcdn ')))(
    '$name',
    async ({ command, expected, from, to }) => {
      const cwd = temporaryFolder()
      const port = String(await freePort())
      const change = (text: string): string => (from === undefined ? text : text.replace(from, () => to!))
      if (from !== undefined) expect(`${config}${zone}`).toContain(from)
      writeFileSync(join(cwd, 'kingcdn.yaml'), change(config).replace('9153', port))
      writeFileSync(join(cwd, 'example.net.zone'), change(zone))
      writeFileSync(join(cwd, 'rtt.csv'), `${csv.join('\n')}\n`)
      process.chdir(cwd)
      const { out, err, code } = await cli(command.split(' ').slice(1), { cwd })
      const shown = `${err}${out}`.replaceAll(`${cwd}/`, '').replaceAll(port, '9153').trimEnd()
      expect(shown).toBe(expected.join('\n').trimEnd())
      expect(code === 0).toBe(
        !/error/.test(shown) && !shown.startsWith('kingcdn: ') && !shown.includes('nothing was imported'),
      )
    },
  )
})

/** Blanks of a table cell and what Markdown cannot hold apart. */
const comparable = (text: string): string => normal(text.replaceAll("'", '`')).replaceAll('`', "'")
