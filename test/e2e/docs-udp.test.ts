import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadLibc } from '../../src/listen/linux/libc.ts'
import { follow, stepsOf } from '../fixture/console-steps.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'

describe.skipIf(loadLibc().kind === 'absent')('docs/udp.md', () => {
  const page = readFileSync(join(REPOSITORY, 'docs/udp.md'), 'utf8')
  let server: Nameserver
  beforeAll(async () => {
    server = await startNameserver({ edit: config => Object.assign(config, { workers: 1 }) })
  })
  afterAll(() => discard(server))

  it('every command succeeds and prints what is shown', async () => {
    const steps = stepsOf(page)
    expect(steps.length).toBeGreaterThan(0)
    for (const { command, expected } of steps) {
      const here = expected.map(line => line.replace('of 2 cores', `of ${availableParallelism()} cores`))
      await follow(server, { command, expected: here }, {})
    }
  })

  it('names metrics and options that exist', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    for (const [, name] of page.matchAll(/`(kingcdn_[a-z_]+)`/g)) expect(metrics).toContain(`# HELP ${name} `)
    const options = readFileSync(join(REPOSITORY, 'docs/options.md'), 'utf8')
    for (const [, key] of page.matchAll(/`((?:udp|listen|rateLimit)\.[a-zA-Z]+)/g))
      if (key !== 'listen.udp') expect(options).toContain(`\`${key}\``)
  })
})
