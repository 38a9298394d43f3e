import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { Lines, socketPath, wordsOf } from './lines.ts'
import { startSuccessor } from './start-successor.ts'

/** What the process that serves now can be asked for. */
export interface IncumbentHost {
  /** Why it cannot give its place to anybody; null: it can. */
  refusal(): string | null
  /** Writes down what there is, lets go of the state folder and gives its lock to that process. Goes on answering. */
  leave(pid: number): Promise<void>
  /** Takes the folder back: that process ended before it answered. */
  resume(pid: number): Promise<void>
  /** That process answers: to be called once. */
  succeeded(pid: number): void
  readonly log: (level: 'info' | 'error', message: string) => void
}

/** A newcomer that has not answered after this long is killed: a large map is compiled in minutes. */
const LIMIT_MS = 10 * 60_000

/** The socket where a process that is to follow this one, or an operator, asks for it. The dialogue is drawn in lines.ts. */
export class Incumbent {
  readonly #host: IncumbentHost
  readonly #server: Server
  /** Who is taking over: its pid, 0 = not known yet; null = nobody. */
  #successor: number | null = null
  #settled: (outcome: string) => void = () => {}

  /** Resolves when it listens; rejects when it cannot. */
  static async listen(stateFolder: string, host: IncumbentHost): Promise<Incumbent> {
    const path = socketPath(stateFolder)
    if (path === null) throw new Error(`the path of ${stateFolder} is too long for a socket`)
    const incumbent = new Incumbent(host)
    await incumbent.#listen(path)
    return incumbent
  }

  private constructor(host: IncumbentHost) {
    this.#host = host
    this.#server = createServer(socket => void this.#serve(new Lines(socket)))
  }

  /** Hears nobody new. */
  close(): void {
    this.#server.close()
  }

  #listen(path: string): Promise<void> {
    // Of a process that was killed: whoever holds the lock is alone here.
    rmSync(path, { force: true })
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      const before = process.umask(0o177)
      this.#server.listen(path, () => {
        chmodSync(path, 0o600)
        this.#server.off('error', reject)
        this.#server.on('error', error => this.#host.log('error', `hand-over: ${error.message}`))
        // Nobody is kept alive by it.
        this.#server.unref()
        resolve()
      })
      process.umask(before)
    })
  }

  async #serve(lines: Lines): Promise<void> {
    const [word, rest] = wordsOf((await lines.next()) ?? '')
    if (word === 'take-over' && /^[1-9]\d{0,9}$/.test(rest)) return this.#give(lines, Number(rest))
    if (word === 'upgrade') await this.#upgrade(lines)
    else lines.say('refused that is no request')
    lines.end()
  }

  /** `own`: the process that was started here, where it was. */
  #refusal(pid: number): string | null {
    const { refusal } = this.#host
    const busy = this.#successor !== null && this.#successor !== 0 && this.#successor !== pid
    return busy ? `process ${this.#successor} is taking over already` : refusal()
  }

  async #give(lines: Lines, pid: number): Promise<void> {
    const refusal = this.#refusal(pid)
    if (refusal !== null) {
      lines.say(`refused ${refusal}`)
      return lines.end()
    }
    this.#successor = pid
    const limit = setTimeout(() => this.#giveUp(pid), LIMIT_MS)
    this.#host.log('info', `process ${pid} takes over`)
    const answers = await this.#await(lines, pid)
    clearTimeout(limit)
    if (answers) this.#succeeded(lines, pid)
    else await this.#resume(pid)
  }

  /** True when the newcomer answers; false when it ended before. */
  async #await(lines: Lines, pid: number): Promise<boolean> {
    try {
      await this.#host.leave(pid)
    } catch (error) {
      this.#host.log('error', `the state folder cannot be handed over: ${String(error)}`)
      lines.say(`refused ${String(error)}`)
      lines.end()
      return false
    }
    lines.say('yours')
    return (await lines.next()) === 'answers'
  }

  #succeeded(lines: Lines, pid: number): void {
    // Its name goes with it: the newcomer makes a socket of that name when it hears that we leave.
    this.close()
    lines.say('leaving')
    lines.end()
    this.#settled(`done ${pid}`)
    this.#host.succeeded(pid)
  }

  async #resume(pid: number): Promise<void> {
    this.#host.log('error', `process ${pid} ended before it answered: this one serves on`)
    await this.#host.resume(pid).catch((error: unknown) => this.#host.log('error', String(error)))
    this.#successor = null
    this.#settled(`failed process ${pid} ended before it answered: see the log; process ${process.pid} serves on`)
  }

  #giveUp(pid: number): void {
    this.#host.log('error', `process ${pid} does not answer after ${LIMIT_MS / 60_000} minutes and is killed`)
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It is gone already.
    }
  }

  async #upgrade(lines: Lines): Promise<void> {
    const refusal = this.#successor === null ? this.#refusal(0) : 'a process is taking over already'
    if (refusal !== null) return lines.say(`refused ${refusal}`)
    this.#successor = 0
    const outcome = new Promise<string>(resolve => {
      this.#settled = resolve
    })
    const child = startSuccessor(reason => {
      // Who had begun to take over is heard by the end of its connection.
      if (this.#successor === 0) {
        this.#successor = null
        this.#settled(`failed ${reason}; process ${process.pid} serves on`)
      }
    })
    if (child !== null) lines.say(`started ${child}`)
    lines.say(await outcome)
  }
}
