import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatProblem, ProblemError } from '../../src/base/problem.ts'
import { ConfigSource } from '../../src/config/source.ts'

const A = '00112233445566778899aabbccddeeff'
const B = 'ffeeddccbbaa99887766554433221100'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'source-'))
  file = join(folder, 'kingcdn.yaml')
  mkdirSync(join(folder, 'var'))
  write('')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (more: string) => writeFileSync(file, `zones: [{ file: example.zone }]\n${more}`)
const said = (problems: ConfigSource['problems']) => problems.map(formatProblem)

describe('what the workers go by', () => {
  test('the rate limit is shared out among them', async () => {
    write('rateLimit: { perSecond: 100 }\n')
    const source = await ConfigSource.boot(file, false)
    expect(source.settings(4, null).rateLimit).toMatchObject({ perSecond: 25, slip: 1 })
    write('rateLimit: { perSecond: 0 }\n')
    expect((await ConfigSource.boot(file, false)).settings(1, null).rateLimit).toBeNull()
  })

  test('cookie secrets: of the file, else of the store, else of this process', async () => {
    const source = await ConfigSource.boot(file, false)
    const own = source.settings(1, null).cookies
    expect(own).toEqual({ secrets: [expect.stringMatching(/^[0-9a-f]{32}$/)], active: 0, require: false })
    expect(source.settings(1, null).cookies).toEqual(own)
    const shared = { secrets: [A, B], active: 1 }
    expect(source.settings(1, shared).cookies).toEqual({ ...shared, require: false })
    writeFileSync(join(folder, 'secrets'), `${B}\n${A}\n`, { mode: 0o600 })
    write('cookies: { secrets: secrets, require: true }\n')
    const fixed = await ConfigSource.boot(file, false)
    expect(fixed.settings(1, shared).cookies).toEqual({ secrets: [B, A], active: 0, require: true })
    write('cookies: { enabled: false }\n')
    expect((await ConfigSource.boot(file, false)).settings(1, shared).cookies).toBeNull()
  })

  test('change with the reading that was accepted, not with one that was only read', async () => {
    const source = await ConfigSource.boot(file, false)
    write('chaos: { version: "1.2" }\n')
    const { loaded, problems } = await source.read()
    expect(problems).toEqual([])
    expect(source.settings(1, null).chaos.version).toBeNull()
    await source.accept(loaded!)
    expect(source.settings(1, null).chaos.version).toBe('1.2')
  })
})

describe('a file that the configuration names and that is bad', () => {
  const BAD = 'cookies: { secrets: nowhere }\n'
  const sentence = () =>
    `${file}:2:21: cookies.secrets: "${join(folder, 'nowhere')}" cannot be read: there is no such file`

  test('is an alarm at the start, and a refusal of a strict one', async () => {
    write(BAD)
    const source = await ConfigSource.boot(file, false)
    expect(said(source.problems)).toEqual([sentence()])
    expect(source.alarms(Date.now())).toEqual([sentence()])
    expect(source.settings(1, null).cookies?.secrets).toHaveLength(1)
    await expect(ConfigSource.boot(file, true)).rejects.toThrow(ProblemError)
  })

  test('refuses a reload; a good reload takes the alarm away', async () => {
    const source = await ConfigSource.boot(file, false)
    write(BAD)
    const bad = await source.read()
    expect({ loaded: bad.loaded, said: said(bad.problems) }).toEqual({ loaded: null, said: [sentence()] })
    expect(source.alarms(Date.now())).toEqual([])
    write(BAD)
    const started = await ConfigSource.boot(file, false)
    write('')
    await started.accept((await started.read()).loaded!)
    expect(started.alarms(Date.now())).toEqual([])
  })
})

describe('a configuration that is bad', () => {
  test('gives way to the last good one at the start, with an alarm until it is good again', async () => {
    const first = await ConfigSource.boot(file, false)
    await first.accept((await first.read()).loaded!)
    writeFileSync(file, 'zones: 7\n')
    const second = await ConfigSource.boot(file, false)
    expect(second.started.deployment.zones[0]?.file).toBe(join(folder, 'example.zone'))
    expect(second.alarms(Date.now())).toEqual([
      expect.stringContaining('is bad, the last good configuration is served'),
    ])
    expect((await second.read()).loaded).toBeNull()
    write('')
    await second.accept((await second.read()).loaded!)
    expect(second.alarms(Date.now())).toEqual([])
  })

  test('that is kept is private: it may hold the password of the store', async () => {
    const source = await ConfigSource.boot(file, false)
    await source.accept((await source.read()).loaded!)
    const { mode } = await import('node:fs').then(fs => fs.statSync(join(folder, 'var/last-good.json')))
    expect(mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, 'var/last-good.json'), 'utf8')).toContain('example.zone')
  })

  test('refuses the start when there is no last good one, or with --strict', async () => {
    writeFileSync(file, 'zones: 7\n')
    await expect(ConfigSource.boot(file, false)).rejects.toThrow(ProblemError)
  })
})

test('what only a start can change is told at a reload', async () => {
  const source = await ConfigSource.boot(file, false)
  write('tcp: { idle: 20s }\ntls: { listen: ["127.0.0.1:8853"], certificate: x.pem, key: x.key }\n')
  const { problems } = await source.read()
  expect(said(problems).filter(line => line.includes('next start'))).toEqual([
    `${file}:2:6: warning: tcp: the change takes effect at the next start`,
    `${file}:3:16: warning: tls.listen: the change takes effect at the next start`,
  ])
})
