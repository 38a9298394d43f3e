import pc from 'picocolors'
import pino from 'pino'
import type { EventLogSettings } from '../config/config.ts'
import { visible } from '../config/option.ts'
import { Repeats } from '../log/repeats.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'
type Write = (level: Level, message: string) => void

/** The log on stderr: JSON lines for machines, one coloured line for people (`auto`: people when stderr is a terminal). */
export interface EventLog {
  readonly write: Write
  /** From the next line on. */
  configure(settings: EventLogSettings): void
  /** Tells what was left out up to now. */
  close(): void
}

const COLOURS = { debug: pc.dim, info: pc.green, warn: pc.yellow, error: pc.red }
const RANK = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }
const MINUTE_MS = 60_000

/** `now`: milliseconds. */
export function createLog(settings: EventLogSettings, now: () => number = Date.now): EventLog {
  const repeats = new Repeats<Level>(settings.repeats, now)
  let { level: least } = settings
  let put = writerOf(settings)
  const tell = (all: boolean): void => {
    for (const { level, count, message } of repeats.takeLeftOut(all))
      put(level, `${count} more of this kind in the last minute, the last of them: ${message}`)
  }
  const clock = setInterval(tell, MINUTE_MS, false)
  clock.unref()
  return {
    write: (level, message) => {
      if (RANK[level] >= RANK[least] && repeats.admit(level, message)) put(level, message)
    },
    configure: next => {
      least = next.level
      repeats.most = next.repeats
      put = writerOf(next)
    },
    close: () => {
      clearInterval(clock)
      tell(true)
    },
  }
}

function writerOf({ format }: EventLogSettings): Write {
  return format === 'text' || (format === 'auto' && process.stderr.isTTY === true) ? writeText : writeJson()
}

/** What moves a terminal's cursor is shown as `\u001b`; lines stay lines. */
const writeText: Write = (level, message) => {
  const time = new Date().toISOString().slice(11, 23)
  const shown = message.split('\n').map(visible).join('\n')
  process.stderr.write(`${pc.dim(time)} ${COLOURS[level](level.padEnd(5))} ${shown}\n`)
}

function writeJson(): Write {
  const logger = pino(
    {
      level: 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    pino.destination({ fd: 2, sync: true }),
  )
  return (level, message) => logger[level](message)
}
