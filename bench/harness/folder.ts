import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atEnd } from './at-end.ts'

/** A new folder for the files of a bench; gone at its end, however that comes. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kingcdn-bench-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
