import { describe, expect, test } from 'vitest'
import { processIo } from '../../src/cli/io.ts'
import { run } from '../../src/cli/main.ts'
import { readRoot, readRules } from '../fixture/grafana.ts'
import { unknownMetrics } from '../fixture/metric-names.ts'
import { commandsOf, runbookSections } from '../fixture/runbook.ts'

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
