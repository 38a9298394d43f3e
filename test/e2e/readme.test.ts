import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

interface Step {
  readonly command: string
  /** Lines that README shows below it; empty where it shows none. */
  readonly expected: readonly string[]
}

/** The commands of README's console blocks, in order. */
function stepsOf(markdown: string): Step[] {
  const blocks = [...markdown.matchAll(/```console\n([\s\S]*?)```/g)].map(match => match[1]!)
  return blocks.flatMap(block =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map(part => {
        const [command = '', ...expected] = part.trimEnd().split('\n')
        return { command, expected }
      }),
  )
}

/** What differs from run to run: message ids, and the blanks that dig aligns with. */
const normal = (line: string) =>
  line
    .replace(/id: \d+/, 'id: N')
    .replace(/\s+/g, ' ')
    .trim()

describe.skipIf(missing('dig'))('README, on the configuration and geo data of the checkout', () => {
  let server: Nameserver
  const steps = stepsOf(readFileSync(join(REPOSITORY, 'README.md'), 'utf8'))

  beforeAll(async () => {
    server = await startNameserver({
      edit: config => {
        config.geo = { city: join(REPOSITORY, 'geo-data/city.mmdb'), asn: join(REPOSITORY, 'geo-data/asn.mmdb') }
      },
    })
    await until('the whole map', async () => !(await server.status()).snapshot.coarse, 60_000, 250)
  }, 90_000)
  afterAll(() => discard(server))

  const run = (command: string) =>
    new Promise<{ code: number; output: string }>(resolve => {
      const here = command
        .replaceAll('-p 5300', `-p ${server.dnsPort}`)
        .replace(
          /npx kingcdn (.*)/,
          `${process.execPath} ${join(REPOSITORY, 'bin/kingcdn.js')} $1 -c ${server.configFile}`,
        )
      execFile('bash', ['-c', here], { cwd: server.folder, env: { ...process.env, NO_COLOR: '1' } }, (error, stdout) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout.trimEnd() }),
      )
    })

  it('has commands to run', () => {
    expect(steps.length).toBeGreaterThanOrEqual(10)
  })

  it('every command succeeds and prints what README shows', async () => {
    for (const { command, expected } of steps) {
      const wanted = expected.map(normal)
      let shown = ''
      const asShown = async () => {
        const { code, output } = await run(command)
        expect(code, command).toBe(0)
        shown = output
        return wanted.length === 0 || output.split('\n').map(normal).join('\n') === wanted.join('\n')
      }
      // An import is in force within two seconds, not at once.
      await until(`README's output of \`${command}\``, asShown, 5_000).catch(() => {
        expect(shown, command).toBe(expected.join('\n'))
      })
    }
  }, 60_000)

  it('names files that exist', async () => {
    const { existsSync } = await import('node:fs')
    for (const file of ['README.md', 'ARCHITECTURE.md']) {
      const text = readFileSync(join(REPOSITORY, file), 'utf8')
      const named = [
        ...text.matchAll(/\]\(([^)#]+)\)/g),
        ...text.matchAll(/`((?:src|docs|zones|geo-data|bench|test)\/[\w./-]*|\w+\/[\w./-]+\.ts)`/g),
      ]
      for (const [, path = ''] of named) {
        if (path.startsWith('http')) continue
        const found = existsSync(join(REPOSITORY, path)) || existsSync(join(REPOSITORY, 'src', path))
        expect(found, `${file} names ${path}`).toBe(true)
      }
    }
  })
})
