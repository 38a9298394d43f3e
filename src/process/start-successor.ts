import { spawn } from 'node:child_process'

/**
 * Starts this program again as it is installed now, with the same words and `--take-over`, and the same outputs. Returns its pid; null when it could
 * not be started. `ended`: called once, with the reason, when it ended or could not be started.
 */
export function startSuccessor(ended: (reason: string) => void): number | null {
  const { WATCHDOG_PID: _ours, ...env } = process.env
  const words = process.argv.slice(1).filter(word => word !== '--take-over')
  const child = spawn(process.execPath, [...process.execArgv, ...words, '--take-over'], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  child.once('error', error => ended(`the new process cannot be started: ${error.message}`))
  child.once('exit', (code, signal) => ended(`the new process ended (${signal ?? `exit code ${code}`}); see the log`))
  child.unref()
  return child.pid ?? null
}
