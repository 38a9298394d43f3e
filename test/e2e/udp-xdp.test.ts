import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildQuery, parseMessage } from '../fixture/message.ts'
import { REPOSITORY } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'
import { CLIENT, mayUseXdp, openWire, SERVER, type Wire } from '../fixture/wire.ts'

const PROGRAM = join(REPOSITORY, 'bin/kingcdn.js')
const ZONE = `$ORIGIN shop.test.
$TTL 60
@ SOA ns h 1 2 3 4 5
@ NS ns
ns A ${SERVER.v4}
www A 192.0.2.80
long TXT ${Array.from({ length: 11 }, (_, i) => `"${String(i).padStart(2, '0')}${'x'.repeat(100)}"`).join(' ')}
longer TXT ${Array.from({ length: 20 }, (_, i) => `"${String(i).padStart(2, '0')}${'y'.repeat(150)}"`).join(' ')}
`
const UDP = { transport: 'xdp', interfaces: ['server0'] }

describe.skipIf(missing('dig', 'dnsperf') || !mayUseXdp())('AF_XDP over a wire', { timeout: 90_000 }, () => {
  let wire: Wire
  let folder: string
  let running: ChildProcess | undefined
  let said = ''
  let starts = 0
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kingcdn-xdp-'))
    writeFileSync(join(folder, 'shop.zone'), ZONE)
    wire = await openWire()
  })
  afterEach(() => end('SIGKILL'))
  afterAll(async () => {
    await wire?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function end(signal: NodeJS.Signals): Promise<void> {
    const program = running
    running = undefined
    if (program === undefined || program.exitCode !== null || program.signalCode !== null) return
    const ended = once(program, 'exit')
    program.kill(signal)
    await ended
  }

  /** Starts it inside and resolves when it is ready, or has ended. */
  async function start(udp: object = UDP, more: object = {}): Promise<ChildProcess> {
    const config = join(folder, 'kingcdn.yaml')
    writeFileSync(
      config,
      JSON.stringify({
        listen: { dns: [`${SERVER.v4}:53`, `[${SERVER.v6}]:53`, '127.0.0.1:53'], http: '127.0.0.1:9153', ...more },
        ...{ zones: [{ file: 'shop.zone' }], state: `./var-${++starts}`, workers: 1, udp },
      }),
    )
    said = ''
    const program = wire.server.spawn(process.execPath, [PROGRAM, 'serve', '-c', config])
    running = program
    for (const stream of [program.stdout!, program.stderr!])
      stream.on('data', chunk => {
        said += String(chunk)
      })
    await until('the nameserver to be ready', () => program.exitCode !== null || said.includes(' is ready'), 30_000)
    return program
  }

  const dig = async (host: string, ...more: string[]): Promise<string> => {
    const { text } = await wire.client.run('dig', [`@${host}`, '+norec', '+time=2', '+tries=2', ...more])
    return text
  }

  /** Runs `act`; how many datagrams went to sockets meanwhile. */
  async function toSockets(act: () => Promise<void>): Promise<number> {
    const before = await wire.datagramsToSockets()
    await act()
    return (await wire.datagramsToSockets()) - before
  }

  const xdpOn = async (): Promise<boolean> =>
    / xdp/.test((await wire.server.run('ip', ['link', 'show', 'server0'])).text)

  it('answers over IPv4 and IPv6, with EDNS and without, ECS and all, and no socket sees it; status says which', async () => {
    await start()
    const seen = await toSockets(async () => {
      for (const host of [SERVER.v4, SERVER.v6]) {
        expect(await dig(host, '+short', 'www.shop.test')).toBe('192.0.2.80\n')
        expect(await dig(host, '+short', '+noedns', 'www.shop.test')).toBe('192.0.2.80\n')
        const answer = await dig(host, '+subnet=198.51.100.0/24', 'www.shop.test')
        expect(answer).toContain('CLIENT-SUBNET: 198.51.100.0/24/0')
        expect(answer).toContain(`SERVER: ${host}#53`)
      }
    })
    expect(seen).toBe(0)
    const config = join(folder, 'kingcdn.yaml')
    const { text } = await wire.server.run(process.execPath, [PROGRAM, 'status', '-c', config])
    expect(text).toMatch(/AF_XDP on server0 \(native, copying, one queue\), else recvmmsg and sendmmsg, one query/)
  })

  it('truncates at the same sizes as everywhere; what no frame holds leaves by the socket beside, in fragments', async () => {
    await start({ ...UDP, maxPayload: 4096 })
    const seen = await toSockets(async () => {
      expect(await dig(SERVER.v4, '+noedns', '+ignore', 'long.shop.test', 'TXT')).toMatch(/flags: [^;]*\btc\b/)
      const whole = await dig(SERVER.v4, '+bufsize=1232', '+ignore', 'long.shop.test', 'TXT')
      expect(whole).toMatch(/flags: qr aa;/)
      for (const host of [SERVER.v4, SERVER.v6]) {
        const long = await dig(host, '+bufsize=4096', '+ignore', 'longer.shop.test', 'TXT')
        expect(long).toMatch(/flags: qr aa;/)
        expect(long).toContain('MSG SIZE  rcvd: 31')
      }
    })
    // All four came by the ring.
    expect(seen).toBe(0)
  })

  it('answers more queries than there are frames, each of them, and no socket sees one', async () => {
    await start({ ...UDP, maxPayload: 1232 }, {})
    const queries = join(folder, 'queries.txt')
    writeFileSync(queries, 'www.shop.test A\nlong.shop.test TXT\nnone.shop.test A\n'.repeat(5000))
    const seen = await toSockets(async () => {
      const { text } = await wire.client.run('dnsperf', ['-s', SERVER.v4, '-d', queries, '-n', '1', '-q', '50', '-e'])
      expect(text).toMatch(/Queries completed: +15000 \(100\.00%\)/)
      expect(text).toMatch(/NOERROR 10000 \(66\.67%\), NXDOMAIN 5000/)
    })
    expect(seen).toBe(0)
  })

  it('leaves a query in fragments to the kernel, which has it answered by the socket', async () => {
    await start()
    const option = { code: 65001, data: new Array<number>(2000).fill(7) }
    const query = buildQuery({ name: 'www.shop.test', edns: { options: [option] } })
    const seen = await toSockets(async () => {
      const reply = await exchange(SERVER.v4, 53, query)
      expect(parseMessage(reply)).toMatchObject({ rcode: 0, answer: [{ name: 'www.shop.test.' }] })
    })
    expect(seen).toBe(1)
  })

  it('loopback, ping, TCP and other ports of the same address go on', async () => {
    await start()
    const local = ['@127.0.0.1', '+short', '+norec', 'www.shop.test']
    expect((await wire.server.run('dig', local)).text).toBe('192.0.2.80\n')
    expect(await dig(SERVER.v4, '+tcp', '+short', 'www.shop.test')).toBe('192.0.2.80\n')
    for (const octets of [64, 3000])
      expect((await wire.client.run(process.execPath, ['-e', PING, SERVER.v4, String(octets)])).text).toBe('pong')
    const echo = wire.server.spawn(process.execPath, ['-e', ECHO, SERVER.v4, '5353'])
    try {
      await once(echo.stdout!, 'data')
      expect((await exchange(SERVER.v4, 5353, Buffer.from('hello'))).toString()).toBe('hello')
    } finally {
      echo.kill('SIGKILL')
    }
  })

  it('an address on the interface that is not listened on is nobody: ICMP says so', async () => {
    await wire.server.run('ip', ['address', 'add', '10.77.0.3/24', 'dev', 'server0'])
    await start()
    expect(await dig('10.77.0.3', '+tries=1', 'www.shop.test')).toContain('connection refused')
  })

  it('with freebind an address that comes later is answered by AF_XDP too', async () => {
    await start(UDP, { freebind: true, dns: [`${SERVER.v4}:53`, '10.77.0.9:53'] })
    await wire.server.run('ip', ['address', 'add', '10.77.0.9/24', 'dev', 'server0'])
    const seen = await toSockets(async () => {
      expect(await dig('10.77.0.9', '+short', 'www.shop.test')).toBe('192.0.2.80\n')
    })
    expect(seen).toBe(0)
  })

  it('a reload is taken', async () => {
    await start()
    writeFileSync(join(folder, 'shop.zone'), ZONE.replace('192.0.2.80', '192.0.2.81'))
    const config = join(folder, 'kingcdn.yaml')
    expect((await wire.server.run(process.execPath, [PROGRAM, 'reload', '-c', config])).code).toBe(0)
    writeFileSync(join(folder, 'shop.zone'), ZONE)
    expect(await dig(SERVER.v4, '+short', 'www.shop.test')).toBe('192.0.2.81\n')
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    '%s takes the program off the interface, and the next start has it',
    async signal => {
      await start()
      expect(await xdpOn()).toBe(true)
      await end(signal)
      await until('the interface to be bare', async () => !(await xdpOn()))
      await start()
      expect(await dig(SERVER.v4, '+short', 'www.shop.test')).toBe('192.0.2.80\n')
    },
  )

  it.each([
    [[], /^kingcdn: udp\.transport: xdp needs udp\.interfaces, such as \[eth0\]; this machine has server0/m],
    [['none9'], /udp\.interfaces: "none9" is no Ethernet interface of this machine/],
    [['lo'], /udp\.interfaces: "lo" is no Ethernet interface of this machine/],
  ])('interfaces %j: no start, and it is said why', async (interfaces, sentence) => {
    const program = await start({ transport: 'xdp', interfaces })
    expect(program.exitCode).toBe(1)
    expect(said).toMatch(sentence)
  })

  it('an interface with another XDP program on it is left alone, and it is said what to do', async () => {
    await start()
    const first = running!
    running = undefined
    try {
      const second = await start(UDP, { dns: [`${SERVER.v4}:54`], http: '127.0.0.1:9154' })
      expect(second.exitCode).toBe(1)
      expect(said).toMatch(
        /is not to be had on server0: cannot attach an XDP program, native \(EBUSY\): another XDP program/,
      )
      expect(await dig(SERVER.v4, '+short', 'www.shop.test')).toBe('192.0.2.80\n')
    } finally {
      running = first
    }
  })

  it('without the right to it there is no start, and it is said which rights are missing', async () => {
    const config = join(folder, 'kingcdn.yaml')
    await start()
    await end('SIGTERM')
    const { code, text } = await wire.server.run('setpriv', [
      ...['--bounding-set', '-net_admin,-bpf,-sys_admin,-net_raw', '--inh-caps', '-net_admin,-bpf,-sys_admin,-net_raw'],
      ...[process.execPath, PROGRAM, 'serve', '-c', config],
    ])
    expect(code).toBe(1)
    expect(text).toMatch(/\(EPERM\): it needs root, or the capabilities CAP_NET_ADMIN, CAP_BPF and CAP_NET_RAW/)
  })

  /** Sends one datagram from the client's network; resolves with the reply. */
  async function exchange(host: string, port: number, body: Uint8Array): Promise<Buffer> {
    const { code, text } = await wire.client.run(process.execPath, [
      '-e',
      ASK,
      host,
      String(port),
      Buffer.from(body).toString('hex'),
    ])
    if (code !== 0) throw new Error(`no reply to ${CLIENT.v4}: ${text}`)
    return Buffer.from(text, 'hex')
  }
})

const ASK = `const [host, port, hex] = process.argv.slice(1)
const socket = require('node:dgram').createSocket('udp4')
socket.on('message', reply => { process.stdout.write(reply.toString('hex')); socket.close() })
socket.send(Buffer.from(hex, 'hex'), Number(port), host)
setTimeout(() => process.exit(1), 5000).unref()`

const ECHO = `const [host, port] = process.argv.slice(1)
const socket = require('node:dgram').createSocket('udp4')
socket.on('message', (message, from) => socket.send(message, from.port, from.address))
socket.bind(Number(port), host, () => console.log('up'))`

/** An echo request of so many octets (RFC 792), in fragments if need be; "pong" when the reply is there. */
const PING = `const [host, octets] = process.argv.slice(1)
const koffi = require(${JSON.stringify(createRequire(import.meta.url).resolve('koffi'))})
const libc = koffi.load('libc.so.6')
const socket = libc.func('int socket(int, int, int)')
const sendto = libc.func('long sendto(int, void *, size_t, int, void *, unsigned int)')
const recv = libc.func('long recv(int, void *, size_t, int)')
const fd = socket(2, 3, 1)
const echo = Buffer.alloc(Number(octets))
echo.writeUInt16BE(0x0800)
echo.writeUInt16BE(0xf7ff, 2)
const to = Buffer.from([2, 0, 0, 0, ...host.split('.').map(Number), 0, 0, 0, 0, 0, 0, 0, 0])
sendto(fd, echo, echo.length, 0, to, to.length)
const room = Buffer.alloc(65536)
const length = recv(fd, room, room.length, 0)
if (length === 20 + echo.length && room[20] === 0) process.stdout.write('pong')`
