import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { makeCertificate } from '../fixture/certificate.ts'
import { follow, stepsOf } from '../fixture/console-steps.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { freePort } from '../fixture/ports.ts'
import { missing } from '../fixture/tools.ts'

describe.skipIf(missing('dig', 'kdig', 'openssl'))('docs/dns.md', () => {
  const page = readFileSync(join(REPOSITORY, 'docs/dns.md'), 'utf8')
  let server: Nameserver
  let tlsPort = 0

  beforeAll(async () => {
    tlsPort = await freePort()
    server = await startNameserver({
      prepare: folder => {
        makeCertificate(folder, 'ns1.example')
        writeFileSync(join(folder, 'cookie-secrets'), '00112233445566778899aabbccddeeff\n', { mode: 0o600 })
      },
      edit: config => {
        const added = /```yaml\n([\s\S]*?)```/.exec(page)![1]!
        Object.assign(config, parse(added.replace(':8853', `:${tlsPort}`)))
      },
    })
  })
  afterAll(() => discard(server))

  it('every command succeeds and prints what is shown', async () => {
    const steps = stepsOf(page)
    expect(steps.length).toBeGreaterThanOrEqual(9)
    for (const step of steps) await follow(server, step, { 8853: tlsPort })
  }, 60_000)
})
