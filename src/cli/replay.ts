import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Failure } from './failure.ts'

/** A source of bytes that can be read from its beginning more than once. */
export interface Replay {
  /** Octets; 0 where not known. */
  readonly size: number
  open(): AsyncIterable<Uint8Array>
}

/** What is no file must not fill the memory: a device never ends. */
const MOST_KEPT = 256 * 2 ** 20

/**
 * A file is read again from the disk; what is no file (a pipe, `-` for standard input) is kept as bytes, at most {@link MOST_KEPT}. Throws
 * {@link Failure}.
 */
export async function openReplay(path: string): Promise<Replay> {
  if (path === '-') return keep('standard input', process.stdin)
  const info = await stat(path).catch(() => null)
  if (info === null) throw new Failure(`${path}: there is no such file`)
  if (info.isDirectory()) throw new Failure(`${path}: is a folder; a CSV file is wanted`)
  return info.isFile() ? { size: info.size, open: () => createReadStream(path) } : keep(path, createReadStream(path))
}

async function keep(name: string, stream: AsyncIterable<Uint8Array | string>): Promise<Replay> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    chunks.push(bytes)
    size += bytes.length
    if (size > MOST_KEPT)
      throw new Failure(
        `${name}: gives more than ${MOST_KEPT / 2 ** 20} MiB and is no file; save what is meant to a file first`,
      )
  }
  return {
    size,
    async *open() {
      yield* chunks
    },
  }
}
