import { createHash } from 'node:crypto'
import { Script } from 'node:vm'
import { expect, test } from 'vitest'
import { startApi } from '../fixture/http.ts'

async function page() {
  const { url } = await startApi()
  const response = await fetch(url)
  return { response, html: await response.text() }
}

test('the console is one file that asks nobody but this server', async () => {
  const { response, html } = await page()
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const urls = [...html.matchAll(/(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]+[^\s'"`)]*/gi)].map(([url]) => url)
  expect(new Set(urls)).toEqual(new Set(['http://www.w3.org/2000/svg']))
  expect(html).not.toMatch(/<(link|script|img|iframe|object)[^>]+(src|href)=(?!"data:,")/i)
  expect([...html.matchAll(/fetch\([`'"]([^`'"?]+)/g)].map(match => match[1])).toEqual(['/v1/status', '/v1/explain'])
})

test('its policy admits its own script and style by hash, and nothing else', async () => {
  const { response, html } = await page()
  const policy = response.headers.get('content-security-policy')!
  for (const tag of ['script', 'style']) {
    const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(html)![1]!
    expect(policy).toContain(`${tag}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  }
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toContain('unsafe')
  expect(html).not.toMatch(/\sstyle="|\son[a-z]+="|javascript:/)
})

test('its script compiles and never sets markup from data', async () => {
  const script = /<script>([\s\S]*?)<\/script>/.exec((await page()).html)![1]!
  expect(() => new Script(script)).not.toThrow()
  expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/)
})

test('it is readable in the dark and in the light', async () => {
  const { html } = await page()
  expect(html).toContain('@media (prefers-color-scheme: dark)')
  const [light, dark] = [...html.matchAll(/:root \{([^}]*)\}/g)].map(match => match[1]!)
  const colors = (block: string) =>
    Object.fromEntries([...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map(([, name, color]) => [name!, color!]))
  for (const theme of [colors(light!), colors(dark!)]) {
    for (const ink of ['ink', 'soft', 'up', 'degraded', 'down', 'drained'])
      expect(contrast(theme[ink]!, theme.card!), `${ink} on card`).toBeGreaterThanOrEqual(4.5)
    expect(contrast(theme['alarm-ink']!, theme['alarm-page']!)).toBeGreaterThanOrEqual(4.5)
  }
})

/** Contrast ratio of WCAG 2.1, 1..21. */
function contrast(a: string, b: string): number {
  const luminance = (color: string) => {
    const [r, g, b] = [1, 3, 5].map(at => {
      const share = Number.parseInt(color.slice(at, at + 2), 16) / 255
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
  }
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high! + 0.05) / (low! + 0.05)
}
