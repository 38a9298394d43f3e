import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Reply } from './reply.ts'

/** The page is data beside the sources; seen from `src/http` and from `dist/http` it lies at the same place. */
const PAGE = new URL('../../src/http/console.html', import.meta.url)

let page: Promise<Reply> | undefined

/** The console: one HTML file that asks for nothing but /v1/status and /v1/explain of the server it came from. */
export async function consolePage(): Promise<Reply> {
  page ??= readPage()
  try {
    return await page
  } catch (error) {
    page = undefined
    throw error
  }
}

async function readPage(): Promise<Reply> {
  const html = await readFile(PAGE, 'utf8')
  const headers = { 'content-security-policy': policyFor(html) }
  return { status: 200, type: 'text/html; charset=utf-8', body: html, headers }
}

/** Content-Security-Policy: nothing from anywhere, but the script and style that stand in the page, by their hash. */
function policyFor(html: string): string {
  const hashes = (tag: string) =>
    [...html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))]
      .map(match => `'sha256-${createHash('sha256').update(match[1]!).digest('base64')}'`)
      .join(' ')
  return [
    "default-src 'none'",
    `script-src ${hashes('script')}`,
    `style-src ${hashes('style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
