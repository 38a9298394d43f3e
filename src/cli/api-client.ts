import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Access } from '../config/access.ts'
import { formatEndpoint } from '../config/endpoint.ts'
import { readToken, tokenFault } from '../config/token.ts'
import { Failure } from './failure.ts'
import { whoAmI } from './who-am-i.ts'

/** The running server said no. `details` is the rest of its error object. */
export class ApiFailure extends Failure {
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>
  constructor(message: string, code: string, details: Readonly<Record<string, unknown>>) {
    super(message)
    this.code = code
    this.details = details
  }
}

const PATIENCE_MS = 30_000
const MOST_OCTETS = 512 * 2 ** 20

/** Speaks to the HTTP API of the server that runs with this configuration. Every failure says what to do next. */
export class ApiClient {
  readonly #host: string
  readonly #port: number
  readonly #url: string
  readonly #access: Access
  readonly #env: NodeJS.ProcessEnv

  /** Throws {@link Failure} when the configuration has no HTTP address to call. */
  constructor(access: Access, env: NodeJS.ProcessEnv) {
    const endpoint = access.http
    if (endpoint === null || endpoint.port === 0)
      throw new Failure(`${access.file} gives the server no HTTP address; set listen.http, which this command talks to`)
    const { address } = endpoint
    this.#host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
    this.#port = endpoint.port
    this.#url = `http://${formatEndpoint({ address: this.#host, port: this.#port })}`
    this.#access = access
    this.#env = env
  }

  get(path: string): Promise<unknown> {
    return this.#call('GET', path, undefined, PATIENCE_MS)
  }

  post(path: string, body: unknown, patienceMs = PATIENCE_MS): Promise<unknown> {
    return this.#call('POST', path, JSON.stringify(body), patienceMs)
  }

  async #call(method: string, path: string, body: string | undefined, patienceMs: number): Promise<unknown> {
    const { status, text } = await this.#exchange(method, path, body, patienceMs).catch((error: unknown) => {
      throw this.#unreachable(error as NodeJS.ErrnoException)
    })
    const answer = parseJson(text)
    if (status >= 200 && status < 300 && answer !== undefined) return answer
    throw this.#refused(status, answer)
  }

  #exchange(
    method: string,
    path: string,
    body: string | undefined,
    patienceMs: number,
  ): Promise<{ status: number; text: string }> {
    const token = readToken(this.#access.token, this.#env)
    const headers = {
      accept: 'application/json',
      from: whoAmI().replace(/[^\x21-\x7e]/g, '?'),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    }
    return new Promise((resolve, reject) => {
      const options = {
        host: this.#host,
        port: this.#port,
        method,
        path,
        headers,
        signal: AbortSignal.timeout(patienceMs),
      }
      const call = httpRequest(options, response => {
        readAll(response).then(text => resolve({ status: response.statusCode ?? 0, text }), reject)
      })
      call.on('error', reject)
      call.end(body)
    })
  }

  #unreachable({ code = '', name, message }: NodeJS.ErrnoException): Failure {
    if (name === 'AbortError' || name === 'TimeoutError' || code === 'ABORT_ERR')
      return new Failure(`the server at ${this.#url} does not answer in time; its log may say why`)
    if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL' || code === 'EHOSTUNREACH')
      return new Failure(
        `no server answers at ${this.#url}: start it with \`kingcdn serve -c ${this.#access.file}\`, or correct listen.http`,
      )
    return new Failure(`the call to ${this.#url} failed (${code || message}); is listen.http the address of kingcdn?`)
  }

  #refused(status: number, answer: unknown): Failure {
    const error = (answer as { error?: { code?: unknown; message?: unknown } } | undefined)?.error
    if (typeof error?.message !== 'string' || typeof error.code !== 'string')
      return new Failure(
        `${this.#url} answered with status ${status} and no JSON; is listen.http the address of kingcdn?`,
      )
    const { code, message, ...details } = error
    return new ApiFailure(`${message}${this.#advice(status)}`, code, details)
  }

  #advice(status: number): string {
    if (status !== 401 && status !== 403) return ''
    const fault = tokenFault(this.#access.token, this.#env)
    return ` (${fault ?? 'this command sends the token that http.token of its configuration names: let it name the same one'})`
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let octets = 0
  for await (const chunk of response) {
    octets += (chunk as Buffer).length
    if (octets > MOST_OCTETS) throw new Error(`more than ${MOST_OCTETS} octets`)
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
