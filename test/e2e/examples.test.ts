import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { follow, stepsOf } from '../fixture/console-steps.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'

const EXAMPLES = join(REPOSITORY, 'examples')
// That of the containers is played by compose.test.ts.
const names = readdirSync(EXAMPLES).filter(
  name => name !== 'compose' && existsSync(join(EXAMPLES, name, 'kingcdn.yaml')),
)

describe.skipIf(missing('dig'))('examples', () => {
  it('are those that their README lists', () => {
    const listed = [...readFileSync(join(EXAMPLES, 'README.md'), 'utf8').matchAll(/^\| \[([\w-]+)\]/gm)].map(m => m[1])
    expect(listed.sort()).toEqual([...names].sort())
  })

  describe.each(names)('%s', name => {
    let server: Nameserver
    beforeAll(async () => {
      const folder = join(EXAMPLES, name)
      server = await startNameserver({
        from: join('examples', name, 'kingcdn.yaml'),
        prepare: copy => cpSync(folder, copy, { recursive: true, filter: path => !path.includes('/var') }),
      })
    }, 60_000)
    afterAll(() => discard(server))

    it('prints what its README shows', async () => {
      const steps = stepsOf(readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8'))
      expect(steps.filter(step => step.expected.length > 0).length).toBeGreaterThanOrEqual(5)
      for (const step of steps) await follow(server, step, {})
    }, 60_000)
  })
})
