import { existsSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { files, page, ROOT } from './pages.ts'

const PAGES = files().filter(file => file.endsWith('.md') && existsSync(join(ROOT, file)))

/** The text without blocks of code, fenced or indented, and without code in a line. */
const prose = (markdown: string): string =>
  markdown
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/^ {4}.*$/gm, '')
    .replace(/`[^`\n]*`/g, '``')

interface Link {
  readonly target: string
  /** Below the root; '' for a place on the same page. */
  readonly path: string
  readonly anchor: string
}

/** Links to files and places; those to other sites are left out. */
function linksOf(file: string): Link[] {
  return [...prose(page(file)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter(target => !/^[a-z]+:/.test(target))
    .map(target => {
      const [path = '', anchor = ''] = target.split('#')
      return { target, path: path === '' ? '' : normalize(join(dirname(file), path)), anchor }
    })
}

/** The names that a page gives its headings: small letters, blanks as hyphens, without punctuation; a second one of a name ends in -1. */
function anchorsOf(file: string): string[] {
  const slugs = [
    ...page(file)
      .replace(/^```[\s\S]*?^```/gm, '')
      .matchAll(/^#+ (.*)$/gm),
  ].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
  return slugs.map((slug, i) => {
    const before = slugs.slice(0, i).filter(other => other === slug).length
    return before === 0 ? slug : `${slug}-${before}`
  })
}

test('there are pages', () => {
  expect(PAGES.length).toBeGreaterThan(30)
})

describe.each(PAGES)('%s', file => {
  test('every link leads to a file of the repository, and to a heading of it', () => {
    const kept = new Set(files())
    for (const { target, path, anchor } of linksOf(file)) {
      const to = path === '' ? file : path
      expect(to.startsWith('..'), `${target} leads out of the repository`).toBe(false)
      const isThere = kept.has(to) || [...kept].some(one => one.startsWith(`${to.replace(/\/$/, '')}/`))
      expect(isThere, `${target} leads to nothing that is kept`).toBe(true)
      if (anchor !== '' && to.endsWith('.md')) expect(anchorsOf(to), target).toContain(anchor)
    }
  })

  test('nothing is left to be done, no blank stands twice, and no path is one of some machine', () => {
    const text = prose(page(file))
    expect(text.match(/\b(TODO|FIXME|XXX|TBD)\b/g)).toBeNull()
    expect(text.split('\n').filter(line => /\S {2,}\S/.test(line) && !/^\s*\|/.test(line))).toEqual([])
    expect(page(file).match(/(?<![\w/.])\/(work|root|home|Users)\/[\w./-]*/g)).toBeNull()
    expect(page(file).endsWith('\n') && !page(file).endsWith('\n\n')).toBe(true)
    expect(
      page(file)
        .split('\n')
        .filter(line => /[ \t]+$/.test(line)),
    ).toEqual([])
  })

  test('blocks of code say what they are, and end', () => {
    expect((page(file).match(/^```/gm) ?? []).length % 2).toBe(0)
  })
})

test('every page of docs/ is linked from README, and every other page can be reached from there', () => {
  const direct = new Set(linksOf('README.md').map(({ path }) => path))
  const docs = PAGES.filter(file => file.startsWith('docs/'))
  expect(docs.filter(file => !direct.has(file))).toEqual([])
  const reached = new Set(['README.md'])
  for (const file of reached)
    for (const { path } of linksOf(file)) {
      const at = existsSync(join(ROOT, path, 'README.md')) ? relative('.', join(path, 'README.md')) : path
      if (PAGES.includes(at)) reached.add(at)
    }
  expect(PAGES.filter(file => !reached.has(file))).toEqual([])
})
