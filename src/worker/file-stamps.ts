import { statSync } from 'node:fs'

/** A file and what told its content from others when it was read. */
export type FileStamp = readonly [file: string, stamp: string]

/** A file younger than this may be written again without any of its times moving: two writes within one tick of the clock. */
const SETTLED_MS = 1_000

/**
 * Size, times and inode; `absent` when there is none. Take it before the file is read. Of a file that was written a moment ago every stamp
 * differs from all others, so that it is read again.
 */
export function stampOf(file: string): string {
  try {
    const { size, mtimeMs, ctimeMs, ino } = statSync(file)
    const settled = Date.now() - ctimeMs > SETTLED_MS
    return `${size} ${mtimeMs} ${ctimeMs} ${ino}${settled ? '' : ` ${process.hrtime.bigint()}`}`
  } catch {
    return 'absent'
  }
}

/** True when no file has changed since it was stamped. */
export function areUnchanged(files: readonly FileStamp[]): boolean {
  return files.every(([file, stamp]) => stampOf(file) === stamp)
}
