import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Failure } from './failure.ts'

/** A source of bytes that can be read from its beginning more than once. */
export interface Replay {
  /** Octets; 0 where not known. */
  readonly size: number
  open(): AsyncIterable<Uint8Array>
}

/** A file is read again from the disk; what is no file (a pipe, `-` for standard input) is kept as bytes. Throws {@link Failure}. */
export async function openReplay(path: string): Promise<Replay> {
  if (path === '-') return keep(process.stdin)
  const info = await stat(path).catch(() => null)
  if (info === null) throw new Failure(`${path}: there is no such file`)
  if (info.isDirectory()) throw new Failure(`${path}: is a folder; a CSV file is wanted`)
  return info.isFile() ? { size: info.size, open: () => createReadStream(path) } : keep(createReadStream(path))
}

async function keep(stream: AsyncIterable<Uint8Array | string>): Promise<Replay> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    chunks.push(bytes)
    size += bytes.length
  }
  return {
    size,
    async *open() {
      yield* chunks
    },
  }
}
