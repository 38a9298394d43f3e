import type { Socket } from 'node:net'
import { join, relative } from 'node:path'

/*
 * How a process gives its place to another one, over a socket in the state folder: words in lines.
 *
 *   newcomer                                  incumbent
 *      take-over 4711        ------------>    puts down its pen: the folder is the newcomer's, who may still fail
 *                            <------------    yours
 *      starts, answers beside it
 *      answers               ------------>    lets new queries go to the newcomer
 *                            <------------    leaving
 *                                             answers what has come, ends
 *
 *   operator
 *      upgrade               ------------>    starts a newcomer
 *                            <------------    started 4711
 *                            <------------    done 4711   |   failed, and why
 *
 * `refused`, and why, is the answer to either when it cannot be now. When the connection ends before `answers` the incumbent takes the folder back;
 * when it ends before `leaving` the newcomer stays alone.
 */

/** sockaddr_un, unix(7), with the octet of 0 behind it. */
const LONGEST_PATH = 107
/** Octets; no line that is meant comes near. */
const LONGEST_LINE = 1000

/** null: no socket can have so long a path. */
export function socketPath(stateFolder: string): string | null {
  const path = join(stateFolder, 'hand-over.sock')
  const fromHere = relative(process.cwd(), path)
  const shorter = Buffer.byteLength(fromHere) < Buffer.byteLength(path) ? fromHere : path
  return Buffer.byteLength(shorter) <= LONGEST_PATH ? shorter : null
}

/** One end of such a connection. */
export class Lines {
  readonly #socket: Socket
  readonly #read: string[] = []
  #rest = ''
  #ended = false
  #waiting: ((line: string | null) => void) | null = null

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      this.#deliver()
    })
  }

  /** The next line, when it comes; null at the end. One reader at a time. */
  next(): Promise<string | null> {
    return new Promise(resolve => {
      this.#waiting = resolve
      this.#deliver()
    })
  }

  say(line: string): void {
    if (!this.#socket.destroyed) this.#socket.write(`${line.replace(/\s+/g, ' ')}\n`)
  }

  end(): void {
    this.#socket.end()
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#socket.destroy()
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > LONGEST_LINE) this.#socket.destroy()
    this.#read.push(...lines)
    this.#deliver()
  }

  #deliver(): void {
    const waiting = this.#waiting
    if (waiting === null || (this.#read.length === 0 && !this.#ended)) return
    this.#waiting = null
    waiting(this.#read.shift() ?? null)
  }
}

/** `take-over 4711` -> ['take-over', '4711'] */
export function wordsOf(line: string): [string, string] {
  const space = line.indexOf(' ')
  return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)]
}
