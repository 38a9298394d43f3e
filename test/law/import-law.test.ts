import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HOUSE } from './house.ts'
import { breaches, type Sources } from './import-checker.ts'

const SRC = join(import.meta.dirname, '../../src')

function readHouse(): Sources {
  const files = readdirSync(SRC, { recursive: true, withFileTypes: true })
  return new Map(
    files
      .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
      .map(entry => join(entry.parentPath, entry.name))
      .sort()
      .map(path => [relative(SRC, path), readFileSync(path, 'utf8')]),
  )
}

test('every file of src keeps the import law', () => {
  const sources = readHouse()
  expect(sources.size).toBeGreaterThan(20)
  expect(breaches(sources, HOUSE)).toEqual([])
})

describe('the checker sees', () => {
  const base = { 'base/ip.ts': 'export const a = 1\n', 'model/cluster.ts': "import '../base/ip.ts'\n" }
  const check = (files: Record<string, string>) => breaches(new Map(Object.entries({ ...base, ...files })), HOUSE)

  test('nothing in a house that keeps the law', () => {
    expect(
      check({
        'route/route.ts': "import { x } from './score/rank.ts'\nimport type { C } from '../model/cluster.ts'\n",
        'route/score/rank.ts':
          "import '../../base/ip.ts'\nexport const x = { process: 1, now: 2 }\n// Date.now() and Buffer\n",
        'cli/serve.ts': "import '../main.ts'\n",
        'main.ts': "import './route/route.ts'\nimport 'node:fs'\nconst t = Date.now()\n",
      }),
    ).toEqual([])
  })

  test.each<[string, Record<string, string>, string]>([
    [
      'a folder that the table does not allow',
      { 'zone/a.ts': "import '../model/cluster.ts'" },
      'zone may not import model',
    ],
    [
      'a type-only import of it',
      { 'zone/a.ts': "import type { C } from '../model/cluster.ts'" },
      'zone may not import model',
    ],
    ['an export from it', { 'zone/a.ts': "export * from '../model/cluster.ts'" }, 'zone may not import model'],
    ['a dynamic import of it', { 'zone/a.ts': "await import('../model/cluster.ts')" }, 'zone may not import model'],
    ['an import type', { 'zone/a.ts': "type C = import('../model/cluster.ts').C" }, 'zone may not import model'],
    ['a folder unknown to the table', { 'misc/a.ts': "import '../base/ip.ts'" }, 'knows no folder misc'],
    ['a file that is not there', { 'zone/a.ts': "import './b.ts'" }, 'which is not there'],
    ['node: in a pure folder', { 'plan/a.ts': "import 'node:fs'" }, 'imports node:fs in a pure folder'],
    ['a package in a pure folder', { 'plan/a.ts': "import 'zod'" }, 'imports the package zod in a pure folder'],
    ['Date.now in a pure folder', { 'plan/a.ts': 'const t = Date.now()' }, 'Date.now in a pure folder'],
    ['new Date() in a pure folder', { 'plan/a.ts': 'const t = new Date()' }, 'new Date() in a pure folder'],
    ['Math.random in a pure folder', { 'base/b.ts': 'const r = Math.random()' }, 'Math.random in a pure folder'],
    ['Buffer in a pure folder', { 'wire/b.ts': 'const b = Buffer.alloc(1)' }, 'Buffer in a pure folder'],
    ['process in a pure folder', { 'answer/b.ts': 'const e = process.env.X' }, 'process in a pure folder'],
    ['a way around it', { 'answer/b.ts': 'const e = globalThis.process' }, 'globalThis.process in a pure folder'],
    [
      'one step importing another',
      { 'route/score/a.ts': "import '../pick/b.ts'", 'route/pick/b.ts': '' },
      'step score imports step pick',
    ],
    [
      'a step imported from elsewhere',
      { 'answer/a.ts': "import '../route/pick/b.ts'", 'route/pick/b.ts': '' },
      'imports the step pick',
    ],
    ['ioredis outside store/redis*.ts', { 'store/memory.ts': "import 'ioredis'" }, 'imports ioredis, which only'],
    ['maxmind outside geo', { 'cli/a.ts': "import 'maxmind'" }, 'imports maxmind, which only'],
    ['prom-client outside metrics', { 'http/a.ts': "import 'prom-client'" }, 'imports prom-client, which only'],
    ['dns2 outside probe', { 'listen/a.ts': "import 'dns2'" }, 'imports dns2, which only'],
    [
      'a package that nobody decided on',
      { 'cli/a.ts': "import '@some/thing/deep.js'" },
      'imports @some/thing, which is no dependency',
    ],
    [
      'main imported by another than cli/serve.ts',
      { 'cli/a.ts': "import '../main.ts'", 'main.ts': '' },
      'imports main.ts, which only',
    ],
    ['a file of more than 400 lines', { 'base/b.ts': 'x\n'.repeat(401) }, '401 lines'],
    [
      'an import cycle',
      { 'base/b.ts': "import './c.ts'", 'base/c.ts': "import './d.ts'", 'base/d.ts': "import './b.ts'" },
      'import cycle: base/b.ts -> base/c.ts -> base/d.ts -> base/b.ts',
    ],
  ])('%s', (_name, files, sentence) => {
    const found = check(files)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(sentence)
  })
})
