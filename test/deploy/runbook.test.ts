import pc from 'picocolors'
import { describe, expect, test } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { formatAudit } from '../../src/cli/audit.ts'
import { processIo } from '../../src/cli/io.ts'
import { run } from '../../src/cli/main.ts'
import { formatStatus } from '../../src/cli/status.ts'
import { readRoot, readRules } from '../fixture/grafana.ts'
import { unknownMetrics } from '../fixture/metric-names.ts'
import { blocksOf, commandsOf, runbookSections } from '../fixture/runbook.ts'
import { exampleCluster, exampleStatus, NOON } from '../fixture/status.ts'

const PAGE = readRoot('docs/runbook.md')
const INTRODUCTION = ['First', 'All alerts']
const sections = runbookSections().filter(({ title }) => !INTRODUCTION.includes(title))
const RULES = readRules()

describe('docs/runbook.md', () => {
  test('has a section for every alert and none for others, in the order of the rules', () => {
    expect(sections.map(({ title }) => title)).toEqual(RULES.map(({ alert }) => alert))
  })

  test('lists them all at its head, and every link within the page has a heading', () => {
    const anchors = runbookSections().map(({ title }) => title.toLowerCase().replaceAll(' ', '-'))
    const links = [...PAGE.matchAll(/\]\(#([^)]*)\)/g)].map(match => match[1]!)
    for (const link of links) expect(anchors).toContain(link)
    const [, head] = /## All alerts\n([\s\S]*?)\n## /.exec(PAGE)!
    for (const { alert } of RULES) expect(head).toContain(`[${alert}](#${alert.toLowerCase()})`)
  })

  test.each(sections.map(({ title, text }) => [title, text] as const))('%s has all five parts', (title, text) => {
    const { labels } = RULES.find(({ alert }) => alert === title)!
    const parts = [...text.matchAll(/^(?:\*\*(?:page|ticket)\*\*.* )?\*\*([A-Z][a-z ]+):\*\*/gm)].map(match => match[1])
    expect(parts).toEqual(['Clients', 'See more', 'Likely causes', 'Do', 'Over when'])
    expect(text).toContain(`**${labels.severity}**`)
    expect(commandsOf(text).length + (text.match(/^```/gm)?.length ?? 0)).toBeGreaterThan(1)
  })

  test('shows nothing that the commands do not print', () => {
    const printed = new Set(OUTPUTS.flatMap(output => output.split('\n')).map(evenly))
    const lines = blocksOf(PAGE, 'text').flatMap(block => block.split('\n'))
    expect(lines.length).toBeGreaterThan(20)
    for (const line of lines) expect(printed).toContain(evenly(line))
  })

  test('names metrics that exist', () => {
    expect(unknownMetrics(PAGE)).toEqual([])
  })

  test('names options that exist', () => {
    const options = readRoot('docs/options.md')
    for (const [, option] of PAGE.matchAll(/`([a-z]\w+(?:\.[a-z]\w+)+)(?:: [^`]*)?`/gi))
      expect(/^(net|zones)\./.test(option!) || options.includes(`${option}\``), option).toBe(true)
  })

  test('names pages that exist', () => {
    for (const [, page] of PAGE.matchAll(/\b(docs\/[a-z-]+\.md)/g)) expect(readRoot(page!)).toContain('# ')
  })

  test('names commands and options of them that exist', async () => {
    const commands = [...new Set(commandsOf(PAGE))]
    expect(commands.length).toBeGreaterThan(10)
    for (const command of commands) {
      const { words, options } = partsOf(command)
      const help = await helpOf(words)
      expect(help, command).toMatch(new RegExp(`^Usage: kingcdn ${words.join(' ')} `))
      for (const option of options) expect(help, command).toMatch(new RegExp(`(^|\\s)${option}[ ,]`, 'm'))
    }
  })
})

/** Columns are as wide as the rest of their table is, which the page leaves out. */
const evenly = (line: string): string => line.trim().replace(/ +/g, ' ')

const PLAIN = pc.createColors(false)
const STATUS = exampleStatus()
const HOUR = 3_600_000
const by = 'ops@ns1'
const since = millis(NOON - 600_000)
const until = millis(NOON - 600_000 + 2 * HOUR)
const drain = { cluster: 'nrt-ix', percent: 100, reason: 'new switches', by: `${by} (http 127.0.0.1)`, since, until }
const OUTPUTS = [
  formatStatus(STATUS, PLAIN),
  formatStatus({ ...STATUS, clusters: [exampleCluster('nrt-ix', { drain, drained: 100 })] }, PLAIN),
  formatStatus(
    {
      ...STATUS,
      store: { ...STATUS.store, up: false, reason: 'connection refused', since: NOON - 240_000 },
      leader: { ...STATUS.leader, self: false, holder: 'ns2', planAt: NOON - 240_000 },
    },
    PLAIN,
  ),
  formatAudit(
    [
      {
        ...{ at: since, by, from: 'http 127.0.0.1', action: 'drain', subject: 'nrt-ix', outcome: 'done', why: '' },
        what: 'to 100 % over 2 min, for 2 h: new switches',
      },
    ],
    PLAIN,
  ),
]

const COMMANDS = /^kingcdn ((?:cluster|rtt|demand|zone) [a-z]+|[a-z]+)/

function partsOf(command: string): { words: readonly string[]; options: readonly string[] } {
  return {
    words: COMMANDS.exec(command)![1]!.split(' '),
    options: [...command.matchAll(/ (--?[a-z][a-z-]*)/g)].map(match => match[1]!),
  }
}

const surroundings = processIo()
const helps = new Map<string, Promise<string>>()

function helpOf(words: readonly string[]): Promise<string> {
  const key = words.join(' ')
  const known = helps.get(key)
  if (known !== undefined) return known
  let said = ''
  const write = (text: string) => {
    said += text
  }
  const argv = [process.execPath, 'kingcdn', ...words, '--help']
  const help = run(argv, { ...surroundings, out: write, err: write }).then(() => said)
  helps.set(key, help)
  return help
}
