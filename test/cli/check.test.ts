import { mkdirSync } from 'node:fs'
import pc from 'picocolors'
import { describe, expect, test } from 'vitest'
import { place } from '../../src/cli/check.ts'
import { SAMPLE } from '../config/sample.ts'
import { cli, temporaryFolder, write } from './run.ts'

const ZONE = (origin: string) =>
  `$ORIGIN ${origin}.\n$TTL 300\n@ SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns\nns A 192.0.2.53\n`

/** The sample with its zones in a folder of its own and without databases. */
function deployment(edit: (text: string) => string = text => text, zones: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder()
  mkdirSync(`${folder}/zones`)
  for (const origin of ['netcinema.com', 'kingcdn.com'])
    write(folder, `zones/${origin}.zone`, zones[origin] ?? ZONE(origin))
  write(folder, 'kingcdn.yaml', edit(SAMPLE.replace(/geo: .*\n/, '')))
  return { folder }
}

/** `check` in its folder, so that paths are short. */
async function checkIn(folder: string, ...more: string[]) {
  const before = process.cwd()
  process.chdir(folder)
  try {
    return await cli(['check', ...more], { cwd: process.cwd() })
  } finally {
    process.chdir(before)
  }
}

describe('check', () => {
  test('a good configuration: exit 0 and one line', async () => {
    const { folder } = deployment()
    expect(await checkIn(folder)).toEqual({
      code: 0,
      out: 'kingcdn.yaml: 2 zones, 3 clusters, 1 service: ok\n',
      err: '',
    })
  })

  test('a bad configuration: every problem, exit 1', async () => {
    const { folder } = deployment(text => text.replace('40Gbps', '40Gps').replace('answers: 2', 'answers: 0'))
    const { code, out } = await checkIn(folder)
    expect(code).toBe(1)
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^kingcdn\.yaml:11:15: clusters\[0\]\.capacity: "40Gps" is not a rate; /),
      expect.stringMatching(/^kingcdn\.yaml:36:14: services\[0\]\.answers: 0 is out of range; /),
      'kingcdn.yaml: 2 errors; zones and geo data are checked once it is right',
      '',
    ])
  })

  test('warnings are no failure, unless --strict', async () => {
    const { folder } = deployment(text => text.replace('127.0.0.1:5300', '0.0.0.0:5300'))
    const { code, out } = await checkIn(folder)
    expect(code).toBe(0)
    expect(out).toBe(
      'kingcdn.yaml:2:17: warning: listen.dns[0]: "0.0.0.0:5300" stands for the addresses that the machine has at the start; ' +
        'one that it gets later is not answered over UDP\nkingcdn.yaml: 2 zones, 3 clusters, 1 service: 1 warning\n',
    )
    expect((await checkIn(folder, '--strict')).code).toBe(1)
  })

  test('zones and the names of services in them, each at its place', async () => {
    const broken = `${ZONE('netcinema.com')}www A 999.0.2.1\n`
    const { folder } = deployment(text => text.replace('a1105.kingcdn.com', 'a1105.kingcdn.org'), {
      'netcinema.com': broken,
    })
    const { code, out } = await checkIn(folder)
    expect(code).toBe(1)
    expect(out).toMatch(/^zones\/netcinema\.com\.zone:6:\d+: /m)
    expect(out).toMatch(/^kingcdn\.yaml:32:14: services\[0\]\.cdnName: a1105\.kingcdn\.org\. /m)
  })

  test('a database that is missing', async () => {
    const { folder } = deployment(text => `geo: { city: nowhere.mmdb }\n${text}`)
    const { code, out } = await checkIn(folder)
    expect(code).toBe(1)
    expect(out).toMatch(/^nowhere\.mmdb: /m)
  })

  test('a store address that Redis would not understand', async () => {
    const { folder } = deployment(text => `store: redis+sentinel://10.0.0.1:26379\n${text}`)
    const { code, out } = await checkIn(folder)
    expect(code).toBe(1)
    expect(out).toMatch(/^kingcdn\.yaml:1:8: store: the name of the master is missing; legal: /m)
  })

  test('a token that cannot be had is a warning', async () => {
    const { folder } = deployment(text => `http: { token: { env: KINGCDN_TEST_TOKEN } }\n${text}`)
    expect((await checkIn(folder)).out).toContain(
      'kingcdn.yaml:1:16: warning: http.token: the variable KINGCDN_TEST_TOKEN is not set; the calls that need it are refused',
    )
  })

  test('--json', async () => {
    const { folder } = deployment(text => text.replace('answers: 2', 'answers: 0'))
    const { code, out } = await checkIn(folder, '--json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      errors: 1,
      warnings: 0,
      problems: [{ severity: 'error', file: 'kingcdn.yaml', line: 36, column: 14 }],
    })
  })

  test('no such file: exit 1, and it says so', async () => {
    const { code, out } = await checkIn(temporaryFolder())
    expect({ code, out }).toEqual({
      code: 1,
      out: 'kingcdn.yaml: cannot be read: there is no such file\nkingcdn.yaml: 1 error; zones and geo data are checked once it is right\n',
    })
  })

  test('errors are red and warnings yellow on a terminal', async () => {
    const { folder } = deployment(text =>
      text.replace('127.0.0.1:5300', '0.0.0.0:5300').replace('answers: 2', 'answers: 0'),
    )
    const { out } = await cli(['check', '-c', `${folder}/kingcdn.yaml`], { colours: pc.createColors(true) })
    expect(out).toContain('\u001b[33m')
    expect(out).toContain('\u001b[31m')
  })
})

test('a path at the head of a message finds its line', () => {
  const locate = (path: string) =>
    path === 'services[0].weights.icn-kt' ? { line: 7, column: 3 } : { line: 1, column: 1 }
  const problem = { severity: 'error', file: '', line: 0, column: 0, message: 'services[0].weights.icn-kt: x' } as const
  expect(place(problem, 'k.yaml', locate)).toEqual({ ...problem, file: 'k.yaml', line: 7, column: 3 })
  const elsewhere = { ...problem, file: 'a.zone', line: 3 }
  expect(place(elsewhere, 'k.yaml', locate)).toBe(elsewhere)
})
