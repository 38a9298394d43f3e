import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatName } from '../../src/wire/name.ts'
import { loadZones } from '../../src/worker/zone-files.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zones-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What becomes of the zone file `db.example` with that text. */
function load(text: string, origin?: string, known = new Map<string, string>()) {
  const file = join(folder, 'db.example')
  writeFileSync(file, text)
  const [zone] = loadZones([{ file, ...(origin === undefined ? {} : { origin }) }], known).zones
  return { origin: formatName(zone!.origin), broken: 'broken' in zone! ? zone.broken : null }
}

const BAD = 'x 60 A 192.0.2.300\n'
const SOA = 'SOA a. b. 1 2 3 4 5\n'

describe('a zone that does not load', () => {
  it.each([
    ['the owner of its SOA', `$ORIGIN com.\nshop.com. 60 IN ${SOA}${BAD}`, 'shop.com.'],
    ['its $ORIGIN, where the owner is relative to it', `$ORIGIN shop.com.\n@ 60 IN ${SOA}${BAD}`, 'shop.com.'],
    ['the name of its file, where it does not say its own', `@ 60 IN ${SOA}${BAD}`, 'db.example.'],
    ['the name of its file, where all is garbage', '<html>\n', 'db.example.'],
  ])('is answered for under %s', (_, text, origin) => {
    expect(load(text).origin).toBe(origin)
  })

  it('is answered for under the origin that is configured, or that it had', () => {
    const text = `a.example. ${SOA}${BAD}`
    const known = new Map([[join(folder, 'db.example'), 'c.example.']])
    expect(load(text, 'b.example', known).origin).toBe('b.example.')
    expect(load(text, undefined, known).origin).toBe('c.example.')
  })

  it('says at which line, and in which file where that is another', () => {
    const head = `a.example. 60 ${SOA}a.example. 60 NS ns.\n`
    writeFileSync(join(folder, 'more'), `\n${BAD.replace('x', 'x.a.example.')}`)
    expect(load(`${head}$INCLUDE more\n`).broken).toMatch(/^\/.*\/more line 2: A address "192\.0\.2\.300" is not/)
    expect(load(`${head}${BAD}`).broken).toMatch(/^line 3: /)
    expect(load(`a.example. 60 ${SOA}`).broken).toMatch(/^no NS record at a\.example\.; /)
  })
})
