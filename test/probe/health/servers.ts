import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address } from '../../../src/probe/health/check.ts'

export const V4: Address = { text: '127.0.0.1', family: 4 }
export const V6: Address = { text: '::1', family: 6 }

/** Servers of one test; `close` ends them all, connections included. */
export class Servers {
  readonly #closers: (() => void)[] = []

  http(listener: RequestListener, at = V4): Promise<number> {
    return this.#listen(createHttpServer(listener), at)
  }

  https(options: ServerOptions, listener: RequestListener, at = V4): Promise<number> {
    return this.#listen(createHttpsServer(options, listener), at)
  }

  /** Bytes of the test's own: what comes after the first packet of a client is its business. */
  raw(onConnection: (socket: Socket) => void, at = V4): Promise<number> {
    return this.#listen(createServer(onConnection), at)
  }

  /** Answers each datagram with what `reply` makes of it; null: nothing. */
  async udp(reply: (query: Buffer) => Buffer | null, at = V4): Promise<number> {
    const socket = createSocket(at.family === 4 ? 'udp4' : 'udp6')
    socket.on('message', (query, from) => {
      const message = reply(query)
      if (message !== null) socket.send(message, from.port, from.address)
    })
    this.#closers.push(() => socket.close())
    await new Promise<void>(resolve => socket.bind(0, at.text, resolve))
    return socket.address().port
  }

  close(): void {
    for (const close of this.#closers.splice(0)) close()
  }

  async #listen(server: Server, { text }: Address): Promise<number> {
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => sockets.delete(socket))
    })
    server.on('tlsClientError', () => undefined)
    this.#closers.push(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    await new Promise<void>(resolve => server.listen(0, text, resolve))
    return (server.address() as AddressInfo).port
  }
}

/** A certificate authority of the test's own, in a folder of its own. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kingcdn-authority-'))
  #issued = 0
  /** Its own certificate, which whoever trusts it needs. */
  readonly file = join(this.#folder, 'ca.pem')

  constructor() {
    const key = join(this.#folder, 'ca.key')
    this.#openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-days',
      '3650',
      '-subj',
      '/CN=test authority',
      '-keyout',
      key,
      '-out',
      this.file,
    )
    writeFileSync(join(this.#folder, 'index.txt'), '')
    writeFileSync(join(this.#folder, 'index.txt.attr'), 'unique_subject = no\n')
    writeFileSync(join(this.#folder, 'ca.conf'), CONFIGURATION(this.#folder))
  }

  /** A certificate for these names (`DNS:a.example,IP:::1`) that is valid between two days from now; negative ones are past. */
  issue(names: string, fromDay = -1, toDay = 90): { cert: string; key: string } {
    const path = (what: string): string => join(this.#folder, `${this.#issued}.${what}`)
    this.#issued++
    this.#openssl('req', ...NEW_KEY, '-subj', '/CN=server', '-keyout', path('key'), '-out', path('csr'))
    writeFileSync(path('ext'), `subjectAltName=${names}\n`)
    const dates = ['-startdate', stamp(fromDay), '-enddate', stamp(toDay)]
    const files = [
      '-config',
      join(this.#folder, 'ca.conf'),
      '-extfile',
      path('ext'),
      '-in',
      path('csr'),
      '-out',
      path('pem'),
    ]
    this.#openssl('ca', '-batch', '-notext', '-rand_serial', ...dates, ...files)
    return { cert: readFileSync(path('pem'), 'utf8'), key: readFileSync(path('key'), 'utf8') }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

const CONFIGURATION = (folder: string): string => `[ca]
default_ca = test
[test]
database = ${folder}/index.txt
serial = ${folder}/serial
new_certs_dir = ${folder}
certificate = ${folder}/ca.pem
private_key = ${folder}/ca.key
default_md = sha256
policy = any
[any]
commonName = supplied
`

/** `days` from now, as openssl reads it: 20261121224017Z. */
const stamp = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '')
