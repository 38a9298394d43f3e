import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ACCEPTED, NOT_LOADED } from './differences.ts'
import { FOREIGN } from './servers.ts'

const PAGE = readFileSync(new URL('../../../docs/conformance.md', import.meta.url), 'utf8')

/** Cells of the rows of the table below a heading. */
function tableBelow(heading: string): string[][] {
  const section = PAGE.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!
  const rows = section.split('\n').filter(line => line.startsWith('| '))
  return rows.slice(1).map(row => row.slice(2, -2).split(' | '))
}

it('docs/conformance.md lists the accepted differences, and no others', () => {
  expect(tableBelow('Accepted differences')).toEqual(
    ACCEPTED.map(({ servers, theirs, ours, right, section }) => {
      const titles = servers.map(server => FOREIGN[server].title).join(', ')
      return [titles, theirs, ours, right, section]
    }),
  )
})

it('docs/conformance.md lists the zones that are not loaded', () => {
  expect(tableBelow('Zones that are not loaded')).toEqual(
    NOT_LOADED.map(({ server, origin, why, section }) => [FOREIGN[server].title, `\`${origin}\``, why, section]),
  )
})
