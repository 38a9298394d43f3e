import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readAnswerFiles } from '../../src/config/answer-files.ts'
import { makeCertificate } from '../fixture/certificate.ts'
import { missing } from '../fixture/tools.ts'

const folder = mkdtempSync(join(tmpdir(), 'answer-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const NO_COOKIES = { enabled: true, secrets: null, require: false }
const DAY = 86_400_000

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

describe.skipIf(missing('openssl'))('certificate and key', () => {
  const one = missing('openssl') ? { certificate: '', key: '' } : makeCertificate(folder, 'ns1.example', 90)
  const two = missing('openssl') ? { certificate: '', key: '' } : makeCertificate(folder, 'ns2.example', 90)
  const read = (tls: { certificate: string; key: string }, now = Date.now()) => {
    const { files, problems } = readAnswerFiles({ tls: { listen: [], ...tls }, cookies: NO_COOKIES }, now)
    return { tls: files.tls, said: problems.map(({ path, problem }) => [problem.severity, path, problem.message]) }
  }

  test('that belong together are read', () => {
    const { tls, said } = read(one)
    expect(said).toEqual([])
    expect(tls?.certificate).toContain('BEGIN CERTIFICATE')
    expect(tls?.key).toContain('PRIVATE KEY')
    expect(Math.abs(tls!.notAfter - Date.now() - 90 * DAY)).toBeLessThan(DAY)
  })

  test('of two different pairs are an error at the key', () => {
    const key = two.key
    expect(read({ certificate: one.certificate, key })).toEqual({
      tls: null,
      said: [['error', 'tls.key', `tls.key: "${key}" is not the key of "${one.certificate}"`]],
    })
  })

  test.each([
    ['expired', 91, /^tls\.certificate: ".*" expired on \d{4}-\d\d-\d\d; renew it and reload$/],
    ['about to expire', 86, /^tls\.certificate: ".*" expires on \d{4}-\d\d-\d\d, in [34] days; renew it and reload$/],
    ['not valid yet', -2, /^tls\.certificate: ".*" is valid from \d{4}-\d\d-\d\d on$/],
  ])('%s: a warning, and it is served', (_, days, message) => {
    const { tls, said } = read(one, Date.now() + days * DAY)
    expect(tls).not.toBeNull()
    expect(said).toEqual([['warning', 'tls.certificate', expect.stringMatching(message)]])
  })

  test('that are missing, garbage or swapped: every one is told', () => {
    const garbage = file('garbage', 'no PEM')
    expect(read({ certificate: garbage, key: join(folder, 'nowhere') })).toEqual({
      tls: null,
      said: [
        ['error', 'tls.key', `tls.key: "${join(folder, 'nowhere')}" cannot be read: there is no such file`],
        ['error', 'tls.certificate', expect.stringContaining('is no PEM certificate')],
      ],
    })
    expect(read({ certificate: one.key, key: one.certificate }).said.map(([, path]) => path)).toEqual([
      'tls.certificate',
      'tls.key',
    ])
  })

  test('a key that everyone can read is a warning', () => {
    chmodSync(two.key, 0o644)
    expect(read(two).said).toEqual([['warning', 'tls.key', expect.stringContaining('chmod 600')]])
  })
})

describe('cookie secrets', () => {
  const A = '00112233445566778899aabbccddeeff'
  const B = 'ffeeddccbbaa99887766554433221100'
  const read = (path: string | null, enabled = true) => {
    const { files, problems } = readAnswerFiles(
      { tls: null, cookies: { enabled, secrets: path, require: false } },
      Date.now(),
    )
    return { secrets: files.cookieSecrets, said: problems.map(({ problem }) => problem.message) }
  }

  test('one a line, the first is the active one; comments and blank lines count for nothing', () => {
    expect(read(file('good', `# new\n${A}\n\n  ${B}  \n`))).toEqual({ secrets: [A, B], said: [] })
  })

  test('the store keeps them, or nobody needs them', () => {
    expect(read(null)).toEqual({ secrets: null, said: [] })
    expect(read(join(folder, 'nowhere'), false)).toEqual({ secrets: null, said: [] })
  })

  test('a line that is none is named by its number and never shown', () => {
    const path = file('bad', `${A}\n${B}0\n`)
    expect(read(path)).toEqual({
      secrets: null,
      said: [`cookies.secrets: "${path}" line 2 is not 32 hexadecimal digits`],
    })
  })

  test.each([
    ['none', '# nothing\n', 0],
    ['too many', `${A}\n`.repeat(9), 9],
  ])('%s', (_, text, count) => {
    const path = file('count', text)
    const said = `cookies.secrets: "${path}" has ${count} secrets; 1 to 8 (openssl rand -hex 16 makes one)`
    expect(read(path)).toEqual({ secrets: null, said: [said] })
  })

  test('a pipe is refused at once, not waited for', () => {
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    expect(read(path)).toEqual({ secrets: null, said: [`cookies.secrets: "${path}" is a pipe; a file is needed`] })
  })

  test('a link to itself is told, not thrown', () => {
    const path = join(folder, 'loop')
    symlinkSync(path, path)
    expect(read(path)).toEqual({ secrets: null, said: [expect.stringContaining('cannot be read')] })
  })

  test('a file that everyone can read is a warning', () => {
    expect(read(file('open', `${A}\n`, 0o644)).said).toEqual([expect.stringContaining('can be read by everyone')])
  })
})
