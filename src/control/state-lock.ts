import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How long a holder that is being killed may take to go: it gives back gigabytes. */
const DYING_MS = 10_000
const LOOK_MS = 20

/** PF_EXITING and PF_SIGNALED of the kernel: it is on its way out, by itself or by a signal. */
const ON_ITS_WAY_OUT = 0x404
/** SIGKILL in a mask of signals. */
const KILLED = 0x100n

/** `gone`: it does not run, or only its parent has not yet taken note of its death; `dying`: it was killed and will run no more code of ours. */
type Life = 'alive' | 'dying' | 'gone'

interface Process {
  /** In clock ticks since boot. */
  readonly startTime: string
  readonly life: Life
}

/** A process by proc(5): `stat` fields 3 (state), 9 (flags) and 22 (start time). null when it does not run or the system has no /proc. */
function processOf(pid: string): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { startTime: fields[19] ?? '', life: lifeOf(pid, fields[0] ?? '', Number(fields[6])) }
  } catch {
    return null
  }
}

function lifeOf(pid: string, state: string, flags: number): Life {
  if (state === 'X') return 'gone'
  // A zombie whose threads are still being ended holds its sockets yet.
  if (state === 'Z') return readdirSync(`/proc/${pid}/task`).length > 1 ? 'dying' : 'gone'
  const pending = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '0'
  return (flags & ON_ITS_WAY_OUT) !== 0 || (BigInt(`0x${pending}`) & KILLED) !== 0n ? 'dying' : 'alive'
}

function lifeOfHolder(pid: string, startTime: string): Life {
  if (!/^\d+$/.test(pid)) return 'gone'
  const holder = processOf(pid)
  if (holder !== null) return holder.startTime === startTime ? holder.life : 'gone'
  try {
    process.kill(Number(pid), 0)
    return startTime === '' ? 'alive' : 'gone'
  } catch {
    return 'gone'
  }
}

/**
 * Keeps a second instance off a state folder. The lock is a file `lock` with pid and start time, so that a process that was killed leaves
 * nothing to clean up: its lock is taken over, also at once after the kill, and even when its pid has been given to another process since.
 */
export class StateLock {
  readonly #folder: string
  readonly #file: string
  #isOurs = true

  private constructor(folder: string, file: string) {
    this.#folder = folder
    this.#file = file
  }

  /** The lock that another process gave to this one; null when it did not. */
  static inherited(folder: string): StateLock | null {
    const file = join(folder, 'lock')
    return readText(file) === lineOf(process.pid) ? new StateLock(folder, file) : null
  }

  /** False while the folder is another's: nothing in it may be written. */
  get isOurs(): boolean {
    return this.#isOurs
  }

  /** Gives the folder to another process. Throws when that does not run. */
  give(pid: number): void {
    if (processOf(String(pid)) === null) throw new Error(`process ${pid} does not run`)
    const next = `${this.#file}.${process.pid}`
    writeFileSync(next, lineOf(pid))
    this.#isOurs = false
    // One step: at no moment does the folder belong to nobody.
    renameSync(next, this.#file)
  }

  /** The folder is ours again after {@link give}. Throws as {@link take} does while the other one lives. */
  takeBack(): void {
    if (this.#isOurs) return
    StateLock.take(this.#folder)
    this.#isOurs = true
  }

  /** Throws an error that names the holder when another living process has the folder. */
  static take(folder: string): StateLock {
    mkdirSync(folder, { recursive: true })
    const file = join(folder, 'lock')
    const own = `${file}.${process.pid}`
    writeFileSync(own, lineOf(process.pid))
    try {
      for (let attempt = 0; attempt < 3; attempt++) {
        try {
          // link(2) fails when the name exists: the one step that two starters cannot both win.
          linkSync(own, file)
          return new StateLock(folder, file)
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
    if (this.#isOurs) rmSync(this.#file, { force: true })
  }

  static #evictDead(file: string, folder: string): void {
    const [pid = '', startTime = ''] = readText(file).trim().split(' ')
    if (waitForEnd(pid, startTime) !== 'gone') {
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

/** What stands in the lock of that process. */
const lineOf = (pid: number): string => `${pid} ${processOf(String(pid))?.startTime ?? ''}\n`

/** A supervisor starts the next one as soon as it has killed the last: who is dying is waited for. */
function waitForEnd(pid: string, startTime: string): Life {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (const end = performance.now() + DYING_MS; ; ) {
    const life = lifeOfHolder(pid, startTime)
    if (life !== 'dying' || performance.now() > end) return life
    Atomics.wait(pause, 0, 0, LOOK_MS)
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
