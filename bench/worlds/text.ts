import { closeSync, openSync, writeSync } from 'node:fs'

const PIECE = 1 << 16

/** Writes text piece by piece, so that a file may be larger than a string. */
export function writeText(file: string, pieces: Iterable<string>): void {
  const out = openSync(file, 'w')
  try {
    let pending = ''
    for (const piece of pieces) {
      pending += piece
      if (pending.length < PIECE) continue
      writeSync(out, pending)
      pending = ''
    }
    writeSync(out, pending)
  } finally {
    closeSync(out)
  }
}

/** `count` pieces, one for each number from 0 on. */
export function* each(count: number, piece: (i: number) => string): Generator<string> {
  for (let i = 0; i < count; i++) yield piece(i)
}
