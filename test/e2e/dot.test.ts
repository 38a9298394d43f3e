import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Scalar } from '../../src/model/counters.ts'
import { type CertificateFiles, makeCertificate } from '../fixture/certificate.ts'
import { kingcdn } from '../fixture/cli.ts'
import { parseDig } from '../fixture/dig.ts'
import { buildQuery, parseMessage } from '../fixture/message.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { freePort } from '../fixture/ports.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'
import { framed, StreamClient } from '../listen/fixture.ts'

const HOSTNAME = 'ns1.kingcdn.test'
const TOOLS = ['openssl', 'kdig', 'dig', 'drill', 'dnsperf'] as const

interface Said {
  readonly code: number
  readonly text: string
}

function run(program: string, args: readonly string[]): Promise<Said> {
  return new Promise(resolve => {
    const child = execFile(program, args, { timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, text: stdout + stderr }),
    )
    // openssl s_client ends at the end of its input; it may be gone before.
    child.stdin?.on('error', () => {}).end()
  })
}

describe.skipIf(missing(...TOOLS))('DNS over TLS', () => {
  let certificates: string
  let first: CertificateFiles
  let second: CertificateFiles
  beforeAll(async () => {
    certificates = mkdtempSync(join(tmpdir(), 'kingcdn-dot-'))
    first = makeCertificate(certificates, HOSTNAME)
    second = makeCertificate(certificates, `second.${HOSTNAME}`)
    server = await start(folder => install(folder, first))
  })
  afterAll(async () => {
    await discard(server)
    rmSync(certificates, { recursive: true, force: true })
  })

  let server: Nameserver
  let tlsPort: number
  const clients: StreamClient[] = []
  afterEach(() => {
    for (const { socket } of clients.splice(0)) socket.destroy()
  })

  const install = (folder: string, { certificate, key }: CertificateFiles): void => {
    copyFileSync(certificate, join(folder, 'tls.pem'))
    copyFileSync(key, join(folder, 'tls.key'))
    chmodSync(join(folder, 'tls.key'), 0o600)
  }
  /** The certificate's files are in the folder, or not, as `prepare` does it. */
  async function start(prepare: (folder: string) => void): Promise<Nameserver> {
    tlsPort = await freePort()
    const tls = { listen: [`127.0.0.1:${tlsPort}`], certificate: './tls.pem', key: './tls.key' }
    return startNameserver({ prepare, edit: config => Object.assign(config, { tls }) })
  }

  const kdig = (...args: string[]) => run('kdig', ['@127.0.0.1', '-p', String(tlsPort), '+retry=0', '+time=3', ...args])
  async function connect(): Promise<StreamClient> {
    const client = await StreamClient.tls({ host: '127.0.0.1', port: tlsPort })
    clients.push(client)
    return client
  }
  const serialOf = (client: StreamClient) => (client.socket as TLSSocket).getPeerX509Certificate()?.serialNumber
  const serialIn = ({ certificate }: CertificateFiles) => new X509Certificate(readFileSync(certificate)).serialNumber
  const serialShown = async () => serialOf(await connect())
  async function ask(client: StreamClient, id: number): Promise<number> {
    client.socket.write(framed(buildQuery({ name: 'www.netcinema.com', id })))
    return parseMessage((await client.message())!).id
  }
  const scalars = async () => (await server.status()).workers.find(({ name }) => name === 'tcp')!.counters!.scalars
  /** What `act` adds to some counters of the tcp worker. */
  async function moved(names: readonly Scalar[], act: () => Promise<unknown>): Promise<number[]> {
    const before = await scalars()
    await act()
    const after = await scalars()
    return names.map(name => after[name] - before[name])
  }

  it('kdig and dig, with and without a look at the certificate, as over UDP; counted apart', async () => {
    const asked = ['a1105.kingcdn.com', 'A', '+subnet=168.126.63.0/24']
    const plain = (await server.dig(...asked)).answer.toSorted()
    expect(plain).toHaveLength(2)
    const checks = [`+tls-ca=${first.certificate}`, `+tls-hostname=${HOSTNAME}`]
    const queries = await moved(['queriesTls', 'queriesTcp'], async () => {
      for (const how of [['+tls'], checks, [checks[0]!, '+tls-hostname=127.0.0.1']]) {
        const { text } = await kdig(...how, ...asked)
        expect(text).toMatch(/TLS session \(TLS1\.3\)/)
        expect(parseDig(text).answer.toSorted()).toEqual(plain)
      }
      const dug = await run('dig', ['@127.0.0.1', '-p', String(tlsPort), '+norecurse', '+tries=1', ...checks, ...asked])
      expect(dug.text).toContain('(TLS)')
      expect(parseDig(dug.text).answer.toSorted()).toEqual(plain)
    })
    expect(queries).toEqual([4, 0])
    const wrong = await kdig(checks[0]!, '+tls-hostname=other.test', ...asked)
    expect(parseDig(wrong.text).answer).toEqual([])
  })

  it('RFC 8467: kdig +padding gets blocks of 468 octets, and none without asking', async () => {
    const padded = await kdig('+tls', '+padding', 'www.netcinema.com')
    expect(padded.text).toMatch(/;; Received 468 B/)
    expect(padded.text).toMatch(/PADDING/i)
    expect((await kdig('+tls', '+edns', '+nopadding', 'www.netcinema.com')).text).not.toMatch(/PADDING/i)
  })

  it('many queries on one session, and large answers', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `n${i}.video.netcinema.com`)
    const counted = await moved(['tcpConnections', 'queriesTls'], async () => {
      const { text } = await kdig('+tls', '+keepopen', ...names.flatMap(name => [name, 'A']))
      expect(text.match(/status: NOERROR/g)).toHaveLength(20)
    })
    expect(counted).toEqual([1, 20])
    const client = await connect()
    const ids = Array.from({ length: 500 }, (_, i) => i)
    client.socket.write(framed(...ids.map(id => buildQuery({ name: 'www.netcinema.com', id }))))
    for (const id of ids) expect(parseMessage((await client.message())!)).toMatchObject({ id, rcode: 0 })
  })

  it('openssl: protocol `dot` and no other, TLS 1.2 and 1.3 and nothing older', async () => {
    const client = (...args: string[]) => run('openssl', ['s_client', '-connect', `127.0.0.1:${tlsPort}`, ...args])
    const chosen = await client('-alpn', 'h2,dot', '-CAfile', first.certificate, '-verify_hostname', HOSTNAME)
    expect(chosen.text).toContain('ALPN protocol: dot')
    expect(chosen.text).toContain('Verify return code: 0 (ok)')
    expect((await client('-tls1_2')).text).toMatch(/Protocol {2}: TLSv1\.2/)
    expect((await client('-alpn', 'h2')).text).toMatch(/alert no application protocol/)
    expect((await client('-tls1_1', '-cipher', 'ALL:@SECLEVEL=0')).text).toMatch(/alert protocol version/)
  })

  it('reload and SIGHUP: new connections see the new certificate, old ones live on', async () => {
    const old = await connect()
    expect(serialOf(old)).toBe(serialIn(first))
    install(server.folder, second)
    expect(await kingcdn('reload', '-c', server.configFile)).toMatchObject({ code: 0 })
    await until('the new certificate', async () => (await serialShown()) === serialIn(second))
    const checks = [`+tls-ca=${second.certificate}`, `+tls-hostname=second.${HOSTNAME}`]
    expect((await kdig(...checks, 'www.netcinema.com')).text).toMatch(/status: NOERROR/)
    install(server.folder, first)
    server.process.kill('SIGHUP')
    await until('the first one again', async () => (await serialShown()) === serialIn(first))
    expect(await ask(old, 7)).toBe(7)
  })

  it('a reload with a key that does not fit is refused with its place; the old certificate stays', async () => {
    copyFileSync(second.key, join(server.folder, 'tls.key'))
    const refused = await kingcdn('reload', '-c', server.configFile)
    expect(refused.code).toBe(1)
    expect(refused.stdout + refused.stderr).toMatch(/kingcdn\.yaml:\d+:\d+: .*tls\.key.* is not the key of /)
    expect(await serialShown()).toBe(serialIn(first))
    expect(await ask(await connect(), 8)).toBe(8)
    install(server.folder, first)
  })

  it('no query is lost under load, over TCP and TLS', async () => {
    const queries = join(server.folder, 'queries.txt')
    writeFileSync(queries, 'www.netcinema.com A\nvideo.netcinema.com A\nnope.netcinema.com A\n')
    for (const [mode, port] of [
      ['tcp', server.dnsPort],
      ['dot', tlsPort],
    ] as const) {
      const load = ['-m', mode, '-s', '127.0.0.1', '-p', String(port), '-d', queries, '-l', '2', '-c', '8', '-q', '200']
      const { text } = await run('dnsperf', load)
      expect(text).toMatch(/Queries lost: +0 /)
      expect(Number(/Queries completed: +(\d+)/.exec(text)![1])).toBeGreaterThan(100)
    }
  })

  it('dig, kdig and drill keep a TCP connection open, and each gets its answers', async () => {
    const many = ['www.netcinema.com', 'netcinema.com', 'nope.netcinema.com']
    const at = ['@127.0.0.1', '-p', String(server.dnsPort), '+tcp']
    const counted = await moved(['tcpConnections', 'queriesTcp'], async () => {
      const dug = await run('dig', [...at, '+keepopen', '+keepalive', '+norecurse', ...many])
      expect(dug.text.match(/;; Got answer/g)).toHaveLength(3)
      const kdug = await run('kdig', [...at, '+keepopen', ...many])
      expect(kdug.text.match(/status: N/g)).toHaveLength(3)
    })
    expect(counted).toEqual([2, 6])
    const drilled = await run('drill', ['-t', '-p', String(server.dnsPort), 'www.netcinema.com', '@127.0.0.1', 'A'])
    expect(drilled.text).toContain('rcode: NOERROR')
  })

  // The last one: it takes the place of the server that the others share.
  it('a certificate that is bad at the start: plain DNS is served, an alarm says so; a good one is taken by a reload', async () => {
    await discard(server)
    server = await start(folder => {
      install(folder, first)
      writeFileSync(join(folder, 'tls.pem'), 'no certificate')
    })
    expect(server.output()).toMatch(/kingcdn\.yaml:\d+:\d+: .*tls\.certificate.*no PEM certificate/)
    expect((await server.status()).alarms.join('\n')).toMatch(/tls\.certificate/)
    expect((await server.dig('www.netcinema.com', '+tcp')).status).toBe('NOERROR')
    await expect(connect()).rejects.toThrow(/ECONNREFUSED/)
    install(server.folder, first)
    expect(await kingcdn('reload', '-c', server.configFile)).toMatchObject({ code: 0 })
    await until('TLS', () =>
      serialShown().then(
        serial => serial === serialIn(first),
        () => false,
      ),
    )
    expect((await server.status()).alarms).toEqual([])
    expect((await kdig('+tls', 'www.netcinema.com')).text).toMatch(/status: NOERROR/)
  })
})
