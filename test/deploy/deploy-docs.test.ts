import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
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

it('the scripts of docs/deploy.md parse, and the files it names are there', () => {
  expect(blocks('sh')).toHaveLength(1)
  for (const script of blocks('sh')) execFileSync('sh', ['-n'], { input: script })
  for (const [file] of PAGE.matchAll(/deploy\/[\w@.-]+\.(service|conf)/g))
    expect(existsSync(join(REPOSITORY, file)), file).toBe(true)
})
