import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FIXTURE_FOLDER, fixtures } from '../fixture/make-mmdb.ts'

describe('the fixture databases', () => {
  const made = fixtures()

  it('are all that lie in their folder', () => {
    expect(readdirSync(FIXTURE_FOLDER).sort()).toEqual([...made.keys()].sort())
  })

  it.each([...made])('%s is what make-mmdb.ts writes, octet by octet', (name, bytes) => {
    expect(Buffer.compare(readFileSync(`${FIXTURE_FOLDER}${name}`), bytes)).toBe(0)
  })
})
