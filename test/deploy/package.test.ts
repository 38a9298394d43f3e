import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rdataOf } from '../fixture/dig.ts'
import { discard, FIXTURE_GEO, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'

const run = promisify(execFile)

/** A folder with nothing in it but what `npm install <tarball>` puts there. */
const folder = mkdtempSync(join(tmpdir(), 'kingcdn-package-'))
const installed = join(folder, 'node_modules/kingcdn')
let files: readonly string[] = []

beforeAll(async () => {
  // A checkout as it is packed, with small databases in the place of those that take npm a minute to compress.
  const checkout = join(folder, 'checkout')
  const kept = (path: string) => !/\/(node_modules|\.git|var|test|bench)$|\.mmdb$/.test(path)
  cpSync(REPOSITORY, checkout, { recursive: true, filter: kept })
  for (const kind of ['city', 'asn'] as const) cpSync(FIXTURE_GEO[kind], join(checkout, `geo-data/${kind}.mmdb`))
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const { stdout } = await run('npm', pack, { cwd: checkout, maxBuffer: 1 << 26 })
  const [tarball] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[]
  files = tarball!.files.map(({ path }) => path)
  writeFileSync(join(folder, 'package.json'), '{}')
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball!.filename], { cwd: folder })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the package holds the program, its data and its papers, and nothing else', () => {
  const wanted = ['LICENSE', 'README.md', 'bin/kingcdn.js', 'dist/main.js', 'geo-data/city.mmdb', 'kingcdn.yaml']
  expect(files).toEqual(expect.arrayContaining(wanted))
  expect(files.filter(path => /^(test|bench|var)\/|\.ts$|node_modules/.test(path))).toEqual([])
  // What is installed with it, development aside, is what the program says it needs.
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, object>
  for (const name of Object.keys(dependencies!)) expect(existsSync(join(folder, 'node_modules', name)), name).toBe(true)
  expect(existsSync(join(folder, 'node_modules/vitest'))).toBe(false)
})

test('npx runs it there', async () => {
  const { stdout } = await run('npx', ['--no-install', 'kingcdn', 'check', '-c', 'node_modules/kingcdn/kingcdn.yaml'], {
    cwd: folder,
  })
  expect(stdout).toMatch(/ok/i)
})

test('the installed program answers with the geo data it brought, and shows its page', async () => {
  const server = await startNameserver({
    program: join(installed, 'bin/kingcdn.js'),
    edit: config => {
      config.geo = { city: join(installed, 'geo-data/city.mmdb'), asn: join(installed, 'geo-data/asn.mmdb') }
    },
  })
  try {
    const cname = await server.dig('video.netcinema.com', '+short')
    expect(cname.text).toContain('a1105.kingcdn.com.')
    const seoul = await server.dig('a1105.kingcdn.com', '+subnet=168.126.63.0/24')
    expect(rdataOf(seoul, 'A')).toEqual(['192.0.2.11', '192.0.2.12'])
    const page = await fetch(`${server.url}/`)
    expect(page.status).toBe(200)
    const html = await page.text()
    for (const [, asset] of html.matchAll(/(?:src|href)="(\/[^"]+)"/g))
      expect((await fetch(`${server.url}${asset}`)).status, asset).toBe(200)
  } finally {
    await discard(server)
  }
})
