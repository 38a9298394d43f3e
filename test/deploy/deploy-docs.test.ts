import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { REPOSITORY } from '../fixture/nameserver.ts'
import { findTool, missing } from '../fixture/tools.ts'

const PAGE = readFileSync(join(REPOSITORY, 'docs/deploy.md'), 'utf8')

const blocks = (kind: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${kind}\n([^]*?)^\`\`\``, 'gm'))].map(([, text]) => text!)

// In a network of its own: nft asks the kernel.
it.skipIf(missing('nft', 'unshare') || process.getuid?.() !== 0)(
  'the firewall rules of docs/deploy.md are rules',
  () => {
    const check = (input: string) =>
      execFileSync('unshare', ['-n', findTool('nft')!, '-c', '-f', '-'], { input, stdio: 'pipe' })
    expect(blocks('nft')).toHaveLength(1)
    for (const rules of blocks('nft')) check(rules)
    expect(() => check(blocks('nft')[0]!.replace('notrack', 'no-track'))).toThrow()
  },
)

it.skipIf(missing('bird'))(
  'the BIRD configuration of docs/deploy.md is one, and its script turns a protocol that is in it',
  () => {
    const [bird] = blocks('bird')
    const folder = mkdtempSync(join(tmpdir(), 'kingcdn-bird-'))
    const check = (text: string) => {
      writeFileSync(join(folder, 'bird.conf'), text)
      execFileSync(findTool('bird')!, ['-p', '-c', join(folder, 'bird.conf')], { stdio: 'pipe' })
    }
    try {
      check(bird!)
      expect(() => check(bird!.replace('export where', 'export when'))).toThrow()
    } finally {
      rmSync(folder, { recursive: true })
    }
    const turned = [
      ...blocks('sh')
        .join('')
        .matchAll(/birdc (?:enable|disable) (\w+)/g),
    ].map(([, name]) => name!)
    expect(turned).toHaveLength(3)
    for (const name of turned) expect(bird).toContain(`protocol static ${name} {`)
  },
)

it('the figures for sizing are those of the benches', () => {
  const results = readFileSync(join(REPOSITORY, 'bench/results.md'), 'utf8').split('\n')
  const sizing = PAGE.slice(PAGE.indexOf('## Sizing'), PAGE.indexOf('## Backup'))
  const rows = [...sizing.matchAll(/^\| [^|]+ \| ([\d,]+) \| (\d+\.\d+) \|/gm)]
  expect(rows).toHaveLength(13)
  for (const [row, first, second] of rows) {
    // Microseconds stand there as they are here, seconds as milliseconds.
    const figures = [first, ...(/\.\d\d$/.test(second!) ? [second] : [])].map(figure => `| ${figure} |`)
    const shown = results.some(line => figures.every(figure => line.includes(figure)))
    expect(shown, row).toBe(true)
  }
})

it('the scripts of docs/deploy.md parse, and the files it names are there', () => {
  expect(blocks('sh')).toHaveLength(2)
  for (const script of blocks('sh')) execFileSync('sh', ['-n'], { input: script })
  for (const [file] of PAGE.matchAll(/deploy\/[\w@.-]+\.(service|conf)/g))
    expect(existsSync(join(REPOSITORY, file)), file).toBe(true)
})
