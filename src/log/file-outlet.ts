import { writeSync } from 'node:fs'
import { Control, controlFrame } from './frame-streams.ts'
import { moveAway, OpenFile, STANDARD_OUTPUT_PATH } from './open-file.ts'
import { Backlog, type Outlet, type Tally } from './outlet.ts'

export interface FileOutletOptions {
  /** Absolute; `-`: standard output. */
  readonly file: string
  /** Octets. */
  readonly maxSize: number
  /** Frame Streams with this content; null: records are lines, and stand in the file as they are. */
  readonly content: string | null
  readonly tally: Tally
}

/**
 * A log in a file. A file that was moved away or removed is left, and a new one begun, within a second; so is one that grows too large. What a full
 * disk or a slow pipe does not take waits, in little memory, and is written from where it was cut when there is room again.
 *
 *   put -> backlog -> flush: file, as much as it takes                  full backlog: lost
 */
export class FileOutlet implements Outlet {
  readonly #options: FileOutletOptions
  readonly #path: string
  readonly #backlog: Backlog
  readonly #start: Buffer
  readonly #stop: Buffer
  #file: OpenFile | null = null
  /** The file took less than it was given: not asked again before the next tick. */
  #stuck = false
  /** It ends in the middle of a record. */
  #cut = false
  trouble: string | null = null

  constructor(options: FileOutletOptions) {
    const { file, content } = options
    this.#options = options
    this.#path = file === '-' ? STANDARD_OUTPUT_PATH : file
    this.#backlog = new Backlog(content !== null)
    this.#start = content === null ? Buffer.alloc(0) : controlFrame(Control.START, content)
    this.#stop = content === null ? Buffer.alloc(0) : controlFrame(Control.STOP, null)
    this.#open()
  }

  put(record: Uint8Array): void {
    if (this.#backlog.add(record)) return
    this.flush()
    if (!this.#backlog.add(record)) this.#options.tally.lost++
  }

  flush(): void {
    if (this.#stuck || this.#backlog.records === 0) return
    this.#rotateWhenFull()
    if (!this.#stuck) this.#write()
  }

  tick(): void {
    this.#stuck = false
    try {
      if (this.#file?.moved === true) this.#leave()
    } catch (error) {
      this.#fail(error)
    }
    if (this.#file === null) this.#open()
    this.flush()
  }

  async close(): Promise<void> {
    this.#stuck = false
    this.flush()
    this.#leave()
    this.#giveUp()
  }

  #write(): void {
    const { octets, records } = this.#backlog
    if (this.#file === null) return
    let done = 0
    try {
      while (done < octets.length) done += writeSync(this.#file.fd, octets, done, octets.length - done)
      this.trouble = null
    } catch (error) {
      // A pipe that is full is read again soon, or it is not: what is lost is counted.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        this.#stuck = true
        this.#fail(error)
      }
    }
    this.#file.size += done
    this.#cut = done < octets.length && (done > 0 || this.#cut)
    this.#backlog.drop(done)
    if (done === octets.length) this.#options.tally.written += records
  }

  #rotateWhenFull(): void {
    const file = this.#file
    if (file === null || file.size <= this.#start.length) return
    if (file.size + this.#backlog.octets.length + this.#stop.length <= this.#options.maxSize || !file.movable) return
    try {
      moveAway(this.#path)
      this.#leave()
      this.#open()
    } catch (error) {
      this.#stuck = true
      this.#fail(error)
    }
  }

  #open(): void {
    try {
      const fresh = this.#start.length > 0
      const isStandardOutput = this.#options.file === '-'
      const file = isStandardOutput ? OpenFile.standardOutput(fresh) : OpenFile.open(this.#path, fresh)
      file.size += writeSync(file.fd, this.#start)
      this.#file = file
      this.trouble = null
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Ends the file. What waits is for the next one, unless it begins with the rest of a record. */
  #leave(): void {
    const file = this.#file
    this.#file = null
    if (file === null) return
    try {
      if (!this.#cut) writeSync(file.fd, this.#stop)
      file.close()
    } catch (error) {
      this.#fail(error)
    }
    if (this.#cut) this.#giveUp()
  }

  #giveUp(): void {
    this.#options.tally.lost += this.#backlog.records
    this.#backlog.clear()
    this.#cut = false
  }

  #fail(error: unknown): void {
    this.trouble = `${this.#path} cannot be written (${(error as Error).message}): records are lost until it can`
  }
}
