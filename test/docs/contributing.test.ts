import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import vitest from '../../vitest.config.ts'
import { cli } from '../cli/run.ts'
import { page, ROOT, rowsOf, section } from './pages.ts'

const PAGE = page('CONTRIBUTING.md')
const commands = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, text]) => text!.trim().split('\n'))
const { scripts } = JSON.parse(page('package.json')) as { scripts: Record<string, string> }

test('the commands of CONTRIBUTING.md name scripts, packages, folders and settings that there are', () => {
  const projects = (vitest.test?.projects ?? []).map(one => (one as { test: { name: string } }).test.name)
  const knobs = [
    'vitest.config.ts',
    'test/install-tools.mjs',
    'test/chaos/chaos.test.ts',
    'test/scenario/load-campaign.test.ts',
    'test/e2e/measured-story.test.ts',
  ]
    .map(page)
    .join('\n')
  expect(commands.length).toBeGreaterThanOrEqual(12)
  for (const command of commands.map(text => text.split(' #')[0]!)) {
    const words = command.trim().split(/\s+/)
    for (const [, name] of command.matchAll(/\b([A-Z_]+)=/g)) expect(knobs, command).toContain(`process.env.${name}`)
    const [program, first, second] = words.filter(word => !word.includes('='))
    if (program === 'npm' && first === 'run') expect(scripts, command).toHaveProperty(second!)
    else if (program === 'npm') expect(['install', 'test', 'start'], command).toContain(first)
    else expect([program, existsSync(join(ROOT, 'node_modules/.bin', first!))], command).toEqual(['npx', true])
    for (const path of words.filter(word => word.includes('/'))) expect(existsSync(join(ROOT, path)), path).toBe(true)
    if (command.includes('--project ')) expect(projects, command).toContain(words.at(words.indexOf('--project') + 1))
  }
})

test('folders of tests that CONTRIBUTING.md explains are there, and the tests that it says will complain', () => {
  for (const [, path] of PAGE.matchAll(/`((?:src|test|docs|zones|bench)\/[\w./-]*|[\w-]+\.(?:json|ts|yaml))`/g))
    expect(existsSync(join(ROOT, path!)), path).toBe(true)
  const rows = rowsOf(section(PAGE, 'What a change brings'))
  expect(rows.length).toBeGreaterThanOrEqual(10)
  for (const row of rows) expect(row[3], row[0]).toMatch(/`test\/[^`]+\.test\.ts`/)
})

test('every folder of tests is a mirror of src or is explained', () => {
  const folders = readdirSync(join(ROOT, 'test'), { withFileTypes: true }).filter(entry => entry.isDirectory())
  const known = new Set([...readdirSync(join(ROOT, 'src')), 'fixture', 'bench', 'deploy', 'scenario'])
  for (const { name } of folders) if (!known.has(name)) expect(PAGE, name).toContain(`\`test/${name}/\``)
})

test('what a report of a bug shall have can be had', async () => {
  const wanted = [...section(PAGE, 'A bug').matchAll(/`kingcdn ([a-z]+)(?: ([a-z]+))?([^`]*)`/g)]
  expect(wanted.length).toBeGreaterThanOrEqual(3)
  for (const [, command, sub, rest] of wanted) {
    const { out, code } = await cli([command!, ...(sub === undefined ? [] : [sub]), '--help'])
    expect(code).toBe(0)
    for (const [option] of rest!.matchAll(/--[a-z-]+/g)) expect(out, command).toContain(option)
  }
})
