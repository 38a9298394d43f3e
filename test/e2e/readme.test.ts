import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { follow, stepsOf } from '../fixture/console-steps.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

describe.skipIf(missing('dig'))('README, on the configuration and geo data of the checkout', () => {
  let server: Nameserver
  const all = stepsOf(readFileSync(join(REPOSITORY, 'README.md'), 'utf8'))
  // Those in containers are played by compose.test.ts.
  const steps = all.filter(({ command }) => !command.startsWith('docker '))

  beforeAll(async () => {
    server = await startNameserver({
      edit: config => {
        config.geo = { city: join(REPOSITORY, 'geo-data/city.mmdb'), asn: join(REPOSITORY, 'geo-data/asn.mmdb') }
      },
    })
    await until('the whole map', async () => !(await server.status()).snapshot.coarse, 60_000, 250)
  }, 90_000)
  afterAll(() => discard(server))

  it('has commands to run', () => {
    expect(steps.length).toBeGreaterThanOrEqual(10)
  })

  it('every command succeeds and prints what README shows', async () => {
    for (const step of steps) await follow(server, step, {})
  }, 60_000)

  it('the calls that docs/http-api.md begins with are answered', async () => {
    const [, block] = /```sh\n([\s\S]*?)```/.exec(readFileSync(join(REPOSITORY, 'docs/http-api.md'), 'utf8'))!
    const calls = block!.trim().split('\n')
    expect(calls).toHaveLength(2)
    for (const call of calls) await follow(server, { command: `${call} | grep -v '"error"'`, expected: [] }, {})
    expect(await server.status()).toMatchObject({
      clusters: expect.arrayContaining([expect.objectContaining({ id: 'icn-kt' })]),
    })
  })

  it('names files that exist', async () => {
    const { existsSync } = await import('node:fs')
    for (const file of ['README.md', 'ARCHITECTURE.md']) {
      const text = readFileSync(join(REPOSITORY, file), 'utf8')
      const named = [
        ...text.matchAll(/\]\(([^)#]+)\)/g),
        ...text.matchAll(/`((?:src|docs|zones|geo-data|bench|test)\/[\w./-]*|\w+\/[\w./-]+\.ts)`/g),
      ]
      for (const [, path = ''] of named) {
        if (path.startsWith('http')) continue
        const found = existsSync(join(REPOSITORY, path)) || existsSync(join(REPOSITORY, 'src', path))
        expect(found, `${file} names ${path}`).toBe(true)
      }
    }
  })
})
