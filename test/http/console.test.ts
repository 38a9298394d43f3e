import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { contrast } from '../fixture/contrast.ts'
import { startApi } from '../fixture/http.ts'

const FOLDER = fileURLToPath(new URL('../../src/http/console/', import.meta.url))
const read = (name: string) => readFileSync(`${FOLDER}${name}`, 'utf8')
const SCRIPTS = readdirSync(FOLDER).filter(name => name.endsWith('.js'))

async function page() {
  const { url } = await startApi()
  const response = await fetch(url)
  const html = await response.text()
  const parts = [...html.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(match => match[1]!)
  return { url, response, html, parts }
}

test('the page and its parts come with their types, never sniffed; the parts for good, under the digest of them all', async () => {
  const { url, response, parts } = await page()
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(parts.map(path => path.split('/').at(-1)).sort()).toEqual(['console.css', 'icon.svg', 'main.js'])
  const folder = parts[0]!.slice(0, parts[0]!.lastIndexOf('/') + 1)
  expect(folder).toMatch(/^\/console\/[0-9a-f]{16}\/$/)
  const types = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' }
  for (const name of ['console.css', 'icon.svg', ...SCRIPTS]) {
    const part = await fetch(`${url}${folder}${name}`)
    expect([name, part.status, part.headers.get('content-type')]).toEqual([
      name,
      200,
      `${types[name.split('.').at(-1) as keyof typeof types]}; charset=utf-8`,
    ])
    expect(part.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(part.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await part.text()).toBe(read(name))
  }
})

test('nothing else is to be had there: no other file, no other folder, no older edition', async () => {
  const { url, parts } = await page()
  const edition = parts[0]!.split('/')[2]!
  for (const path of [
    `${edition}/index.html`,
    `${edition}/tsconfig.json`,
    `${edition}/..%2fconsole.ts`,
    `${edition}/%2e%2e%2fconsole.ts`,
    `${edition}/__proto__`,
    `${edition}/none.js`,
    '0000000000000000/main.js',
  ])
    expect([path, (await fetch(`${url}/console/${path}`)).status]).toEqual([path, 404])
})

test('the policy admits parts of this server alone, no script or style in the markup, and no markup from data', async () => {
  const { response, html } = await page()
  const policy = response.headers.get('content-security-policy')!.split('; ')
  expect(policy).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]),
  )
  expect(policy.join()).not.toMatch(/unsafe|\*|http|data:/)
  expect(html).not.toMatch(/\sstyle=|\son[a-z]+=|javascript:|<style|<script(?! type="module" src="\/)/)
})

test('its scripts name no other server and set no markup', () => {
  const asked = new Set<string>()
  for (const name of SCRIPTS) {
    const text = read(name)
    expect([
      name,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|Function\(/.test(text),
    ]).toEqual([name, false])
    const urls = [...text.matchAll(/(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]+[^\s'"`)]*/gi)].map(([url]) => url)
    expect(urls.filter(url => url !== 'http://www.w3.org/2000/svg')).toEqual([])
    for (const [, path] of text.matchAll(/(?:getJson|fetch)\([`'"]([^`'"?]+)/g)) asked.add(path!)
  }
  expect([...asked].sort()).toEqual(['/v1/explain', '/v1/status'])
})

test('every colour of text is readable on what it stands on, in the light and in the dark', () => {
  const colors = [...read('console.css').matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)]
  expect(colors.length).toBeGreaterThan(15)
  for (const theme of [2, 3]) {
    const color = Object.fromEntries(colors.map(match => [match[1]!, match[theme]!])) as Record<string, string>
    const on = (ink: string, ground: string) => contrast(color[ink]!, color[ground]!)
    for (const ink of ['ink', 'soft', 'up', 'degraded', 'down', 'drained', 'unknown', 'accent'])
      for (const ground of ['card', 'page', 'well'])
        expect(on(ink, ground), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    for (const ink of ['ink', 'soft']) expect(on(ink, 'land'), `${ink} on land`).toBeGreaterThanOrEqual(4.5)
    expect(on('alarm-ink', 'alarm')).toBeGreaterThanOrEqual(4.5)
    // WCAG 1.4.11: marks that mean something.
    for (const mark of ['up', 'degraded', 'down', 'drained', 'unknown', 'accent'])
      for (const ground of ['land', 'track']) expect(on(mark, ground), `${mark} on ${ground}`).toBeGreaterThanOrEqual(3)
  }
})

test('the land is what the program makes of its package, and small', async () => {
  const build = new URL('../../world-map/build.mjs', import.meta.url).href
  const { worldModule } = (await import(/* @vite-ignore */ build)) as { worldModule: () => string }
  expect(worldModule()).toBe(read('world.js'))
  expect(read('world.js').length).toBeLessThan(60_000)
})
