import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

/** A document of the repository. */
export const page = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** What stands below a heading of the second level. */
export const section = (markdown: string, title: string): string =>
  markdown.split(`\n## ${title}\n`)[1]!.split(/\n## /)[0]!

/** The cells of the rows of all tables, without their heads. */
export const rowsOf = (markdown: string): string[][] =>
  [...markdown.matchAll(/^\|[-|: ]+\|\n((?:\|.*\|\n?)+)/gm)].flatMap(([, rows]) =>
    rows!
      .trim()
      .split('\n')
      .map(row =>
        row
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map(cell => cell.trim()),
      ),
  )

/** Every file of the repository that is kept or about to be, as paths below its root. */
export function files(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard']
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n')
}
