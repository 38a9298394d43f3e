import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pc from 'picocolors'
import { onTestFinished } from 'vitest'
import type { Io } from '../../src/cli/io.ts'
import { run } from '../../src/cli/main.ts'
import { SAMPLE } from '../config/sample.ts'

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process, as seen by a pipe (no colour, no progress bar) unless `more` says otherwise. */
export async function cli(args: readonly string[], more: Partial<Io> = {}): Promise<Outcome> {
  let out = ''
  let err = ''
  const io: Io = {
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    colours: pc.createColors(false),
    interactive: false,
    env: {},
    cwd: process.cwd(),
    ...more,
  }
  const code = await run(['node', 'kingcdn', ...args], io)
  return { code, out, err }
}

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kingcdn-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function write(folder: string, name: string, text: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** The sample configuration, talking to a server on `port` of 127.0.0.1; `edit` changes its text. Gives its path. */
export function configFor(port: number, edit: (text: string) => string = text => text): string {
  const text = SAMPLE.replace('127.0.0.1:9153', `127.0.0.1:${port}`).replace(', overrides: overrides.yaml', '')
  return write(temporaryFolder(), 'kingcdn.yaml', edit(text))
}
