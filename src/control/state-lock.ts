import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The start time of a process in clock ticks since boot (proc(5), field 22); null when it does not run or the system has no /proc. */
function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

function isAlive(pid: number, startTime: string): boolean {
  const now = startTimeOf(pid)
  if (now !== null) return now === startTime
  try {
    process.kill(pid, 0)
    return startTime === ''
  } catch {
    return false
  }
}

/**
 * Keeps a second instance off a state folder. The lock is a file `lock` with pid and start time, so that a process that was killed leaves
 * nothing to clean up: its lock is taken over, even when its pid has been given to another process since.
 */
export class StateLock {
  readonly #file: string

  private constructor(file: string) {
    this.#file = file
  }

  /** Throws an error that names the holder when another living process has the folder. */
  static take(folder: string): StateLock {
    mkdirSync(folder, { recursive: true })
    const file = join(folder, 'lock')
    const own = `${file}.${process.pid}`
    writeFileSync(own, `${process.pid} ${startTimeOf(process.pid) ?? ''}\n`)
    try {
      for (let attempt = 0; attempt < 3; attempt++) {
        try {
          // link(2) fails when the name exists: the one step that two starters cannot both win.
          linkSync(own, file)
          return new StateLock(file)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
          StateLock.#evictDead(file, folder)
        }
      }
      throw new Error(`state folder ${folder} is being taken by another process; try again`)
    } finally {
      rmSync(own, { force: true })
    }
  }

  release(): void {
    rmSync(this.#file, { force: true })
  }

  static #evictDead(file: string, folder: string): void {
    const [pid = '', startTime = ''] = readText(file).trim().split(' ')
    if (pid !== '' && isAlive(Number(pid), startTime)) {
      throw new Error(
        `state folder ${folder} is in use by process ${pid}; stop it, or give this instance another \`state:\``,
      )
    }
    try {
      unlinkSync(file)
    } catch {
      // somebody else evicted it
    }
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
