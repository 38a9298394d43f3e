import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Refusal } from '../../src/control/port.ts'
import { AUDIT_ENTRY, EXAMPLE_TRAIL, recordingPort, startApi, withToken } from '../fixture/http.ts'
import { freePort } from '../fixture/ports.ts'
import { exampleStatus, NOON } from '../fixture/status.ts'
import { cli, configFor, temporaryFolder, write } from './run.ts'

describe('status', () => {
  test('shows the running server, with exit 1 while it has alarms', async () => {
    const calm = exampleStatus(1000, { alarms: [] })
    const { port } = await startApi({ port: recordingPort({ status: () => calm }).port })
    const { code, out, err } = await cli(['status', '-c', configFor(port)])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const part of ['ns1, serving', 'generation 42', 'icn-kt', 'redis://10.0.0.1:6379/0: up'])
      expect(out).toContain(part)

    const worried = exampleStatus(1000, { alarms: ['no room in reach of icn-kt\u001b[31m'] })
    const other = await startApi({ port: recordingPort({ status: () => worried }).port })
    const verdict = await cli(['status', '-c', configFor(other.port)])
    expect(verdict.code).toBe(1)
    expect(verdict.out.split('\n')[0]).toBe('! no room in reach of icn-kt?[31m')
  })

  test('--json is the object of the API', async () => {
    const { port } = await startApi()
    const { out } = await cli(['status', '--json', '-c', configFor(port)])
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(exampleStatus())))
  })

  test('works while the configuration file is bad: the server serves on', async () => {
    const { port } = await startApi()
    const { out } = await cli(['status', '-c', configFor(port, text => text.replace('40Gbps', 'much'))])
    expect(out).toContain('ns1, serving')
  })
})

describe('explain --live', () => {
  test('asks the server with name, client and type', async () => {
    const { calls, port: control } = recordingPort()
    const { port } = await startApi({ port: control })
    const args = ['explain', 'a1105.kingcdn.com', '--client', '10.20.0.0/16', '--type', 'aaaa', '--live', '--json']
    const { code, out } = await cli([...args, '-c', configFor(port)])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual(EXAMPLE_TRAIL)
    expect(calls).toEqual([
      { call: 'explain', with: ['a1105.kingcdn.com', 'AAAA', { address: '10.20.0.0', length: 16 }] },
    ])
  })

  test('a name that no service has: exit 1 and the words of the server', async () => {
    const { port } = await startApi()
    expect(await cli(['explain', 'www.example', '--client', '::1', '--live', '-c', configFor(port)])).toEqual({
      code: 1,
      out: '',
      err: 'kingcdn: www.example is no name of a service\n',
    })
  })
})

describe('cluster', () => {
  test('list', async () => {
    const { port } = await startApi()
    const { code, out } = await cli(['cluster', 'list', '-c', configFor(port)])
    expect(code).toBe(0)
    expect(out.split('\n').map(line => line.split(' ')[0])).toEqual([
      'cluster',
      'icn-kt',
      'nrt-ix',
      'fra-ix',
      'gru-isp',
      'iad-core',
      '',
      'drained',
      'fra-ix',
      '',
    ])
    expect(out).toContain('fra-ix   45 %    50 %  2025-06-02 11:50:00  -      ops  switch upgrade\n')
  })

  test('drain says what, how much, how long and why', async () => {
    const { calls, port: control } = recordingPort()
    const { port } = await startApi({ port: control })
    const args = ['cluster', 'drain', 'icn-kt', '--percent', '50', '--for', '2h', '--reason', 'new switches']
    const { code, out } = await cli([...args, '-c', configFor(port)])
    expect({ code, out }).toEqual({
      code: 0,
      out: 'icn-kt drains to 50 % over 2 min, until 2025-06-02T14:00:00.000Z\n',
    })
    expect(calls).toMatchObject([
      {
        call: 'drain',
        with: [
          { cluster: 'icn-kt', percent: 50, reason: 'new switches', rampMs: 120_000 },
          false,
          { by: expect.stringMatching(/^\S+@\S+$/) as string, from: 'http 127.0.0.1' },
        ],
      },
    ])
  })

  test('--ramp, and --now, which goes before it', async () => {
    const { calls, port: control } = recordingPort()
    const { port } = await startApi({ port: control })
    const config = configFor(port)
    const said = []
    for (const args of [
      ['--ramp', '90s'],
      ['--ramp', '0'],
      ['--ramp', '1h', '--now'],
    ])
      said.push((await cli(['cluster', 'drain', 'icn-kt', ...args, '-c', config])).out.split(',')[0])
    expect(said).toEqual(['icn-kt drains over 1.5 min', 'icn-kt drains at once', 'icn-kt drains at once'])
    expect(calls.map(call => (call.with[0] as { rampMs: number }).rampMs)).toEqual([90_000, 0, 0])
  })

  test('the audit trail as a table and as lines of JSON', async () => {
    const { calls, port: control } = recordingPort()
    const { port } = await startApi({ port: control })
    const config = configFor(port)
    const { out } = await cli(['audit', '--since', '2h', '--limit', '7', '-c', config])
    expect(out).toBe(
      `${`
when                 who       from            did    to      outcome  what
2025-06-02 12:00:00  ops@host  http 127.0.0.1  drain  icn-kt  done     to 50 % over 2 min, for 2 h: switch upgrade
`.trimStart()}`,
    )
    expect(calls).toEqual([{ call: 'audit', with: [NOON - 7_200_000, 7] }])
    expect(JSON.parse((await cli(['audit', '--json', '-c', config])).out)).toEqual(AUDIT_ENTRY)
  })

  test('drain without a time, with --force; restore', async () => {
    const { calls, port: control } = recordingPort()
    const { port } = await startApi({ port: control })
    const config = configFor(port)
    expect((await cli(['cluster', 'drain', 'icn-kt', '--force', '-c', config])).out).toBe(
      'icn-kt drains over 2 min, until restored: kingcdn cluster restore icn-kt\n',
    )
    expect(await cli(['cluster', 'restore', 'icn-kt', '--now', '-c', config])).toEqual({
      code: 0,
      out: 'icn-kt is restored at once\n',
      err: '',
    })
    expect(calls).toMatchObject([
      { call: 'drain', with: [{ cluster: 'icn-kt', percent: 100, reason: '' }, true, {}] },
      { call: 'restore', with: [{ cluster: 'icn-kt', rampMs: 0 }, {}] },
    ])
  })

  test('a refusal of the server is exit 1', async () => {
    const refusal = new Refusal('conflict', 'icn-kt is the last serving cluster of netcinema-vod')
    const { port } = await startApi({ port: recordingPort({ drain: () => Promise.reject(refusal) }).port })
    const { code, err } = await cli(['cluster', 'drain', 'icn-kt', '-c', configFor(port)])
    expect({ code, err }).toEqual({ code: 1, err: 'kingcdn: icn-kt is the last serving cluster of netcinema-vod\n' })
  })

  test('an unknown cluster is named before anybody is asked', async () => {
    const config = configFor(1)
    const { code, err } = await cli(['cluster', 'drain', 'icn-k', '-c', config])
    expect({ code, err }).toEqual({ code: 1, err: `kingcdn: no cluster "icn-k" in ${config} (did you mean icn-kt?)\n` })
  })
})

describe('reload', () => {
  test('accepted', async () => {
    const { calls, port: control } = recordingPort()
    const { port } = await startApi({ port: control })
    const { code, out } = await cli(['reload', '--force', '-c', configFor(port)])
    expect({ code, out }).toEqual({
      code: 0,
      out: 'reloaded: generation 43 is served; 1.0 % of the demand moved\n',
    })
    expect(calls).toEqual([{ call: 'reload', with: [true] }])
  })

  test('refused: every problem, exit 1', async () => {
    const problems = [
      { severity: 'error', file: 'a.zone', line: 3, column: 5, message: 'x' },
      { severity: 'error', file: 'b.zone', line: 4, column: 6, message: 'y' },
    ] as const
    const verdict = { accepted: false, problems, generation: 42, moved: null }
    const { port } = await startApi({ port: recordingPort({ reload: async () => verdict }).port })
    const config = configFor(port)
    expect(await cli(['reload', '-c', config])).toEqual({
      code: 1,
      out: '',
      err: 'a.zone:3:5: x\nb.zone:4:6: y\nnot reloaded: the old configuration stays\n',
    })
    expect(JSON.parse((await cli(['reload', '--json', '-c', config])).out)).toMatchObject({
      accepted: false,
      generation: 42,
    })
  })
})

describe('what is said when the server cannot be reached', () => {
  test('nobody listens', async () => {
    const port = await freePort()
    const config = configFor(port)
    expect(await cli(['status', '-c', config])).toEqual({
      code: 1,
      out: '',
      err: `kingcdn: no server answers at http://127.0.0.1:${port}: start it with \`kingcdn serve -c ${config}\`, or correct listen.http\n`,
    })
  })

  test('HTTP is off', async () => {
    const config = configFor(1, text => text.replace('"127.0.0.1:1"', 'off'))
    expect((await cli(['status', '-c', config])).err).toBe(
      `kingcdn: ${config} gives the server no HTTP address; set listen.http, which this command talks to\n`,
    )
  })

  test('somebody else listens', async () => {
    const stranger = createServer((_, response) => response.writeHead(200).end('<html>hello</html>'))
    await new Promise<void>(resolve => stranger.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void stranger.close())
    const { port } = stranger.address() as { port: number }
    const { code, err } = await cli(['status', '-c', configFor(port)])
    expect({ code, err }).toEqual({
      code: 1,
      err: `kingcdn: http://127.0.0.1:${port} answered with status 200 and no JSON; is listen.http the address of kingcdn?\n`,
    })
  })

  test('there is no configuration file', async () => {
    const { code, err } = await cli(['status', '-c', '/nowhere/kingcdn.yaml'])
    expect({ code, err }).toEqual({ code: 1, err: '/nowhere/kingcdn.yaml: cannot be read: there is no such file\n' })
  })
})

describe('the token', () => {
  const tokenFrom = (how: string) => (text: string) => `http: { token: ${how} }\n${text}`

  test('is sent from a file or a variable', async () => {
    const { port } = await startApi(withToken('s3cret'))
    const file = write(temporaryFolder(), 'token', 's3cret\n')
    expect((await cli(['reload', '-c', configFor(port, tokenFrom(`{ file: ${file} }`))])).code).toBe(0)
    const byVariable = configFor(port, tokenFrom('{ env: KINGCDN_TOKEN }'))
    expect((await cli(['reload', '-c', byVariable], { env: { KINGCDN_TOKEN: 's3cret' } })).code).toBe(0)
  })

  test('missing or wrong: exit 1, and where it comes from', async () => {
    const { port } = await startApi(withToken('s3cret'))
    const config = configFor(port, tokenFrom('{ env: KINGCDN_TOKEN }'))
    const missing = await cli(['reload', '-c', config])
    expect(missing.code).toBe(1)
    expect(missing.err).toContain('the variable KINGCDN_TOKEN is not set')
    const wrong = await cli(['reload', '-c', config], { env: { KINGCDN_TOKEN: 'guess' } })
    expect(wrong.err).toContain('this command sends the token that http.token of its configuration names')
  })
})
