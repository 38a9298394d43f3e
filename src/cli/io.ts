import pc from 'picocolors'

export type Colours = ReturnType<typeof pc.createColors>

/** Where a command writes and what it knows of its surroundings; tests give their own. */
export interface Io {
  /** Results. */
  out(text: string): void
  /** What went wrong, and progress. */
  err(text: string): void
  /** For `out`; without effect when it is not a terminal. */
  readonly colours: Colours
  /** True when `err` is a terminal: then a progress bar may be drawn. */
  readonly interactive: boolean
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

export function processIo(): Io {
  // `kingcdn status | head` closes our output early: that is no error.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  const { env } = process
  const colour = (env.NO_COLOR ?? '') === '' && (process.stdout.isTTY === true || (env.FORCE_COLOR ?? '') !== '')
  return {
    out: text => void process.stdout.write(text),
    err: text => void process.stderr.write(text),
    colours: pc.createColors(colour),
    interactive: process.stderr.isTTY === true,
    env,
    cwd: process.cwd(),
  }
}
