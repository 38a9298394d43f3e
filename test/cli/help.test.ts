import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { optionsPage } from '../../src/config/manual.ts'
import { cli } from './run.ts'

const COMMANDS = [
  ['serve'],
  ['check'],
  ['explain'],
  ['status'],
  ['cluster'],
  ['cluster', 'list'],
  ['cluster', 'drain'],
  ['cluster', 'restore'],
  ['cluster', 'fill'],
  ['audit'],
  ['reload'],
  ['rtt'],
  ['rtt', 'import'],
  ['rtt', 'export'],
  ['demand'],
  ['demand', 'import'],
  ['demand', 'export'],
  ['demand', 'withdraw'],
  ['probe'],
  ['monitor'],
  ['simulate'],
  ['upgrade'],
  ['zone'],
  ['zone', 'check'],
  ['zone', 'print'],
  ['completion'],
  ['docs'],
]

describe('help', () => {
  test.each(COMMANDS.map(words => [words.join(' '), words] as const))(
    '%s --help has an example that begins with it',
    async (name, words) => {
      const { code, out, err } = await cli([...words, '--help'])
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toContain(`Usage: kingcdn ${name}`)
      expect(out).toMatch(new RegExp(`Examples?:\\n[^]*kingcdn ${name} ?`))
      // One way to ask for it, for every command: --help.
      expect(out).not.toMatch(/^ {2}help /m)
    },
  )

  test('lists exactly the commands of this version', async () => {
    const { code, out } = await cli(['--help'])
    expect(code).toBe(0)
    const listed = [...out.matchAll(/^ {2}([a-z]+)[ \n]/gm)].map(match => match[1])
    expect(listed).toEqual([
      'serve',
      'check',
      'explain',
      'status',
      'cluster',
      'audit',
      'reload',
      'rtt',
      'demand',
      'probe',
      'monitor',
      'simulate',
      'upgrade',
      'zone',
      'completion',
    ])
  })

  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(await cli(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })
})

describe('wrong use exits with 2 and says what is wrong on standard error', () => {
  test.each([
    ['nothing', [], /Usage: kingcdn/],
    ['an unknown command', ['explode'], /unknown command 'explode'/],
    ['a command that is near', ['chek'], /Did you mean check\?/],
    ['an unknown option', ['check', '--jason'], /Did you mean --json\?/],
    ['a word too many', ['status', 'now'], /too many arguments/],
    ['a group alone', ['rtt'], /Usage: kingcdn rtt/],
    ['explain without a client', ['explain', 'a.example'], /required option '--client <ip\[\/len\]>'/],
    [
      'explain with a client that is no address',
      ['explain', 'a.example', '--client', '1.2.3'],
      /"1\.2\.3" is not an address; legal: /,
    ],
    [
      'explain with a type that is none',
      ['explain', 'a', '--client', '::1', '--type', 'A/A'],
      /Not a record type; legal: A, AAAA/,
    ],
    ['drain for no time', ['cluster', 'drain', 'a', '--for', '2'], /Not a duration; legal: a duration from 1s to 365d/],
    ['drain of nothing', ['cluster', 'drain', 'a', '--percent', '0'], /Not a share; legal: 1 to 100/],
    [
      'drain with half a reason',
      ['cluster', 'drain', 'a', '--reason', 'x\ny'],
      /Not a reason; legal: up to 200 characters/,
    ],
    ['probe from nowhere', ['probe', '--targets', 'x'], /required option '--cluster <id>'/],
    ['a zone of no name', ['zone', 'check', 'x', '--origin', 'a..b'], /Not a domain name/],
  ])('%s', async (_, args, message) => {
    const { code, out, err } = await cli(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
  })
})

test('docs prints what is generated from the option table', async () => {
  expect(await cli(['docs', 'options'])).toEqual({ code: 0, out: optionsPage(), err: '' })
  expect(JSON.parse((await cli(['docs', 'schema'])).out)).toMatchObject({ title: 'kingcdn.yaml' })
})
