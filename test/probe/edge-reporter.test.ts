import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import { servePages } from '../fixture/page-server.ts'
import { until } from '../fixture/until.ts'

const REPORTER = new URL('../../examples/edge-reporter/edge-reporter.mjs', import.meta.url).pathname
// By a name that is computed: it is plain JavaScript, to be copied to an edge as it is.
const { blockOf, isSpecial, LogTail, readLogLine, readSsLine, Seen } = await import(REPORTER)

describe('blocks of addresses', () => {
  test.each([
    ['192.0.2.7', '192.0.2.0/24'],
    ['::ffff:192.0.2.7', '192.0.2.0/24'],
    ['[::FFFF:192.0.2.7]', '192.0.2.0/24'],
    ['2001:db8:0:1ff:1:2:3:4', '2001:db8:0:100::/56'],
    ['2a00::1', '2a00:0:0:0::/56'],
    ['fe80::1%eth0', 'fe80:0:0:0::/56'],
    ['::1', '0:0:0:0::/56'],
  ])('%s is in %s, as KingCDN reads it', (address, block) => {
    expect(blockOf(address)).toBe(block)
    const plain = address.replace(/[[\]]|%.*/g, '')
    expect(parsePrefix(block)).toEqual(parsePrefix(plain))
  })

  test.each(['', 'unix:', '264.1.1.1', '*', 'example.org', '64:ff9b::1.2.3.4', ':::', '1.2.3'])('%j is none', text =>
    expect(blockOf(text)).toBeNull(),
  )

  test('those that are nobody on the Internet', () => {
    const special = [
      '127.0.0.1',
      '10.1.2.3',
      '172.20.0.1',
      '192.168.1.1',
      '100.64.0.1',
      '169.254.1.1',
      '::1',
      'fe80::1',
      'fd00::1',
      '::ffff:10.0.0.1',
    ]
    expect(special.filter(address => !isSpecial(address))).toEqual([])
    const others = ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2a00::1', '3000::1', '::ffff:8.8.8.8']
    expect(others.filter(isSpecial)).toEqual([])
  })
})

describe('what is seen', () => {
  const LINE =
    '0      0      [::ffff:203.0.113.1]:443 [::ffff:8.8.8.8]:34577 cubic wscale:10,10 rto:204 rtt:48.5/15 ato:40 mss:1448 cwnd:11 lastsnd:72 lastrcv:72 lastack:72 minrtt:12.25 snd_wnd:65536'

  const of = (...lines: string[]) => {
    const seen = new Seen(false)
    for (const line of lines) readSsLine(line, seen, 10_000)
    return seen.take()
  }

  test('of a connection its least RTT; the smoothed one where the kernel tells no other', () => {
    expect(of(LINE)).toEqual([{ client: '8.8.8.0/24', rtt_ms: 12.25, n: 1 }])
    expect(of(LINE.replace(' minrtt:12.25', ''))[0].rtt_ms).toBe(48.5)
  })

  test('nothing of a connection that is silent, or of one without a figure', () => {
    expect(of(LINE.replace('lastack:72', 'lastack:10001'))).toEqual([])
    expect(of(LINE.replace('minrtt:12.25', '').replace('rtt:48.5/15', ''))).toEqual([])
    expect(of(LINE.replace('minrtt:12.25', 'minrtt:0'))).toEqual([])
    expect(of(LINE.replaceAll('8.8.8.8', '10.0.0.1'))).toEqual([])
  })

  test('of a block the median of its connections, blocks with most of them first', () => {
    const at = (host: number, ms: number) => LINE.replace('8.8.8.8]', `8.8.8.${host}]`).replace('12.25', String(ms))
    const other = LINE.replace('8.8.8.8]', '8.8.9.9]')
    expect(of(other, at(1, 10), at(2, 900), at(3, 20), at(3, 15))).toEqual([
      { client: '8.8.8.0/24', rtt_ms: 15, n: 3 },
      { client: '8.8.9.0/24', rtt_ms: 12.25, n: 1 },
    ])
  })

  test('lines that are none are passed over', () => {
    expect(of('', 'State Recv-Q', ':::', '0 0 a:b c:d rtt:x', `0 0 1.1.1.1:1 ${'9'.repeat(9999)}:1 minrtt:1`)).toEqual(
      [],
    )
    const seen = new Seen(true)
    for (const line of [
      '',
      '-',
      '8.8.8.8 1 -',
      '8.8.8.8 1 0',
      '8.8.8.8 1 -5',
      '8.8.8.8 1',
      'x 1 5',
      '8.8.8.8 1 99999999999',
    ])
      readLogLine(line, seen)
    expect(seen.take()).toEqual([])
    readLogLine('8.8.8.8 1 12500', seen)
    readLogLine('8.8.8.8 1 99500', seen)
    expect(seen.take()).toEqual([{ client: '8.8.8.0/24', rtt_ms: 12.5, n: 1 }])
  })
})

test('a log is followed over halves of lines, truncation and a time without it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kingcdn-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'a.log')
  const tail = new LogTail(file)
  const lines = async () => {
    const read: string[] = []
    await tail.read((line: string) => read.push(line))
    return read
  }
  expect(await lines()).toEqual([])
  writeFileSync(file, 'old\n')
  expect(await lines()).toEqual([])
  appendFileSync(file, 'one\ntw')
  expect(await lines()).toEqual(['one'])
  appendFileSync(file, 'o\n')
  expect(await lines()).toEqual(['two'])
  truncateSync(file)
  appendFileSync(file, 'new\n')
  expect(await lines()).toEqual(['new'])
  rmSync(file)
  expect(await lines()).toEqual([])
})

describe('the program', () => {
  const run = (...args: string[]) => {
    const reporter = spawn(process.execPath, [REPORTER, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    onTestFinished(() => void reporter.kill('SIGKILL'))
    let said = ''
    reporter.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    const ended = new Promise<number | null>(done => reporter.once('close', done))
    return { reporter, ended, said: () => said }
  }

  test.each([
    [[], '--url is missing'],
    [['--url', 'http://a'], '--cluster is missing'],
    [['--url', 'http://a', '--cluster', 'c'], 'either --ss or --log'],
    [['--url', 'http://a', '--cluster', 'c', '--ss', '--interval', 'x'], '--interval is not a number of seconds'],
    [['--nonsense'], "Unknown option '--nonsense'"],
  ])('%j is a mistake in its use', async (args, message) => {
    const { ended, said } = run(...args)
    expect(await ended).toBe(2)
    expect(said()).toContain(message)
  })

  test('tries the next address when one fails, brings its token, and ends at SIGTERM', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kingcdn-reporter-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [log, token] = [join(folder, 'a.log'), join(folder, 'token')]
    writeFileSync(log, '')
    writeFileSync(token, 'secret\n')
    const heard: { auth: string | undefined; body: string }[] = []
    const { url, asked } = await servePages({
      '/v1/clusters/c/rtt': (request, response) => {
        let body = ''
        request.on('data', chunk => {
          body += chunk
        })
        request.on('end', () => {
          heard.push({ auth: request.headers.authorization, body })
          response.end('{}')
        })
      },
    })
    const down = await servePages({
      '/v1/clusters/c/rtt': (_, response) => void response.writeHead(429, { 'retry-after': '9' }).end('{}'),
    })
    const { reporter, ended, said } = run(
      '--url',
      down.url,
      '--url',
      url,
      '--cluster',
      'c',
      '--log',
      log,
      '--token-file',
      token,
      '--interval',
      '1',
    )
    await until('the reporter to begin', () => said().includes('every 1 s'))
    appendFileSync(log, '8.8.8.8 1 12500\n')
    await until('a report', () => asked['/v1/clusters/c/rtt'] === 1 && heard.length === 1)
    expect(heard[0]?.auth).toBe('Bearer secret')
    expect(JSON.parse(heard[0]!.body)).toMatchObject({ samples: [{ client: '8.8.8.0/24', rtt_ms: 12.5, n: 1 }] })
    expect(down.asked['/v1/clusters/c/rtt']).toBe(1)
    reporter.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})

test('of a log that grew by more than is read at once the last lines are read, whole ones', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kingcdn-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'a.log')
  writeFileSync(file, '')
  const tail = new LogTail(file)
  await tail.read(() => {})
  writeFileSync(file, '203.0.113.200 7 12500\n'.repeat(800_000))
  const read = new Set<string>()
  await tail.read((line: string) => read.add(line))
  expect([...read]).toEqual(['203.0.113.200 7 12500'])
})
