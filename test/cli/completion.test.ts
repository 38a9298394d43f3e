import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { kingcdn } from '../fixture/cli.ts'
import { readRoot } from '../fixture/grafana.ts'
import { REPOSITORY } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'
import { cli, temporaryFolder } from './run.ts'

const CLUSTERS = (parse(readRoot('kingcdn.yaml')) as { clusters: { id: string }[] }).clusters.map(({ id }) => id)

/** What a shell is offered for the words typed so far; the last is the one that is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout } = await kingcdn('complete', '--', ...words)
  return stdout.split('\n').flatMap(line => (line === '' || line.startsWith(':') ? [] : line.split('\t')[0]!))
}

describe('completion', () => {
  test('offers every command that the help lists', async () => {
    const { out } = await cli(['--help'])
    const listed = [...out.matchAll(/^ {2}([a-z]+)[ \n]/gm)].map(match => match[1]!)
    const words = await offered('')
    expect(listed.length).toBeGreaterThan(10)
    expect(listed.filter(command => !words.includes(command))).toEqual([])
  })

  test('offers options, and clusters and names of the configuration', async () => {
    const other = join(temporaryFolder(), 'other.yaml')
    writeFileSync(other, 'clusters: [{ id: far-away }]\nservices: [{ cdnName: x.example, hostnames: [y.example] }]')
    expect(await offered('serve', '--')).toEqual(expect.arrayContaining(['--config', '--strict']))
    expect(await offered('cluster', 'drain', '')).toEqual(CLUSTERS)
    expect(await offered('probe', '--cluster', '')).toEqual(CLUSTERS)
    expect(await offered('cluster', 'restore', '-c', other, '')).toEqual(['far-away'])
    expect(await offered('explain', '--config', other, '')).toEqual(['x.example', 'y.example'])
  })

  test('says nothing where the configuration cannot be read', async () => {
    const other = join(temporaryFolder(), 'other.yaml')
    for (const text of ['clusters: 7', '[', 'null', 'clusters: [null, { id: [] }]']) {
      writeFileSync(other, text)
      expect(await offered('cluster', 'drain', '-c', other, '')).toEqual([])
    }
  })

  test('an unknown shell is a usage error that names the legal ones', async () => {
    const { code, stderr } = await kingcdn('completion', 'tcsh')
    expect(code).toBe(2)
    expect(stderr).toContain('zsh, bash, fish, powershell')
  })
})

test.skipIf(missing('dh_bash-completion'))('bash completes by the script', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'bin'))
  const command = `#!/bin/sh\nexec '${process.execPath}' '${join(REPOSITORY, 'bin/kingcdn.js')}' "$@"\n`
  writeFileSync(join(folder, 'bin/kingcdn'), command, { mode: 0o755 })
  const script = `
    source /usr/share/bash-completion/bash_completion
    source <(kingcdn completion bash)
    tab() { COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); __kingcdn_complete 2>/dev/null; echo "\${COMPREPLY[@]}"; }
    tab kingcdn clus
    tab kingcdn cluster drain sin
    tab kingcdn rtt imp`
  const path = `${join(folder, 'bin')}:${process.env.PATH}`
  const out = execFileSync('bash', ['-c', script], {
    cwd: REPOSITORY,
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
  })
  expect(out.trim().split('\n')).toEqual(['cluster', 'sin-core', 'import'])
})
