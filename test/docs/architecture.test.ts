import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HOUSE } from '../law/house.ts'
import { page, ROOT, rowsOf, section } from './pages.ts'

const PAGE = page('ARCHITECTURE.md')

test('ARCHITECTURE.md is short enough to be read', () => {
  expect(PAGE.trimEnd().split('\n').length).toBeLessThanOrEqual(200)
})

test('it has the two journeys, the law, and where to change what', () => {
  const titles = [...PAGE.matchAll(/^## (.*)$/gm)].map(([, title]) => title)
  for (const title of [
    'One query, step by step',
    'One measurement, step by step',
    'The import law',
    'Where to change what',
  ])
    expect(titles).toContain(title)
})

test('every path of it is there', () => {
  const paths = [...PAGE.matchAll(/`([\w-]+(?:\/[\w.-]+)*\/?)`/g)]
    .map(([, path]) => path!)
    .filter(path => path.includes('/') || path.endsWith('.ts'))
  expect(paths.length).toBeGreaterThan(80)
  // Alone, a file is one of the folder that is spoken of.
  const names = new Set(
    readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map(path => path.split('/').at(-1)),
  )
  const isThere = (path: string): boolean =>
    path.includes('/') ? [path, `src/${path}`].some(one => existsSync(join(ROOT, one))) : names.has(path)
  expect(paths.filter(path => !isThere(path))).toEqual([])
  const docs = [...PAGE.matchAll(/\b(docs\/[\w-]+\.md)/g)].map(([, path]) => path!)
  expect(docs.filter(path => !existsSync(join(ROOT, path)))).toEqual([])
})

test('the import law is the table that is executed', () => {
  const told = Object.fromEntries(
    rowsOf(section(PAGE, 'The import law')).flatMap(([folders, imports]) =>
      quoted(folders!).map(folder => [folder, imports === 'everything' ? ['*'] : quoted(imports!).sort()]),
    ),
  )
  const real = Object.fromEntries(Object.entries(HOUSE.law).map(([folder, imports]) => [folder, [...imports].sort()]))
  expect(told).toEqual(real)
  const pure = /\((`base`[^)]*)\) are pure/.exec(section(PAGE, 'The import law'))![1]!
  expect(quoted(pure).sort()).toEqual([...HOUSE.pure].sort())
})

test('every folder of src has its place in the law and is spoken of', () => {
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter(entry => entry.isDirectory())
  const spoken = PAGE.split('## The import law')[0]! + section(PAGE, 'Where to change what')
  for (const { name } of folders) {
    expect(HOUSE.law, name).toHaveProperty([name])
    if (!['simulate', 'base'].includes(name)) expect(spoken, name).toMatch(new RegExp(`\\b${name}/`))
  }
})

const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
