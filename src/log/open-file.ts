import { closeSync, constants, fstatSync, lstatSync, openSync, renameSync, statSync } from 'node:fs'

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants
const MODE = 0o640
const STANDARD_OUTPUT = 1
export const STANDARD_OUTPUT_PATH = '/dev/stdout'

/** A file that is written to its end. All of it throws what the system says. */
export class OpenFile {
  readonly path: string
  readonly fd: number
  /** Of a file on disk; what is a pipe or a terminal is never moved and has no size. */
  readonly #identity: string | null
  size: number
  /** Standard output belongs to the whole process. */
  readonly #lent: boolean

  private constructor(path: string, fd: number, lent = false) {
    const stat = fstatSync(fd)
    this.path = path
    this.fd = fd
    this.#lent = lent
    this.#identity = stat.isFile() ? identityOf(stat) : null
    this.size = stat.isFile() ? stat.size : 0
  }

  /** `fresh`: what is there already is moved out of the way. A pipe that nobody reads is no reason to wait: opening it fails. */
  static open(path: string, fresh: boolean): OpenFile {
    const file = OpenFile.#append(path)
    if (!fresh || file.size === 0 || !movable(path)) return file
    file.close()
    moveAway(path)
    return OpenFile.#append(path)
  }

  /**
   * A pipe or terminal is opened anew, so that nobody else's writes stop waiting for it. A socket, as services have it, cannot be: it is used as it is, and
   * where it waits for its reader, so does the caller.
   */
  static standardOutput(fresh: boolean): OpenFile {
    return fstatSync(STANDARD_OUTPUT).isSocket()
      ? new OpenFile(STANDARD_OUTPUT_PATH, STANDARD_OUTPUT, true)
      : OpenFile.open(STANDARD_OUTPUT_PATH, fresh)
  }

  static #append(path: string): OpenFile {
    return new OpenFile(path, openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK, MODE))
  }

  /** True when another file, or none, has taken its path: somebody rotates. */
  get moved(): boolean {
    if (this.#identity === null) return false
    const stat = statSync(this.path, { throwIfNoEntry: false })
    return stat === undefined || identityOf(stat) !== this.#identity
  }

  /** True when the file is on disk under its own name, so that it can be moved to make room for another. */
  get movable(): boolean {
    return this.#identity !== null && movable(this.path)
  }

  close(): void {
    if (!this.#lent) closeSync(this.fd)
  }
}

/** To `<path>.1`, in the place of the one before. */
export function moveAway(path: string): void {
  renameSync(path, `${path}.1`)
}

const identityOf = ({ dev, ino }: { readonly dev: number; readonly ino: number }): string => `${dev} ${ino}`
/** A symbolic link, such as /dev/stdout, stays where it is. */
const movable = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true
