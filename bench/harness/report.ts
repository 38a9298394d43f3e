import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from '../../test/fixture/nameserver.ts'
import type { Contender } from './contender.ts'
import { load, machine, today } from './machine.ts'

const FILE = join(REPOSITORY, 'bench/results.md')

/** What one claim found: it owns the section of its name in bench/results.md. */
export interface Section {
  /** Name of the bench's file without `.ts`. */
  readonly claim: string
  readonly title: string
  /** Markdown below the heading; no heading of the first or second level in it. */
  readonly body: string
  /** Programs measured, such as `gdnsd 3.8.1`. */
  readonly versions: readonly string[]
}

/** Prints the section and puts it in the place of the claim's last one. */
export function publish(section: Section): void {
  const text = render(section)
  console.log(text)
  writeFileSync(FILE, withSection(existsSync(FILE) ? readFileSync(FILE, 'utf8') : '', section.claim, text, head()))
}

const head = (): string => `# Results

Written by \`npm run bench\`; what each claim says and how it is measured is at the head of its file and in [README.md](README.md). Sections may be of
different runs, which are named in each; figures of different sections do not compare.

Last run: ${today()}, ${machine()}.
`

function render({ claim, title, body, versions }: Section): string {
  const circumstances = `${versions.join(', ')}; ${machine()}; load average ${load()} at the end; ${today()}.`
  return `## ${title} (\`${claim}\`)\n\n${body.trim()}\n\n${circumstances}\n`
}

const SECTION = /^## .*\(`([\w-]+)`\)$/

/**
 * The document with `text` in the place of the claim's section, or at its place in alphabetical order when it had none, below a new head. What
 * stands in no section is the head.
 */
export function withSection(document: string, claim: string, text: string, newHead: string): string {
  const sections = new Map<string, string>()
  let current: string | null = null
  for (const line of document.split('\n')) {
    current = SECTION.exec(line)?.[1] ?? current
    if (current !== null) sections.set(current, `${sections.get(current) ?? ''}${line}\n`)
  }
  sections.set(claim, text)
  const ordered = [...sections].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, section]) => section.trim())
  return `${[newHead.trim(), ...ordered].join('\n\n')}\n`
}

/** A Markdown table: the first column is text, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n')
}

/** 12345.6 -> 12,346. */
export const whole = (value: number): string => Math.round(value).toLocaleString('en')

/** Share of 0..1 -> `1.2 %`. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** Those that are installed. */
export function present<Job>(contenders: readonly Contender<Job>[]): Contender<Job>[] {
  return contenders.filter(contender => contender.lacks().length === 0)
}

/** A sentence that names those that are not, and what to install; empty when all are there. */
export function absence<Job>(contenders: readonly Contender<Job>[]): string {
  const absent = contenders.filter(contender => contender.lacks().length > 0)
  if (absent.length === 0) return ''
  const packages = [...new Set(absent.flatMap(contender => contender.lacks()))]
  const names = absent.map(({ name }) => name).join(', ')
  return `**Missing in this run: ${names}** (\`apt-get install -y --no-install-recommends ${packages.join(' ')}\`).\n\n`
}

/** `gdnsd 3.8.1`, ... for {@link Section.versions}. */
export function versions<Job>(contenders: readonly Contender<Job>[]): string[] {
  return contenders.map(contender => `${contender.name} ${contender.version()}`)
}

/** Whether an aim is met, as a line below a table; `ratio` null: what it is measured against is not there. */
export function verdict(what: string, ratio: number | null, sense: 'at least' | 'at most', aim: number): string {
  const met = ratio !== null && (sense === 'at least' ? ratio >= aim : ratio <= aim)
  const found = ratio === null ? 'not measured' : `${ratio.toFixed(2)}: ${met ? 'met' : '**missed**'}`
  return `- Aim: ${what}, ${sense} ${aim}. ${found}.`
}
