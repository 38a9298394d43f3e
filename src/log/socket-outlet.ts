import { connect, type Socket } from 'node:net'
import { Control, type ControlFrame, ControlReader, controlFrame } from './frame-streams.ts'
import { Backlog, type Outlet, type Tally } from './outlet.ts'

export interface SocketOutletOptions {
  /** Absolute path of a unix socket. */
  readonly socket: string
  /** Content of the frames. */
  readonly content: string
  readonly tally: Tally
  /** Wait before the first new try; milliseconds. Left out: {@link FIRST_RETRY_MS}. */
  readonly firstRetryMs?: number
}

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 10_000
/** A reader that has not said what it accepts after this long is left. */
const HANDSHAKE_MS = 5_000
const CLOSING_MS = 500
/** Octets that a slow reader may leave unread; beyond, records are lost. */
const MOST_UNREAD = 1 << 20

/**
 * Frames to a reader that listens on a unix socket, such as `fstrm_capture`. While there is none, records are lost; a new try is made later and
 * later, and at once sooner again when one has come.
 *
 *   away -- connect --> greeting -- READY ... ACCEPT, START --> open -- the reader ends, or says FINISH --> away
 */
export class SocketOutlet implements Outlet {
  readonly #options: SocketOutletOptions
  readonly #backlog = new Backlog(true)
  #socket: Socket | null = null
  #reader = new ControlReader()
  #open = false
  #closed = false
  #retryMs: number
  #retry: NodeJS.Timeout | undefined
  #handshake: NodeJS.Timeout | undefined
  #finished: () => void = () => undefined
  trouble: string | null = null

  constructor(options: SocketOutletOptions) {
    this.#options = options
    this.#retryMs = options.firstRetryMs ?? FIRST_RETRY_MS
    this.#connect()
  }

  put(frame: Uint8Array): void {
    const { tally } = this.#options
    if (!this.#open || (this.#socket?.writableLength ?? 0) > MOST_UNREAD) {
      tally.lost++
      return
    }
    if (this.#backlog.add(frame)) return
    this.flush()
    if (!this.#backlog.add(frame)) tally.lost++
  }

  flush(): void {
    const { records, octets } = this.#backlog
    const socket = this.#socket
    if (records === 0 || socket === null) return
    const { tally } = this.#options
    socket.write(Buffer.from(octets), error => {
      if (error) tally.lost += records
      else tally.written += records
    })
    this.#backlog.clear()
  }

  tick(): void {}

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    const socket = this.#socket
    if (socket !== null && this.#open) {
      this.flush()
      await new Promise<void>(resolve => {
        this.#finished = resolve
        setTimeout(resolve, CLOSING_MS).unref()
        socket.write(controlFrame(Control.STOP, null))
      })
    }
    socket?.destroy()
  }

  #connect(): void {
    const { socket: path, content } = this.#options
    const socket = connect(path)
    this.#socket = socket
    this.#reader = new ControlReader()
    this.#handshake = setTimeout(() => socket.destroy(new Error('it accepts nothing')), HANDSHAKE_MS)
    this.#handshake.unref()
    socket.on('connect', () => socket.write(controlFrame(Control.READY, content)))
    socket.on('data', octets => this.#hear(socket, octets))
    socket.on('error', error => this.#fail(error.message))
    socket.on('close', () => this.#lost())
  }

  #hear(socket: Socket, octets: Buffer): void {
    try {
      for (const frame of this.#reader.read(octets)) this.#obey(socket, frame)
    } catch (error) {
      socket.destroy(error as Error)
    }
  }

  #obey(socket: Socket, { type, contents }: ControlFrame): void {
    const { content, firstRetryMs = FIRST_RETRY_MS } = this.#options
    if (type === Control.FINISH) {
      this.#finished()
      socket.destroy()
      return
    }
    if (type !== Control.ACCEPT || this.#open) return
    if (!contents.includes(content)) throw new Error(`it does not take ${content}`)
    clearTimeout(this.#handshake)
    socket.write(controlFrame(Control.START, content))
    this.#open = true
    this.#retryMs = firstRetryMs
    this.trouble = null
  }

  #fail(reason: string): void {
    this.trouble = `${this.#options.socket} cannot be written (${reason}): records are lost until a reader is there`
  }

  #lost(): void {
    clearTimeout(this.#handshake)
    this.#options.tally.lost += this.#backlog.records
    this.#backlog.clear()
    this.#socket = null
    this.#open = false
    this.#finished()
    if (this.#closed) return
    if (this.trouble === null) this.#fail('the reader has left')
    this.#retry = setTimeout(() => this.#connect(), this.#retryMs)
    this.#retry.unref()
    this.#retryMs = Math.min(LONGEST_RETRY_MS, 2 * this.#retryMs)
  }
}
