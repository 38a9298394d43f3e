import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { StringDecoder } from 'node:string_decoder'
import { PullFault } from './reading.ts'

/** Pages of exporters have some 100 KB; a line of one is a series with its labels. */
const MOST_OCTETS = 16 * 2 ** 20
const MOST_LINE = 64 * 1024
const ACCEPT = 'text/plain;version=0.0.4;q=1,text/plain;q=0.9,*/*;q=0.1'

/**
 * GETs a page and hands it on line by line, never holding more than a line of it. Throws {@link PullFault} for every other answer than 200, for a
 * page or a line that is too long, and when `signal` ends it. Follows no redirect.
 */
export async function getLines(url: string, signal: AbortSignal, take: (line: string) => void): Promise<void> {
  try {
    const response = await open(url, signal)
    await readLines(response, take)
  } catch (error) {
    if (error instanceof PullFault) throw error
    throw new PullFault(signal.aborted ? String(signal.reason) : describe(error))
  }
}

function open(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    // A connection for each page: one that is kept would be found dead when it is needed.
    const options = { signal, agent: false as const, headers: { accept: ACCEPT, 'accept-encoding': 'identity' } }
    const call = request(url, options, resolve)
    // Stays: after the answer has begun, an error comes by this way too.
    call.on('error', reject)
    call.end()
  })
}

async function readLines(response: IncomingMessage, take: (line: string) => void): Promise<void> {
  const { statusCode = 0, headers } = response
  if (statusCode !== 200 || (headers['content-encoding'] ?? 'identity') !== 'identity') {
    response.on('error', () => {})
    response.destroy()
    throw new PullFault(statusCode === 200 ? `answers in ${headers['content-encoding']}` : `answers with ${statusCode}`)
  }
  const decoder = new StringDecoder('utf8')
  let octets = 0
  let rest = ''
  for await (const chunk of response) {
    octets += (chunk as Buffer).length
    if (octets > MOST_OCTETS) throw new PullFault(`has a page of more than ${MOST_OCTETS} octets`)
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n')
    rest = lines.pop()!
    if (rest.length > MOST_LINE || lines.some(line => line.length > MOST_LINE))
      throw new PullFault(`has a line of more than ${MOST_LINE} characters`)
    for (const line of lines) take(line)
  }
  rest += decoder.end()
  if (rest !== '') take(rest)
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'breaks the connection off',
  ENOTFOUND: 'has a name that does not resolve',
  EAI_AGAIN: 'has a name that does not resolve now',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ETIMEDOUT: 'does not answer',
}

function describe(error: unknown): string {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException
  return (
    REASONS[code] ?? `fails: ${code === '' || message.includes(code) ? message : `${code} ${message}`}`.slice(0, 200)
  )
}
