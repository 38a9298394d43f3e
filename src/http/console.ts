import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { Failure } from './failure.ts'
import type { Reply } from './reply.ts'

/** The page is data beside the sources; seen from `src/http` and from `dist/http` it lies at the same place. */
const FOLDER = new URL('../../src/http/console/', import.meta.url)
const PAGE = 'index.html'
/** Where the page names the folder of its parts. */
const EDITION = '{edition}'

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
}

/** Nothing from anywhere but this server, no script or style in the markup, and no markup from data: browsers that know Trusted Types refuse it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

interface Site {
  readonly page: Reply
  /** By name. */
  readonly parts: ReadonlyMap<string, Reply>
  /** Digest of all parts. It is in their addresses, so a browser may keep them for good. */
  readonly edition: string
}

let site: Promise<Site> | undefined

/** The console: a page that asks for nothing but its own parts, /v1/status and /v1/explain of the server it came from. */
export async function consolePage(): Promise<Reply> {
  return (await theSite()).page
}

/** A style, script or picture of the page. Fails with 404 for another name, and for an edition that is not the one of this server. */
export async function consolePart({ edition = '', file = '' }: Readonly<Record<string, string>>): Promise<Reply> {
  const { parts, edition: own } = await theSite()
  const part = edition === own ? parts.get(file) : undefined
  if (part === undefined) throw new Failure('not-found', 'the console has no such part; load its page at / anew')
  return part
}

async function theSite(): Promise<Site> {
  site ??= readSite()
  try {
    return await site
  } catch (error) {
    site = undefined
    throw error
  }
}

async function readSite(): Promise<Site> {
  const names = (await readdir(FOLDER)).filter(name => typeOf(name) !== undefined).sort()
  const texts = await Promise.all(names.map(name => readFile(new URL(name, FOLDER), 'utf8')))
  const digest = createHash('sha256')
  for (const [i, name] of names.entries()) digest.update(`${name}\0${texts[i]}\0`)
  const edition = digest.digest('hex').slice(0, 16)
  const headers = { 'content-security-policy': POLICY }
  const forGood = { ...headers, 'cache-control': 'public, max-age=31536000, immutable' }
  const parts = new Map<string, Reply>()
  for (const [i, name] of names.entries())
    if (name !== PAGE) parts.set(name, { status: 200, type: typeOf(name)!, body: texts[i]!, headers: forGood })
  const html = texts[names.indexOf(PAGE)]!.replaceAll(EDITION, edition)
  return { page: { status: 200, type: TYPES.html!, body: html, headers }, parts, edition }
}

const typeOf = (name: string): string | undefined => TYPES[name.split('.').at(-1)!]
