import { loadLibc } from '../listen/linux/libc.ts'
import { sendToLocalSocket } from '../listen/linux/notify-socket.ts'

/** What a service manager puts into the environment of what it starts. */
export interface ServiceEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined
  readonly WATCHDOG_USEC?: string | undefined
  readonly WATCHDOG_PID?: string | undefined
}

/**
 * The service manager that started this process, by sd_notify(3) and sd_watchdog_enabled(3): hears when the nameserver answers, reloads, stops, and that
 * all is well. Where nobody listens nothing happens; nothing here ever throws.
 */
export class ServiceManager {
  readonly #socket: string | null
  readonly #log: (level: 'warn', message: string) => void
  /** It takes us for stuck when it has not heard {@link alive} for so long, milliseconds; null: it does not look. */
  readonly watchdogMs: number | null
  #failed = false

  constructor(env: ServiceEnvironment, pid: number, log: (level: 'warn', message: string) => void) {
    this.#socket = env.NOTIFY_SOCKET || null
    this.#log = log
    const microseconds = Number(env.WATCHDOG_USEC)
    const meant = env.WATCHDOG_PID === undefined || Number(env.WATCHDOG_PID) === pid
    this.watchdogMs = this.#socket !== null && meant && microseconds > 0 ? microseconds / 1000 : null
  }

  /** Queries are answered; `status`: one line for `systemctl status`. Also the end of a reload. */
  ready(status: string): void {
    this.#tell(`READY=1\nSTATUS=${oneLine(status)}`)
  }

  reloading(): void {
    // CLOCK_MONOTONIC, which is Node's clock too.
    const now = process.hrtime.bigint() / 1000n
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${now}\nSTATUS=Reloading`)
  }

  stopping(status: string): void {
    this.#tell(`STOPPING=1\nSTATUS=${oneLine(status)}`)
  }

  alive(): void {
    this.#tell('WATCHDOG=1')
  }

  /** That process is the service from now on. */
  succeededBy(pid: number): void {
    this.#tell(`MAINPID=${pid}`)
  }

  #tell(message: string): void {
    if (this.#socket === null) return
    const verdict = loadLibc()
    const fault = verdict.kind === 'loaded' ? sendToLocalSocket(verdict.libc, this.#socket, message) : verdict.reason
    if (fault !== null && !this.#failed)
      this.#log('warn', `the service manager at ${this.#socket} hears nothing: ${fault}`)
    this.#failed = fault !== null
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
