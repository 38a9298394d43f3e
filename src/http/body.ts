import type { IncomingMessage } from 'node:http'
import { Failure } from './failure.ts'

/** Bytes of a body over the limit that are still read and thrown away, so that the client hears 413 instead of a reset connection. */
const DISCARD_BYTES = 16 * 2 ** 20

/** More than any call has. */
const MOST_LEVELS = 16

/**
 * Reads the body as JSON; an empty one is `undefined`. Fails with 413 over `limit` bytes, 415 for anything but plain application/json,
 * 400 for what is not UTF-8, not JSON, or nested more deeply than {@link MOST_LEVELS}.
 */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  checkMedia(request)
  const bytes = await readBytes(request, limit)
  if (bytes.length === 0) return undefined
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Failure('bad-request', 'the body is not UTF-8')
  }
  const value = parse(text)
  if (!isShallow(value, MOST_LEVELS))
    throw new Failure('bad-request', `the body is nested too deeply; legal: at most ${MOST_LEVELS} levels`)
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Failure('bad-request', `the body is not JSON: ${(error as Error).message.slice(0, 200)}`)
  }
}

/** The parser takes any depth, but whatever walks the value then, JSON.stringify for one, runs out of stack. */
function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every(inner => isShallow(inner, levels - 1))
}

/** Only JSON: a web page of another site can send any other type without asking the browser first. */
function checkMedia({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new Failure('unsupported-media-type', 'compressed bodies are not taken; send the body as it is')
  const empty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
  if (empty && headers['content-type'] === undefined) return
  if (!/^application\/json *(; *charset="?utf-8"? *)?$/i.test(headers['content-type'] ?? ''))
    throw new Failure('unsupported-media-type', 'the body must be JSON: Content-Type: application/json')
}

function readBytes(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const tooLarge = new Failure('too-large', `the body may have at most ${limit} bytes`, {
    headers: { connection: 'close' },
  })
  if (Number(request.headers['content-length'] ?? 0) > limit + DISCARD_BYTES) return Promise.reject(tooLarge)
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else chunks = []
      if (size > limit + DISCARD_BYTES) reject(tooLarge)
    })
    request.on('end', () => (size > limit ? reject(tooLarge) : resolve(Buffer.concat(chunks))))
    request.on('error', reject)
    request.on('close', () => reject(new Failure('bad-request', 'the client went away')))
  })
}
