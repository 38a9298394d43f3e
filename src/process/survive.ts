const MOST_FAULTS = 20

/** The answering threads live in this process: a fault of the main thread must not take them down. Each is logged, and added to `faults`. */
export function survive(log: (level: 'error', message: string) => void, faults: string[]): void {
  const note = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    log('error', `internal fault, serving on: ${text}`)
    if (faults.length < MOST_FAULTS) faults.push(`internal fault: ${text.split('\n')[0]}`)
  }
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
}
