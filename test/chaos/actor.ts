import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../fixture/until.ts'
import type { Blow, Member } from './members.ts'

/** A busy machine takes its time. */
const START_MS = 60_000

export interface ActorSpec extends Member {
  readonly program: string
  readonly args: readonly string[]
  /** It does its work. */
  readonly isReady: () => Promise<boolean>
  /** Edges only: to be sick, or well again. */
  readonly setSick?: (sick: boolean) => Promise<void>
}

/** Whoever ends this process: none of them is left behind. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** One member of the cast: a program that can be struck and comes back. All it ever wrote is kept in one file. */
export class Actor {
  readonly spec: ActorSpec
  readonly #logFile: string
  #child: ChildProcess | null = null

  constructor(spec: ActorSpec, folder: string) {
    this.spec = spec
    this.#logFile = join(folder, `${spec.name}.log`)
  }

  get name(): string {
    return this.spec.name
  }

  /** Starts it and waits until it does its work. */
  async start(): Promise<void> {
    const log = openSync(this.#logFile, 'a')
    const env = { ...process.env, NO_COLOR: '1' }
    const child = spawn(this.spec.program, [...this.spec.args], { stdio: ['ignore', log, log], env })
    closeSync(log)
    running.add(child)
    child.once('exit', () => running.delete(child))
    this.#child = child
    await this.#ready()
  }

  /** Resolves when it is down. */
  async strike(blow: Blow): Promise<void> {
    if (blow === 'sicken') await this.spec.setSick!(true)
    else if (blow === 'freeze') this.#child!.kill('SIGSTOP')
    else await this.#end(blow === 'kill' ? 'SIGKILL' : 'SIGTERM')
  }

  /** Undoes the blow; resolves when it does its work again. */
  async revive(blow: Blow): Promise<void> {
    if (blow === 'sicken') await this.spec.setSick!(false)
    else if (blow === 'freeze') this.#child!.kill('SIGCONT')
    else return this.start()
    await this.#ready()
  }

  /** Ends it in whatever state it is. */
  async discard(): Promise<void> {
    if (this.#child !== null) await this.#end('SIGKILL')
  }

  /** The end of what it wrote, for people. */
  log(lines = 40): string {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  }

  async #ready(): Promise<void> {
    const child = this.#child!
    await until(
      `${this.name} to do its work`,
      () => {
        if (child.exitCode !== null) throw new Error(`${this.name} ended with ${child.exitCode}:\n${this.log()}`)
        return this.spec.isReady()
      },
      START_MS,
    )
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child!
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
}
