import pc from 'picocolors'
import pino from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void

const COLOURS = { debug: pc.dim, info: pc.green, warn: pc.yellow, error: pc.red }
const RANK = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

/** The log on stderr: JSON lines for machines, one coloured line for people (`auto`: people when stderr is a terminal). */
export function createLog(settings: { readonly level: LogLevel; readonly format: 'auto' | 'json' | 'text' }): Log {
  const human = settings.format === 'text' || (settings.format === 'auto' && process.stderr.isTTY === true)
  if (human) {
    return (level, message) => {
      if (RANK[level] < RANK[settings.level]) return
      const time = new Date().toISOString().slice(11, 23)
      process.stderr.write(`${pc.dim(time)} ${COLOURS[level](level.padEnd(5))} ${message}\n`)
    }
  }
  const logger = pino(
    {
      level: settings.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    pino.destination({ fd: 2, sync: true }),
  )
  return (level, message) => logger[level](message)
}
