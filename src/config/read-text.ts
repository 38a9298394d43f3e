import { closeSync, openSync, readSync } from 'node:fs'
import { MAX_DOCUMENT_OCTETS } from './document.ts'

export type ReadVerdict =
  | { readonly kind: 'text'; readonly text: string }
  /** `line` is where the text stops to be one; 0: the whole file. `reason` continues a sentence that begins with the file's name. */
  | { readonly kind: 'unreadable'; readonly reason: string; readonly line: number }

/** A whole text file. Never throws; reads no more than a configuration may be long, so that a device or a pipe cannot fill the memory. */
export function readText(path: string): ReadVerdict {
  try {
    const bytes = readBounded(path)
    if (bytes.length > MAX_DOCUMENT_OCTETS) return unreadable(`is longer than ${MAX_DOCUMENT_OCTETS / 2 ** 20} MiB`)
    return decode(bytes)
  } catch (failure) {
    return unreadable(`cannot be read: ${explain(failure)}`)
  }
}

function readBounded(path: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const bytes = new Uint8Array(MAX_DOCUMENT_OCTETS + 1)
    let length = 0
    for (;;) {
      const count = readSync(file, bytes, length, bytes.length - length, null)
      length += count
      if (count === 0 || length === bytes.length) return bytes.subarray(0, length)
    }
  } finally {
    closeSync(file)
  }
}

function decode(bytes: Uint8Array): ReadVerdict {
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return unreadable('is not UTF-8 text', firstBadLine(bytes))
  }
}

/** 1-based. A line feed is never part of a longer UTF-8 sequence, so lines can be decoded one by one. */
function firstBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for (let line = 1, from = 0; ; line++) {
    const feed = bytes.indexOf(10, from)
    try {
      decoder.decode(bytes.subarray(from, feed < 0 ? bytes.length : feed))
    } catch {
      return line
    }
    if (feed < 0) return 0
    from = feed + 1
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
}

function explain(failure: unknown): string {
  const { code = '', message = '' } = failure as { code?: string; message?: string }
  return REASONS[code] ?? message
}

function unreadable(reason: string, line = 0): ReadVerdict {
  return { kind: 'unreadable', reason, line }
}
