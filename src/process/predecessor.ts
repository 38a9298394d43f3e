import { connect } from 'node:net'
import { Lines, socketPath, wordsOf } from './lines.ts'

/** The process that serves from the state folder now, seen from the one that is to follow it. The dialogue is drawn in lines.ts. */
export class Predecessor {
  readonly #lines: Lines

  private constructor(lines: Lines) {
    this.#lines = lines
  }

  /** null where nobody listens: there is nobody to take over from. */
  static find(stateFolder: string): Promise<Predecessor | null> {
    const path = socketPath(stateFolder)
    if (path === null) return Promise.resolve(null)
    return new Promise(resolve => {
      const socket = connect(path)
      socket.once('error', () => resolve(null))
      socket.once('connect', () => resolve(new Predecessor(new Lines(socket))))
    })
  }

  /**
   * Asks for the state folder. `given`: the folder and its lock are ours, and the other one answers on; `gone`: it ended before it said so. Throws
   * with its words when it refuses.
   */
  async ask(pid: number): Promise<'given' | 'gone'> {
    this.#lines.say(`take-over ${pid}`)
    const line = await this.#lines.next()
    if (line === null) return 'gone'
    const [word, rest] = wordsOf(line)
    if (word === 'yours') return 'given'
    throw Object.assign(new Error(`cannot take over: ${rest || line}`), { code: 'EBUSY' })
  }

  /** Says that we answer; resolves when it lets go of the addresses, or is gone. */
  async dismiss(): Promise<void> {
    this.#lines.say('answers')
    await this.#lines.next()
    this.close()
  }

  /** To be called with the folder released: where it has not been dismissed, the other one takes the folder back. */
  close(): void {
    this.#lines.destroy()
  }
}

/**
 * Has whoever serves from the state folder start another process of what is installed now and give it its place. Resolves with the new pid; throws
 * with the reason when the old one serves on, and when nobody serves there.
 */
export async function upgrade(stateFolder: string): Promise<number> {
  const path = socketPath(stateFolder)
  if (path === null) throw new Error(`the path of ${stateFolder} is too long for a socket`)
  const lines = await new Promise<Lines>((resolve, reject) => {
    const socket = connect(path)
    const why = 'is `kingcdn serve` running, and ready, with this configuration?'
    socket.once('error', error => reject(new Error(`nobody answers for ${stateFolder} (${error.message}): ${why}`)))
    socket.once('connect', () => resolve(new Lines(socket)))
  })
  lines.say('upgrade')
  let newcomer = ''
  try {
    for (;;) {
      const line = await lines.next()
      if (line === null) throw new Error(`the nameserver ended meanwhile; ${newcomer}see its log and kingcdn status`)
      const [word, rest] = wordsOf(line)
      if (word === 'done') return Number(rest)
      if (word !== 'started') throw new Error(rest || line)
      newcomer = `process ${rest}, its successor, may serve: `
    }
  } finally {
    lines.end()
  }
}
