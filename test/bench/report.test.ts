import { describe, expect, it } from 'vitest'
import type { Contender } from '../../bench/harness/contender.ts'
import { absence, present, table, verdict, withSection } from '../../bench/harness/report.ts'

const HEAD = '# Results\n\nLast run: today.\n'

describe('bench/results.md', () => {
  it('a claim replaces its own section and the head, and nothing else', () => {
    const before = withSection(
      withSection('', 'nxdomain', '## No such name (`nxdomain`)\n\nold\n', HEAD),
      'streams',
      '## TCP (`streams`)\n\nkept\n',
      HEAD,
    )
    const after = withSection(
      before,
      'nxdomain',
      '## Names (`nxdomain`)\n\nnew\n',
      '# Results\n\nLast run: tomorrow.\n',
    )
    expect(after).toBe(
      '# Results\n\nLast run: tomorrow.\n\n## Names (`nxdomain`)\n\nnew\n\n## TCP (`streams`)\n\nkept\n',
    )
  })

  it('sections stand in alphabetical order of their claims, whatever order they came in', () => {
    const claims = ['workers', 'latency', 'static-a']
    const document = claims.reduce(
      (text, claim) => withSection(text, claim, `## Title (\`${claim}\`)\n\nbody\n`, HEAD),
      '',
    )
    expect([...document.matchAll(/\(`(.*)`\)/g)].map(([, claim]) => claim)).toEqual(['latency', 'static-a', 'workers'])
  })

  it('headings of a lower level belong to their section', () => {
    const before = withSection('', 'streams', '## TCP (`streams`)\n\n### Over TLS\n\nkept\n', HEAD)
    expect(withSection(before, 'latency', '## L (`latency`)\n\nx\n', HEAD)).toContain('### Over TLS\n\nkept\n')
  })

  it('a table has figures to the right', () => {
    expect(table(['server', 'replies/s'], [['Knot', '1,000']])).toBe(
      '| server | replies/s |\n|---|---:|\n| Knot | 1,000 |',
    )
  })

  it('an aim is met, missed, or not measured', () => {
    expect(verdict('replies/s', 1.1, 'at least', 1.1)).toBe('- Aim: replies/s, at least 1.1. 1.10: met.')
    expect(verdict('replies/s', 1.09, 'at least', 1.1)).toContain('1.09: **missed**')
    expect(verdict('CPU', 0.9, 'at most', 0.8)).toContain('**missed**')
    expect(verdict('CPU', 0.8, 'at most', 0.8)).toContain('met')
    expect(verdict('CPU', null, 'at most', 0.8)).toContain('not measured')
  })

  it('a server that is not installed is left out, and named with what to install', () => {
    const contender = (name: string, lacks: string[]): Contender => ({
      ...{ name, version: () => '1', lacks: () => lacks },
      prepare: () => ({ program: name, args: [] }),
    })
    const all = [contender('Knot', []), contender('gdnsd', ['gdnsd']), contender('PowerDNS', ['pdns-server', 'gdnsd'])]
    expect(present(all).map(({ name }) => name)).toEqual(['Knot'])
    expect(absence(all)).toContain('gdnsd, PowerDNS** (`apt-get install -y --no-install-recommends gdnsd pdns-server`)')
    expect(absence(present(all))).toBe('')
  })
})
